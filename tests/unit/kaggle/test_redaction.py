"""The redaction of a secret in each form in which a server may return it."""

import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.kaggle.redaction import forms_of, masked

KEY = "KGAT_0123/456+789"


@pytest.mark.parametrize("user", ["awa", None])
@pytest.mark.parametrize(
    "write",
    [str, json.dumps, lambda key: key.replace("/", "\\/"), lambda key: quote(key, "")],
)
def test_a_key_is_hidden_however_it_is_written(user: str | None, write: object) -> None:
    assert callable(write)
    answer = f"no such key {write(KEY)}!".encode()
    hidden = masked(answer, forms_of(user, KEY))
    assert b"[secret]" in hidden
    assert b"0123" not in hidden


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_pair_is_hidden_as_http_carries_it(encode: object) -> None:
    assert callable(encode)
    pair = encode(f"awa:{KEY}?>".encode())
    assert pair.rstrip(b"=") not in masked(b"Basic " + pair, forms_of("awa", f"{KEY}?>"))


def test_what_is_too_short_to_be_a_secret_is_left() -> None:
    assert forms_of("awa", "k") == ()
    assert masked(b"kaggle", forms_of(None, "k")) == b"kaggle"


@given(st.text(min_size=8, max_size=40), st.none() | st.text(max_size=10), st.text(max_size=20))
def test_no_secret_is_left(secret: str, user: str | None, around: str) -> None:
    secret = secret.encode(errors="replace").decode()
    answer = f"{around}{secret}{around}".encode(errors="replace")
    forms = forms_of(user and user.encode(errors="replace").decode(), secret)
    assert masked(answer, forms).count(secret.encode()) == 0 or secret in "[secret]" * 9


def test_the_forms_are_these_the_longest_first() -> None:
    secret = "sub/ject?key"  # noqa: S105 (made up)
    pair, web_pair = "YXdhOnN1Yi9qZWN0P2tleQ", "YXdhOnN1Yi9qZWN0P2tleQ"
    forms = forms_of("awa", secret)
    assert set(forms) == {
        form.encode() for form in (secret, "sub\\/ject?key", "sub%2Fject%3Fkey", pair, web_pair)
    }
    assert list(map(len, forms)) == sorted(map(len, forms), reverse=True)
    assert set(forms_of(None, secret)) == {b"sub/ject?key", b"sub\\/ject?key", b"sub%2Fject%3Fkey"}


def test_a_pair_is_known_in_both_alphabets_and_without_its_padding() -> None:
    forms = forms_of("a", "~~~???>>>")
    assert {b"YTp+fn4/Pz8+Pj4", b"YTp-fn4_Pz8-Pj4"} <= set(forms)
    assert not any(form.endswith(b"=") for form in forms)


def test_a_secret_is_put_out_by_one_word() -> None:
    forms = forms_of(None, "12345678")
    assert masked(b"a 12345678 b 12345678", forms) == b"a [secret] b [secret]"
    assert forms_of(None, "1234567") == ()
