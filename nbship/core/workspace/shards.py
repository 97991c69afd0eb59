"""The shards of a workspace: its notebooks, divided among machines that know nothing of each other.

Each machine divides by itself, and takes one part. So that each notebook is in exactly one part,
the division depends on the sources and on nothing else, unless every machine is given the same file
with durations: not on what a machine has rehearsed, and not on a cache.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapreplace
from statistics import median
from typing import Any

from nbship.core.workspace.catalogue import graph_of
from nbship.digest import sha256
from nbship.errors import WorkspaceError
from nbship.model.workspace import Catalogue

_SHAPE = re.compile(r"(\d{1,9})/(\d{1,9})", re.ASCII)
_EVEN = 1000  # the weight of each notebook where no duration is known
_LONGEST = 10**9  # seconds of a rehearsal
_SHOWN = 8  # digits of a digest


@dataclass(frozen=True, slots=True)
class Shard:
    """One of ``count`` parts of the notebooks; the first has the number 1."""

    number: int
    count: int


@dataclass(frozen=True, slots=True)
class Division:
    """The parts of a workspace; each has its notebooks in the order of the catalogue.

    ``digest`` is equal on two machines exactly if they have the same parts.
    """

    parts: tuple[tuple[str, ...], ...]
    digest: str


def parse_shard(text: str) -> Shard:
    """Return the shard that a text like "2/5" names.

    Raises:
        WorkspaceError: it names none.
    """
    found = _SHAPE.fullmatch(text)
    if found is None:
        raise WorkspaceError(
            f"smoke: --shard {text!r} is not K/N, two whole numbers",
            hint="The second of five parts is --shard 2/5.",
        )
    shard = Shard(*map(int, found.groups()))
    if not shard.count:
        raise WorkspaceError(f"smoke: --shard {text!r}: there is at least one part")
    if not 1 <= shard.number <= shard.count:
        raise WorkspaceError(f"smoke: --shard {text!r}: the parts are 1 to {shard.count}")
    return shard


def parse_durations(data: bytes) -> dict[str, float] | None:
    """Return the seconds of the last rehearsals in what ``nbship status --json`` prints.

    A rehearsal that ended early tells nothing, and one that the header skips takes no time. Return
    None if the data are something else.
    """
    try:
        content = json.loads(data)
        rows = [(row["name"], row["rehearsal"]) for row in content["notebooks"]]
        known = {name: _seconds(rehearsal) for name, rehearsal in rows if rehearsal}
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
        return None
    return {name: seconds for name, seconds in known.items() if seconds is not None}


def divide(catalogue: Catalogue, seconds: Mapping[str, float], count: int) -> Division:
    """Divide the notebooks of a workspace into ``count`` parts of nearly the same duration.

    ``seconds`` are those of rehearsals, by name. A notebook without any counts as the median of
    the known; where none is known, all count alike. The longest is put into the part that takes the
    least time so far, which takes at most 4/3 - 1/(3 * count) of the best division (R. L. Graham,
    Bounds on Multiprocessing Timing Anomalies, 1969). Notebooks that read each other's outputs stay
    together, because a rehearsal takes the outputs of another one on the same machine.
    """
    known = {name: round(seconds[name] * _EVEN) for name in catalogue if name in seconds}
    usual = round(median([each for each in known.values() if each] or [_EVEN]))
    groups = _groups(catalogue)
    weights = [sum(known.get(name, usual) for name in group) for group in groups]
    order = sorted(range(len(groups)), key=lambda each: (-weights[each], groups[each][0]))
    # A part above the number of groups is empty: there may be any number of them.
    parts: list[set[str]] = [set() for _ in range(min(count, len(groups)))]
    loads = [(0, 0, number) for number in range(len(parts))]
    for each in order:
        load, size, number = loads[0]
        parts[number].update(groups[each])
        heapreplace(loads, (load + weights[each], size + len(groups[each]), number))
    ordered = tuple(tuple(name for name in catalogue if name in part) for part in parts)
    return Division(ordered, sha256(json.dumps([count, ordered]).encode())[:_SHOWN])


def part_of(division: Division, shard: Shard) -> tuple[str, ...]:
    """Return the notebooks of a shard; there may be none."""
    return division.parts[shard.number - 1] if shard.number <= len(division.parts) else ()


def describe(division: Division, shard: Shard) -> str:
    """Return what a shard is, in a line that differs where two machines divide differently."""
    names, total = part_of(division, shard), sum(map(len, division.parts))
    of = f"{len(names) or 'none'} of {total} notebook{'' if total == 1 else 's'}"
    return f"shard {shard.number} of {shard.count}: {of} (division {division.digest})"


def _seconds(rehearsal: Mapping[str, Any]) -> float | None:
    state, seconds = rehearsal["state"], rehearsal["seconds"]
    if state == "skipped":
        return 0.0
    if state == "partial" or seconds is None:
        return None
    if type(seconds) not in (int, float) or not 0 <= seconds <= _LONGEST:
        raise ValueError(seconds)
    return float(seconds)


def _groups(catalogue: Catalogue) -> list[Sequence[str]]:
    """Return the notebooks in groups: those in different ones read nothing of each other."""
    group_of = {name: [name] for name in catalogue}
    for name, above in graph_of(catalogue).items():
        for other in above:
            one, two = group_of[name], group_of[other]
            if one is not two:
                one.extend(two)
                group_of.update(dict.fromkeys(two, one))
    unique: Iterable[list[str]] = {id(group): group for group in group_of.values()}.values()
    return [sorted(group) for group in unique]
