"""Tests of the groups of cells that belong together, and of their order."""

import pytest

from nbship.core.drift.grouping import Group, grouped
from nbship.core.drift.likeness import Link, links
from nbship.core.pairing.round_trip import Essence

# Cells of a letter: its lines, which no other letter has.
A, B, C, D = ("\n".join(f"{letter}_{n} = {n}" for n in range(4)) for letter in "abcd")
FIRST, SECOND = "a_0 = 0\na_1 = 1", "a_2 = 2\na_3 = 3"  # the halves of A
LONG = ", ".join(map(str, range(90)))
Row = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]


def cells(texts: list[str]) -> list[Essence]:
    return [("code", text, "{}") for text in texts]


def rows(base: list[str], ours: list[str], theirs: list[str]) -> list[Row]:
    found = grouped(cells(base), cells(ours), cells(theirs))
    return [(group.base, group.ours, group.theirs) for group in found]


def one(base: int | None, ours: int | None, theirs: int | None) -> Row:
    first, second, third = (() if at is None else (at,) for at in (base, ours, theirs))
    return first, second, third


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "expected"),
    [
        ([], [], [], []),
        ([A, B], [A, B], [A, B], [one(0, 0, 0), one(1, 1, 1)]),
        ([A, B], [B], [A], [one(0, None, 0), one(1, 0, None)]),
        ([A, B], [], [], [one(0, None, None), one(1, None, None)]),
        # Ours comes first where both add; what both add is one group.
        ([A, B], [A, C, B], [A, D, B], [one(0, 0, 0), one(None, 1, None), one(None, None, 1),
                                        one(1, 2, 2)]),
        ([A], [A, C], [A, C], [one(0, 0, 0), one(None, 1, 1)]),
        ([], [C], [D], [one(None, 0, 0)]),  # without a base, in one place
        ([], [A, B], [A, D, B], [one(None, 0, 0), one(None, None, 1), one(None, 1, 2)]),
        ([], [C, A], [A], [one(None, 0, None), one(None, 1, 0)]),
        ([A], [C, A], [D, A], [one(None, None, 0), one(None, 0, None), one(0, 1, 1)]),
        # Theirs moves the first cell to the end, behind the cell that it follows there.
        ([A, B, C], [A, B, C], [B, C, A], [one(1, 1, 0), one(2, 2, 1), one(0, 0, 2)]),
        ([A, B, C], [A, B, D, C], [C, A, B], [one(2, 3, 0), one(0, 0, 1), one(1, 1, 2),
                                              one(None, 2, None)]),
        ([A, B, C, D], [A, B, C, D], [C, B, D, A], [one(2, 2, 0), one(1, 1, 1), one(3, 3, 2),
                                                    one(0, 0, 3)]),
        # Ours moves it, theirs does not; then both do.
        ([A, B, C], [B, C, A], [A, B, C], [one(1, 0, 1), one(2, 1, 2), one(0, 2, 0)]),
        ([A, B, C, D], [D, A, B, C], [A, D, B, C], [one(3, 0, 1), one(0, 1, 0), one(1, 2, 2),
                                                    one(2, 3, 3)]),
        ([], [A, B], [B, A], [one(None, 0, 1), one(None, 1, 0)]),  # nobody knows who has moved
        # A divided and a joined cell.
        ([A, B], [A, B], [FIRST, SECOND, B], [((0,), (0,), (0, 1)), one(1, 1, 2)]),
        ([A, B], [f"{A}\n{B}"], [A, B], [((0, 1), (0,), (0, 1))]),
        ([A, B], [f"{A}\n{B}"], [FIRST, SECOND, B], [((0, 1), (0,), (0, 1, 2))]),
        # A cell that stands between belongs to the group if it is new, …
        ([A, B], [A, D, B], [f"{A}\n{B}"], [((0, 1), (0, 1, 2), (0,))]),
        ([A, B], [A, B], [FIRST, D, SECOND, B], [((0,), (0,), (0, 1, 2)), one(1, 1, 3)]),
        ([C, A, B], [C, A, B], [C, f"{A}\n{B}"], [one(0, 0, 0), ((1, 2), (1, 2), (1,))]),
        ([A, C], [A, C], [f"{FIRST}\na_2 = 2", C, "a_3 = 3"],
         [one(0, 0, 0), one(1, 1, 1), one(None, None, 2)]),
        ([A, C], [A, C], ["a_0 = 0", C, f"a_1 = 1\n{SECOND}"],
         [one(None, None, 0), one(1, 1, 1), one(0, 0, 2)]),
        # … and if it belongs to another one, each cell is a group with the likest one.
        ([A, B, C], [A, C, B], [f"{A}\n{B}", C], [one(0, 0, 0), one(2, 1, 1), one(1, 2, None)]),
        ([A, B, C], [f"{A}\n{C}", B], [A, C], [one(0, 0, 0), one(2, None, 1), one(1, 1, None)]),
        ([A, B, C], [f"{A}\n{C}", B], [A, B, C], [one(0, 0, 0), one(1, 1, 1), one(2, None, 2)]),
    ],
)  # fmt: skip
def test_the_groups_in_the_order_of_the_merged_notebook(
    base: list[str], ours: list[str], theirs: list[str], expected: list[Row]
) -> None:
    assert rows(base, ours, theirs) == expected


