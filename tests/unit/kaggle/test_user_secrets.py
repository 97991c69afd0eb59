"""The secrets of a rehearsal: which values a notebook gets, and in which form none is shown."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.kaggle.redaction import masked
from nbship.core.kaggle.user_secrets import BY_LABEL, UserSecrets, answer, given_secrets

FILE = json.dumps({"awa": {"HF": "hf_0123456789", "N": 5}, "bob": {"WANDB": "of bob"}}).encode()
KNOWN = given_secrets(["HF", "WANDB", "N", "HF"], FILE, "awa", 7)


def _missing(words: str) -> object:
    return {"errors": [f"No user secrets exist for kernel id {words}."], "error": {"code": 5},
            "wasSuccessful": False}  # fmt: skip


def test_a_declared_secret_has_the_value_of_the_owner_or_one_that_is_made_up() -> None:
    assert (
        UserSecrets({"HF": "hf_0123456789"}, {"WANDB": "made-up-WANDB", "N": "made-up-N"}, 7)
        == KNOWN
    )
    assert given_secrets(["HF"], b"{}", "awa") == UserSecrets({}, {"HF": "made-up-HF"})
    assert "hf_0123" not in repr(KNOWN)


@pytest.mark.parametrize("broken", [b"{", b"[]", b'{"awa": []}', b"\xff", b"[" * 100_000])
def test_a_file_of_another_shape_is_refused(broken: bytes) -> None:
    with pytest.raises(ValueError, match="it is not an object from the names of users"):
        given_secrets(["HF"], broken, "awa")


def test_the_answers_are_those_of_kaggle() -> None:
    found = {"result": {"secret": "hf_0123456789"}, "wasSuccessful": True}
    assert answer(KNOWN, BY_LABEL, {"Label": "HF"}) == found
    assert answer(KNOWN, BY_LABEL, {"Label": "WANDB"})["result"] == {"secret": "made-up-WANDB"}
    assert answer(KNOWN, BY_LABEL, {"Label": "X"}) == _missing("7 and label X")
    assert answer(KNOWN, BY_LABEL, {"Label": ["HF"]}) == _missing("7 and label ['HF']")
    assert answer(KNOWN, "/requests/GetUserSecretRequest", {"Target": 1}) == _missing("7")
    assert answer(KNOWN, BY_LABEL, []) == _missing("7 and label None")


@given(value=st.text(min_size=8), is_ascii=st.booleans())
def test_no_output_and_no_notebook_shows_a_real_value(*, value: str, is_ascii: bool) -> None:
    forms = UserSecrets({"HF": value}).forms
    shown = [json.dumps([value], ensure_ascii=is_ascii), value]
    shown += [line for line in value.splitlines() if len(line) >= 8]
    for text in shown:
        hidden = masked(text.encode(errors="surrogatepass"), forms)
        assert b"[secret]" in hidden
        assert value.encode(errors="surrogatepass") not in hidden
