"""The cells of three versions of a notebook in groups, and the order of the merged notebook.

A group has the cells of each version that belong together: usually one of each; several where a
version divides or joins cells. In a version they follow each other. A cell of a single version is a
group of its own.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

from nbship.core.drift.likeness import ALIKE, Link, links
from nbship.core.pairing.round_trip import Essence

Cells = Sequence[Essence]


@dataclass(frozen=True, slots=True)
class Group:
    """Cells that belong together, by their indices in each version."""

    base: tuple[int, ...] = ()
    ours: tuple[int, ...] = ()
    theirs: tuple[int, ...] = ()


def grouped(base: Cells, ours: Cells, theirs: Cells) -> tuple[Group, ...]:
    """Return the groups in the order of the merged notebook; each cell is in exactly one.

    The order is that of ours, with the cells that theirs adds or moves behind the cell that they
    follow there. A cell that both move stays where ours has it. Without a base, nobody knows who
    has moved a cell.
    """
    sides = _Links(links(base, ours), links(base, theirs))
    found = list(_around_base(len(base), sides))
    found += _additions(base, ours, theirs, found)
    return tuple(_in_order(found, has_base=bool(base)))


@dataclass(frozen=True, slots=True)
class _Links:
    """The links of the base to both versions."""

    ours: Sequence[Link]
    theirs: Sequence[Link]


def _around_base(size: int, sides: _Links) -> Iterator[Group]:
    """Yield the groups that have a cell of the base."""
    parent = list(range(size))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    for side in (sides.ours, sides.theirs):
        first: dict[int, int] = {}  # by a version's cell, the first cell of the base beside it
        for link in side:
            parent[root(link.old)] = root(first.setdefault(link.new, link.old))
    members: dict[int, list[int]] = defaultdict(list)
    for at in range(size):
        members[root(at)].append(at)
    ours, theirs = (_by_root(side, root) for side in (sides.ours, sides.theirs))
    linked = [{link.new for link in side} for side in (sides.ours, sides.theirs)]
    for top, cells in members.items():
        runs = [
            _run({link.new for link in side.get(top, ())}, taken)
            for side, taken in zip((ours, theirs), linked, strict=True)
        ]
        mine, other = runs
        if _is_run(cells) and mine is not None and other is not None:
            yield Group(tuple(cells), mine, other)
            continue
        pairs = [dict(_one_to_one(side.get(top, ()))) for side in (ours, theirs)]
        for at in cells:
            one, two = ((pair[at],) if at in pair else () for pair in pairs)
            yield Group((at,), one, two)


def _by_root(side: Iterable[Link], root: Callable[[int], int]) -> dict[int, list[Link]]:
    found: dict[int, list[Link]] = defaultdict(list)
    for link in side:
        found[root(link.old)].append(link)
    return found


def _is_run(indices: Sequence[int]) -> bool:
    return indices[-1] - indices[0] == len(indices) - 1


def _run(indices: Collection[int], linked: Collection[int]) -> tuple[int, ...] | None:
    """Return indices with those between them; None if others of them belong to another group."""
    whole = range(min(indices), max(indices) + 1) if indices else ()
    is_free = all(at in indices or at not in linked for at in whole)
    return tuple(whole) if is_free else None


def _one_to_one(found: Iterable[Link]) -> Iterator[tuple[int, int]]:
    """Yield the surest links, so that no cell has two."""
    olds: set[int] = set()
    news: set[int] = set()
    for link in sorted(found, key=lambda link: (-link.weight, link.old, link.new)):
        if link.old not in olds and link.new not in news:
            olds.add(link.old)
            news.add(link.new)
            yield link.old, link.new


def _additions(base: Cells, ours: Cells, theirs: Cells, found: Iterable[Group]) -> Iterator[Group]:
    """Yield the groups of cells that the base does not have.

    Both versions may have added the same cell, or almost the same one. Without a base, cells in the
    same place belong together as well.
    """
    known = list(found)
    mine = _others(len(ours), (group.ours for group in known))
    other = _others(len(theirs), (group.theirs for group in known))
    least = ALIKE if base else 0.0
    alike = [
        link
        for link in links([ours[at] for at in mine], [theirs[at] for at in other])
        if link.share >= least
    ]
    pairs = dict(_one_to_one(alike))
    for at, index in enumerate(mine):
        yield Group((), (index,), (other[pairs[at]],) if at in pairs else ())
    paired = set(pairs.values())
    for at, index in enumerate(other):
        if at not in paired:
            yield Group((), (), (index,))


def _others(size: int, taken: Iterable[tuple[int, ...]]) -> list[int]:
    known = {at for indices in taken for at in indices}
    return [at for at in range(size) if at not in known]


def _in_order(found: Sequence[Group], *, has_base: bool) -> Iterator[Group]:
    """Yield the groups in the order of ours, with what theirs adds or moves in its place."""
    mine = sorted((group for group in found if group.ours), key=attrgetter("ours"))
    other = sorted((group for group in found if group.theirs), key=attrgetter("theirs"))
    moved = set(_moved(other, has_base=has_base)).difference(_moved(mine, has_base=has_base))
    placed = {group for group in other if not group.ours or group in moved}
    behind: dict[Group | None, list[Group]] = defaultdict(list)
    anchor: Group | None = None
    for group in other:
        if group in placed:
            behind[anchor].append(group)
        else:
            anchor = group
    yield from behind[None]
    waiting: list[Group] = []
    for group in mine:
        if group in placed:
            continue
        if group.base or group.theirs:
            yield from waiting
            waiting = []
        yield group
        waiting += behind[group]  # after the cells that ours has added there
    yield from waiting
    yield from (group for group in found if not group.ours and not group.theirs)


def _moved(version: Sequence[Group], *, has_base: bool) -> Iterator[Group]:
    """Yield the groups of a version that have another order there than in the base."""
    known = [group for group in version if group.base] if has_base else []
    kept = set(_longest_run([group.base[0] for group in known]))
    yield from (group for group in known if group.base[0] not in kept)


def _longest_run(numbers: Sequence[int]) -> Iterator[int]:
    """Yield a longest increasing subsequence of different numbers, from its end."""
    ends: list[int] = []
    places: list[int] = []
    before: list[int] = []
    for at, number in enumerate(numbers):
        length = bisect_left(ends, number)
        before.append(places[length - 1] if length else -1)
        ends[length : length + 1] = [number]
        places[length : length + 1] = [at]
    at = places[-1] if places else -1
    while at >= 0:
        yield numbers[at]
        at = before[at]