def test_each_cell_is_in_exactly_one_group() -> None:
    base, ours, theirs = [A, B, C, D], [D, FIRST, C, SECOND], [f"{B}\n{A}", D, D, "x"]
    found = grouped(cells(base), cells(ours), cells(theirs))
    for version in ("base", "ours", "theirs"):
        assert sorted(at for group in found for at in getattr(group, version)) == [0, 1, 2, 3]
    assert Group() not in found


def linked(old: list[str], new: list[str]) -> set[tuple[int, int]]:
    return {(link.old, link.new) for link in links(cells(old), cells(new))}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ([A, B], [B, A], {(0, 1), (1, 0)}),
        (["x", "x", A], [A, "x", "x"], {(0, 1), (1, 2), (2, 0)}),
        # Equal cells that were moved keep their order; a cell that was not moved comes first.
        (["x", "x", A, B, C], [A, B, C, "x", "x"], {(0, 3), (1, 4), (2, 0), (3, 1), (4, 2)}),
        (["x", A, "x"], [A, "x"], {(1, 0), (2, 1)}),
        ([A], [A, A], {(0, 0)}),
        ([A, B], [f"{A}\nnew", B], {(0, 0), (1, 1)}),
        ([A, f"{A}\nmore = 1"], [A], {(0, 0)}),
        ([A, D], [D, "\n".join([A, *(f"long_{n} = {n}" for n in range(20))])], {(0, 1), (1, 0)}),
        (["value = 10"], ["zzz", "value = 11"], {(0, 1)}),
        # A third of the smaller cell is enough, a quarter is not.
        ([A, "other = 1"], ["b = 1", f"new = 1\nnew = 2\n{FIRST}"], {(0, 1), (1, 0)}),
        (["a_0 = 0\nb = 1\nc = 1\nd = 1\ne = 1", D], [D, "a_0 = 0\nf = 1\ng = 1\nh = 1\ni = 1"],
         {(1, 0)}),
        # In one place: the likest text first, then in order, each time of one kind.
        (["value = 10", "total = [1]"], ["total = [2]", "value = 11"], {(0, 1), (1, 0)}),
        (["value = 10"], ["value = 11", "value = 99x"], {(0, 0)}),
        (["ab"], ["zz", "ac"], {(0, 1)}),  # a half is enough
        ([LONG], ["zz", f"+{LONG}"], {(0, 1)}),
        ([LONG * 3], ["zz", f"+{LONG}"], {(0, 1)}),  # by the first 400 signs
        ([f"+{LONG}"], ["zz", LONG * 3], {(0, 1)}),
        (["abc", "xyz"], ["123", "456"], {(0, 0), (1, 1)}),
        (["abc", "xyz"], ["123"], {(0, 0)}),
        (["abc", A, "xyz"], ["123", A, "456"], {(0, 0), (1, 1), (2, 2)}),
    ],
)  # fmt: skip
def test_which_cells_belong_together(
    old: list[str], new: list[str], expected: set[tuple[int, int]]
) -> None:
    assert linked(old, new) == expected


def test_how_sure_a_link_is() -> None:
    assert links(cells([A]), cells([A])) == (Link(0, 0, float("inf"), 1.0),)
    moved = links(cells([A, B, C]), cells([C, A, B]))
    assert [link.weight for link in moved] == [float("inf")] * 3
    (link,) = links(cells([A, B]), cells([B, f"{FIRST}\nnew_1 = 3\nnew_2 = 4"]))[1:]
    assert (link.old, link.new, link.weight) == (0, 1, 14.0)
    assert link.share == pytest.approx(14 / 32)
    (repeated,) = links(cells(["aa\naa\naa", B]), cells([B, "aa\ncc\ndd"]))[1:]
    assert (repeated.weight, repeated.share) == (2.0, 2 / 6)
    place = links(cells(["value = 10"]), cells(["value = 11"]))
    assert [(each.weight, each.share) for each in place] == [(0.0, 0.0)]


def test_cells_of_other_kinds_in_one_place_are_not_linked() -> None:
    old: list[Essence] = [("code", "abc", "{}"), ("code", "value = 10", "{}")]
    new: list[Essence] = [("markdown", "123", "{}"), ("markdown", "value = 11", "{}")]
    assert links(old, new) == ()
    assert {(link.old, link.new) for link in links(old, [*new[:1], old[0]])} == {(0, 1)}


def test_a_line_of_many_cells_links_none() -> None:
    def many(number: int, word: str) -> list[str]:
        return [f"{word}_{n} = {n}\nplt.show(block=True)" for n in range(number)]

    assert linked([*many(8, "a"), A], [A, *many(8, "b")]) == {(8, 0)} | {
        (n, m) for n in range(8) for m in range(1, 9)
    }
    assert linked([*many(9, "a"), A], [A, *many(9, "b")]) == {(9, 0)}


def test_many_cells_in_one_place_are_linked_in_order() -> None:
    old = [f"{n}{n}{n} = {n}" for n in range(9)]
    new = [f"{n}{n}{n} = [{n}]" for n in reversed(range(9))]
    assert linked(old, new) == {(n, n) for n in range(9)}
    assert linked(old[:8], new[1:]) == {(n, 7 - n) for n in range(8)}
    more = [f"{n}{n}{n} = [{n}]" for n in reversed(range(13))]
    assert linked(old[:5], more) == {(n, n) for n in range(5)}
