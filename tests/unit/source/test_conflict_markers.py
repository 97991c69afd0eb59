"""Each merge conflict is found at its first marker, with its last line."""

import pytest

from nbship.core.source.conflict_markers import conflict_markers
from nbship.model.workspace import Source
from tests.support.checked import PATH

OURS, BASE, MIDDLE, THEIRS = "<<<<<<< HEAD", "||||||| c0ffee", "=======", ">>>>>>> topic"


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ([OURS, "a", MIDDLE, "b", THEIRS], [(1, 5)]),
        (["", "x", OURS, "a", BASE, "o", MIDDLE, "b", THEIRS, "y"], [(3, 9)]),
        ([OURS, MIDDLE, THEIRS, OURS, MIDDLE, THEIRS], [(1, 3), (4, 6)]),
        ([OURS, BASE, MIDDLE, THEIRS, OURS, MIDDLE, THEIRS], [(1, 4), (5, 7)]),
        ([OURS, MIDDLE, BASE, THEIRS], [(1, 2), (3, 4)]),
        ([OURS, MIDDLE, MIDDLE, THEIRS], [(1, 2), (3, 4)]),
        ([MIDDLE, THEIRS], [(1, 2)]),
        ([OURS, "a", MIDDLE], [(1, 3)]),
        ([BASE, "o", MIDDLE], [(1, 3)]),
        ([OURS, "a"], []),
        (["Title", MIDDLE, "", OURS], []),
        (["Title", MIDDLE], []),
        ([f" {OURS}", f" {MIDDLE}", f" {THEIRS}"], []),
        (["<<<<<<<", "=======x", ">>>>>>>"], []),
    ],
)
def test_each_conflict_is_found_at_its_first_marker(
    lines: list[str], found: list[tuple[int, int]]
) -> None:
    conflicts = list(conflict_markers(Source(PATH, "\n".join(lines))))
    assert [(one.place.line, one.place.column, one.message) for one in conflicts] == [
        (first, 1, f"an unresolved merge conflict, up to line {last}") for first, last in found
    ]
