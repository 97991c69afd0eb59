"""The likeness of two versions of a notebook: which of their cells belong together.

Equal cells come first, also those that were moved. Then cells that share lines: one that was
edited, or divided into several, or joined from several. Last, cells of one kind in the same place.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from nbship.core.pairing.carry_over import operations
from nbship.core.pairing.round_trip import Essence

_MOST_OWNERS = 8  # cells of a version that have a line; a line of more cells tells nothing
_MOST_COMPARED = 64  # pairs of cells in one place whose texts are compared sign by sign
_LONGEST = 400  # signs of each of them
ALIKE = 0.5
_SHARED = 0.3  # of the smaller cell's text: it may be half of a cell, and edited as well


@dataclass(frozen=True, slots=True)
class Link:
    """Two cells that belong together, by their indices, and how sure that is.

    ``share`` is the part of the larger cell that both have in common, 0 to 1; it is 0 for cells
    that only are in the same place.
    """

    old: int
    new: int
    weight: float
    share: float = 0.0


def links(old: Sequence[Essence], new: Sequence[Essence]) -> tuple[Link, ...]:
    """Return the links between two versions; several share a cell that was divided or joined."""
    blocks: list[tuple[list[int], list[int]]] = []
    kept: dict[int, int] = {}
    for operation, old_from, old_to, new_from, new_to in operations(old, new):
        if operation == "equal":
            kept |= zip(range(old_from, old_to), range(new_from, new_to), strict=True)
        elif operation == "replace":
            blocks.append((list(range(old_from, old_to)), list(range(new_from, new_to))))
    kept |= _moved(old, new, kept)
    taken = set(kept.values())
    left = [at for at in range(len(old)) if at not in kept]
    made = [at for at in range(len(new)) if at not in taken]
    alike = list(_sharing(_lines(old, left), _lines(new, made)))
    alike += _in_place(old, new, blocks, _without(left, alike, "old"), _without(made, alike, "new"))
    return (*(Link(was, now, float("inf"), 1.0) for was, now in kept.items()), *alike)


def _moved(
    old: Sequence[Essence], new: Sequence[Essence], kept: Mapping[int, int]
) -> Iterator[tuple[int, int]]:
    free: dict[Essence, list[int]] = defaultdict(list)
    taken = set(kept.values())
    for at, cell in enumerate(new):
        if at not in taken:
            free[cell].append(at)
    for at, cell in enumerate(old):
        if at not in kept and free[cell]:
            yield at, free[cell].pop(0)


def _lines(cells: Sequence[Essence], indices: Iterable[int]) -> dict[int, Counter[str]]:
    """Return the lines of cells that are not blank, without the blanks around them."""
    return {at: Counter(filter(None, map(str.strip, cells[at][1].split("\n")))) for at in indices}


def _sharing(old: Mapping[int, Counter[str]], new: Mapping[int, Counter[str]]) -> Iterator[Link]:
    """Yield a link for two cells of which one has much of the other's text."""
    owners: dict[str, list[int]] = defaultdict(list)
    for at, lines in old.items():
        for line in lines:
            owners[line].append(at)
    sizes = {at: _size(lines) for at, lines in old.items()}
    for at, lines in new.items():
        shared: Counter[int] = Counter()
        for line, count in lines.items():
            holders = owners.get(line, ())
            if len(holders) <= _MOST_OWNERS:
                for holder in holders:
                    shared[holder] += min(count, old[holder][line]) * len(line)
        size = _size(lines)
        for holder, weight in shared.items():
            if weight >= _SHARED * min(size, sizes[holder]):
                yield Link(holder, at, weight, weight / max(size, sizes[holder]))


def _size(lines: Counter[str]) -> int:
    return sum(len(line) * count for line, count in lines.items())


def _without(indices: Iterable[int], found: Iterable[Link], side: str) -> frozenset[int]:
    return frozenset(indices).difference(getattr(link, side) for link in found)


def _in_place(
    old: Sequence[Essence],
    new: Sequence[Essence],
    blocks: Iterable[tuple[list[int], list[int]]],
    left: frozenset[int],
    made: frozenset[int],
) -> Iterator[Link]:
    """Yield links for what is left in the same place: by the likeness of the text, then in order.

    The weight is below that of a shared line.
    """
    for olds, news in blocks:
        before = [at for at in olds if at in left]
        after = [at for at in news if at in made]
        if 1 < len(before) * len(after) <= _MOST_COMPARED:
            ratios = [
                (_ratio(old[was][1], new[now][1]), was, now)
                for was in before for now in after if old[was][0] == new[now][0]
            ]  # fmt: skip
            for ratio, was, now in sorted(ratios, reverse=True):
                if ratio >= ALIKE and was in before and now in after:
                    before.remove(was)
                    after.remove(now)
                    yield Link(was, now, ratio)
        for was, now in zip(before, after, strict=False):
            if old[was][0] == new[now][0]:
                yield Link(was, now, 0.0)


def _ratio(one: str, other: str) -> float:
    matcher = SequenceMatcher(a=one[:_LONGEST], b=other[:_LONGEST], autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= ALIKE else 0.0
