"""The status of each notebook: its artifact, rehearsal, last push and run, from gathered facts."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from nbship.core.artifact.manifest import digest_over
from nbship.core.artifact.outdated import BuildFacts, Reason, ReasonKind
from nbship.core.metadata.kernel_metadata import as_kernel_metadata
from nbship.core.push.inputs import Places, newer_inputs, places_of
from nbship.core.push.record import complete_versions, kernels_read
from nbship.core.workspace.catalogue import graph_of
from nbship.digest import sha256
from nbship.model.notebook import FailedRehearsal, SmokeResult
from nbship.model.push import Record
from nbship.model.run import RunState
from nbship.model.target import DEFAULT
from nbship.model.workspace import METADATA_FILE, Catalogue, Entry

RehearsalState = Literal["passed", "partial", "skipped", "failed"]
CONTENT = "content"  # why a version is behind: a push would send something else
_EDITS: frozenset[ReasonKind] = frozenset({"source", "metadata", "module", "file"})


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """The last rehearsal of a notebook; ``is_current`` means that it was one of today's artifact.

    ``at`` is in seconds since 1970. ``detail`` is why it was skipped, where it ended, or how it
    failed.
    """

    state: RehearsalState
    is_current: bool
    at: float
    rung: str = ""
    seconds: float | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the service shows of a kernel: its latest version, 0 if there is none, and its run.

    ``by`` is the person who pushed the version, "" for a version without a stamp.
    """

    version: int
    state: RunState | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """The status of one notebook.

    ``push`` is the last one to the shared kernel, or to any target if there is none; ``others`` are
    the last ones to other targets after it. ``behind`` says why the pushed version is not what a
    push would make now; ``seen`` is None where nobody was asked.
    """

    entry: Entry
    reasons: tuple[Reason, ...] = ()
    rehearsal: Rehearsed | None = None
    push: Record | None = None
    behind: tuple[str, ...] = ()
    seen: Seen | None = None
    others: tuple[Record, ...] = ()


@dataclass(frozen=True, slots=True)
class Gathered:
    """The facts about one notebook on this machine; times are in seconds since 1970."""

    reasons: tuple[Reason, ...]
    facts: BuildFacts | None = None
    result: SmokeResult | None = None
    result_at: float = 0.0
    failed: FailedRehearsal | None = None
    failed_at: float = 0.0


def standings(
    catalogue: Catalogue, gathered: Mapping[str, Gathered], pushes: Iterable[Record]
) -> tuple[Standing, ...]:
    """Return the status of the notebooks whose facts were gathered, in the order of their names.

    With a notebook, the facts of those upstream of it are needed, too.
    """
    pushes = tuple(pushes)
    reasons = _with_upstream(catalogue, {name: each.reasons for name, each in gathered.items()})
    last, complete = _last_pushes(pushes), complete_versions(pushes)
    known = _Known(complete, places_of(pushes), _names_of(catalogue))
    found = []
    for name in sorted(gathered):
        entry, facts = catalogue[name], gathered[name]
        push, others = _chosen({**last.get(entry.kernel, {}), **last.get(name, {})})
        behind = tuple(_behind(push, facts, known)) if push else ()
        found.append(Standing(entry, reasons[name], rehearsed(facts), push, behind, others=others))
    return tuple(found)


def rehearsed(facts: Gathered) -> Rehearsed | None:
    """Return the last rehearsal of a notebook, None if there is none."""
    built = None if facts.reasons else facts.facts
    failed, result = facts.failed, facts.result
    if failed is not None:
        is_current = built is not None and built.rehearsal == failed.digest
        return Rehearsed(
            "failed", is_current, facts.failed_at, failed.rung, failed.seconds, failed.message
        )
    if result is None:
        return None
    is_current = (
        built is not None
        and result.digest in {built.rehearsal, built.digest}  # the latter of an earlier version
        and built.skip == result.skipped
        and dict(built.parameters) == dict(result.parameters)
    )
    if result.skipped:
        return Rehearsed("skipped", is_current, facts.result_at, detail=result.skipped)
    state: RehearsalState = "partial" if result.partial else "passed"
    return Rehearsed(
        state, is_current, facts.result_at, result.rung, result.seconds, result.partial
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """The facts about all pushes: the last complete versions, their order, and the names."""

    complete: Mapping[tuple[str, str], int]
    places: Places
    names: Mapping[str, str]  # by kernel


_Last = dict[str, tuple[int, Record]]  # the last push by target, with its place in the journal


def _names_of(catalogue: Catalogue) -> dict[str, str]:
    return {entry.kernel: name for name, entry in catalogue.items() if entry.kernel}


def _last_pushes(pushes: Iterable[Record]) -> dict[str | None, _Last]:
    """Return the last pushes for each name and kernel: a renamed notebook keeps its kernel.

    A push that made no version is none, and neither is one whose version is dropped.
    """
    last: dict[str | None, _Last] = {}
    for place, record in enumerate(pushes):
        is_there = record.version or record.state in {"intended", "unknown"}
        if is_there and not record.dropped:
            for key in (record.kernel, record.name):
                last.setdefault(key, {})[record.target] = place, record
    return last


def _chosen(last: _Last) -> tuple[Record | None, tuple[Record, ...]]:
    """Return the push to tell, and those to other targets after it, the newest first."""
    if not last:
        return None, ()
    place, push = last.get(DEFAULT) or max(last.values(), key=lambda each: each[0])
    newer = sorted((each for each in last.values() if each[0] > place), key=lambda each: -each[0])
    return push, tuple(record for _, record in newer)


def _behind(push: Record, facts: Gathered, known: _Known) -> Iterator[str]:
    """Yield why a pushed version is not what a push would make and run now, as far as is certain.

    An edit of what was built after the push may have undone it.
    """
    if facts.facts is not None:
        is_pushed = _is_pushed(push, facts.facts)
        has_edits = any(reason.kind in _EDITS for reason in facts.reasons)
        if has_edits if is_pushed else not facts.reasons:
            yield CONTENT
    read = [kernel for kernel in kernels_read(push.metadata) if kernel in known.names]
    now = {kernel: known.complete.get((push.server, kernel), 0) for kernel in read}
    for kernel in newer_inputs(push, now, known.places):
        yield f"{known.names[kernel]} v{now[kernel]}"


def _is_pushed(push: Record, facts: BuildFacts) -> bool:
    """Return whether a push has sent what was built last; a target may have changed keys of it."""
    if push.digest == facts.digest or push.target == DEFAULT:
        return push.digest == facts.digest
    metadata = sha256(as_kernel_metadata(push.metadata).encode())
    return push.digest == digest_over({**facts.files, METADATA_FILE: metadata})


def _with_upstream(
    catalogue: Catalogue, reasons: Mapping[str, tuple[Reason, ...]]
) -> dict[str, tuple[Reason, ...]]:
    """Add to the reasons of each notebook the upstream ones that are out of date themselves."""
    found = dict(reasons)
    for name, above in graph_of(catalogue).items():  # upstream first
        stale = [each for each in above if found.get(each)]
        if name in found and stale:
            found[name] = (*found[name], *(Reason("upstream", each) for each in stale))
    return found
