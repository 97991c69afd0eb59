"""Each merge conflict is found at its first marker, with its last line."""

import pytest

from nbship.core.source.conflict_markers import conflict_first, conflict_markers
from nbship.diagnostics import Place
from nbship.errors import SourceError
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
    assert {(one.code, one.hints) for one in conflicts} <= {
        ("conflict-marker", ("Resolve the conflict and delete the marker lines.",))
    }


@pytest.mark.parametrize(
    ("path", "line", "message"),
    [
        (PATH, 2, "an unresolved merge conflict, up to line 6"),
        (PATH, 4, "an unresolved merge conflict, up to line 6"),
        (PATH, 1, "not Python"),
        (PATH, None, "not Python"),
        ("src_py/other.py", 4, "not Python"),
    ],
)
def test_a_conflict_above_a_mistake_is_named_instead_of_it(
    path: str, line: int | None, message: str
) -> None:
    source = Source(PATH, f"x\n{OURS}\na\n{MIDDLE}\nb\n{THEIRS}")
    with pytest.raises(SourceError) as caught, conflict_first(source):
        raise SourceError("not Python", place=Place(path, line))
    assert caught.value.message == message


def test_without_a_conflict_or_a_mistake_nothing_is_different() -> None:
    with conflict_first(Source(PATH, "x")):
        pass
    with pytest.raises(SourceError, match="not Python"), conflict_first(Source(PATH, "x")):
        raise SourceError("not Python", place=Place(PATH, 1))
