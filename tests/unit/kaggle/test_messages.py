"""Each of Kaggle's known refusals has its own advice."""

import pytest

from nbship.core.kaggle.messages import (
    about_dropped,
    about_missing,
    about_quota,
    about_week,
    classify,
)
from nbship.model.run import Allowance, Quota

TITLE = "The requested title is already in use by a notebook. Please choose another title."


@pytest.mark.parametrize(
    ("words", "status", "trouble", "hint"),
    [
        (TITLE, 409, "title", "choose another title"),
        ("Conflict", 409, "title", "choose another one"),
        ("The title cannot exceed 50 characters", 400, "title", "5 to 50"),
        ("The title must be at least 5 characters", 400, "title", "5 to 50"),
        ("Notebook not found", None, "kernel", "under a new one"),
        ("Kernel not found", 404, "kernel", "under a new one"),
        ("Maximum batch GPU session count of 2 reached.", None, "sessions", "--wait"),
        ("Maximum batch TPU session count of 1 reached.", None, "sessions", "--wait"),
        ("Maximum weekly GPU quota of 30.00 hours reached.", None, "quota", "Saturday, 00:00 UTC"),
        ("kernel source must be less than 1 megabytes", 400, "size", "1 MB"),
        ("The type of a kernel cannot change: a/b is a script", 400, "type", "new id"),
        ("Request Entity Too Large", 413, "size", "1 MB"),
        ("Unauthorized", 401, "login", "new API token"),
        ("Forbidden", 403, "rights", "your account"),
        ("Not Found", 404, "kernel", "your account"),
        ("Too Many Requests", 429, "rate", "wait a few minutes"),
        ("Bad Request", 400, "other", "Try again"),
        ("", None, "other", "Try again"),
    ],
)
def test_a_refusal_has_its_advice(words: str, status: int | None, trouble: str, hint: str) -> None:
    advice = classify(words, status)
    assert advice.kind == trouble
    assert hint in advice.hint


@pytest.mark.parametrize(
    ("is_new", "id_no", "hint"),
    [
        (True, None, "push under a new id"),
        (False, None, "does not exist any more, or is not yours"),
        (True, 7, "id_no = 7 takes precedence"),
        (False, 7, "id_no = 7 takes precedence"),
    ],
)
def test_a_missing_notebook_has_several_reasons(
    hint: str, id_no: int | None, *, is_new: bool
) -> None:
    assert hint in about_missing("awa/tiny", is_new=is_new, id_no=id_no)


def test_a_used_up_week_says_when_the_next_one_begins() -> None:
    gpu, tpu = Allowance(100_000, 9_000, 108_000), Allowance(36_000, 0, 72_000)
    assert about_quota(Quota("2026-11-28 00:00 UTC", gpu, tpu)) == (
        "The quota is renewed on 2026-11-28 00:00 UTC "
        "(GPU 0.0 of 30 h left, TPU 10.0 of 20 h left)."
    )
    assert "on Saturday, 00:00 UTC (Kaggle reports no hours)" in about_quota(Quota("", None, None))


def test_what_is_left_of_the_week_is_told_of_one_kind() -> None:
    quota = Quota("", Allowance(9_000, 0, 108_000), None)
    assert about_week(quota, "GPU") == "27.5 of 30 h of GPU are left this week"
    assert about_week(quota, "TPU") == ""


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("dataset", "A dataset is dropped if it is not ready yet"),
        ("model", "A model has five parts"),
        ("kernel", "A kernel, OWNER/SLUG, has outputs"),
        ("competition", "A competition is named by its slug"),
    ],
)
def test_what_is_dropped_has_its_own_advice(kind: str, words: str) -> None:
    hint = about_dropped({kind: ("a/b",)})
    assert hint.startswith(words)
    assert hint.endswith(". Correct it, then push again.")
    assert "; a competition" in about_dropped({"competition": ("c",), "dataset": ("a/b",)})
