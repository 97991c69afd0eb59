"""Tests of the conflicts in what git returns."""

import pytest

from nbship.core.drift.conflicts import Labels, MergedText, Triple, lost_line, merged_text

LABELS = Labels("here", "base", "there")
OURS, BASE, MIDDLE, THEIRS = "<<<<<<< here\n", "||||||| base\n", "=======\n", ">>>>>>> there\n"


@pytest.mark.parametrize(
    ("text", "ours", "theirs", "conflicts"),
    [
        ("a\nb\n", "a\nb\n", "a\nb\n", 0),
        ("a\n=======\nb", "a\n=======\nb", "a\n=======\nb", 0),
        (f"x\n{OURS}a\n{MIDDLE}b\n{THEIRS}y\n", "x\na\ny\n", "x\nb\ny\n", 1),
        (f"{OURS}a\n{BASE}c\n{MIDDLE}b\n{THEIRS}", "a\n", "b\n", 1),
        (f"{OURS}{BASE}{MIDDLE}b\n{THEIRS}" * 2, "", "b\nb\n", 2),
    ],
)
def test_each_side_of_a_conflict_is_a_text(
    text: str, ours: str, theirs: str, conflicts: int
) -> None:
    assert merged_text(text, LABELS) == MergedText(text, ours, theirs, conflicts)


@pytest.mark.parametrize(
    "text",
    [
        f"{OURS}a\n{MIDDLE}b\n{MIDDLE}c\n{THEIRS}",
        f"{OURS}a\n{BASE}b\n<<<<<<< other\n{MIDDLE}{THEIRS}",
        f"{OURS}a\n{THEIRS}{MIDDLE}{THEIRS}",
        f"{OURS}a\n",
    ],
)
def test_markers_with_two_readings_are_refused(text: str) -> None:
    assert merged_text(text, LABELS) is None


def test_an_added_line_that_is_gone_is_found() -> None:
    triple = Triple("a\nb\n", "a\n", "c\na\n")
    assert lost_line(triple, "a\nc\n") == "b"
    assert lost_line(triple, "a\nb\n") == "c"
    assert lost_line(triple, "b\nc\n") is None
    for blanks in ("", "  ", "\t"):
        assert lost_line(Triple(f"a\n{blanks}\n{blanks}\n", None, "a\n"), "a\n") is None
