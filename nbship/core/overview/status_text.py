"""The status as a table for people, and as JSON for programs."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from nbship.core.artifact.outdated import Reason, ReasonKind
from nbship.core.overview.status import CONTENT, Seen, Standing
from nbship.core.overview.times import age, iso, seconds_at
from nbship.core.run.watch_policy import duration
from nbship.core.terminal.table import aligned
from nbship.diagnostics import shown_name
from nbship.errors import SourceError
from nbship.model.push import Record
from nbship.model.run import Quota
from nbship.model.workspace import Meaning

FORMAT = 1  # of the JSON
_HEAD = ("notebook", "kind", "artifact", "rehearsal", "push", "run", "time")
_SHOWN = 2  # reasons in a row of the table
_LONGEST = 60  # characters of a reason, or of what went wrong
_COMMIT = 7  # digits of a commit
_ALONE: frozenset[ReasonKind] = frozenset({"not built", "refused"})  # the others are no news then
_WORDS: Mapping[ReasonKind, str] = {  # how the table tells a reason; the others by their kind
    "builder": "{what} built it",
    "file": "{what}",
    "artifact": "{what} in its folder",
    "refused": "{what}",
}


def table(standings: Sequence[Standing], now: float) -> Iterator[tuple[str, Meaning]]:
    """Yield the lines of the table with their meanings; ``now`` is in seconds since 1970."""
    if standings:
        cells = [_HEAD, *(_cells(standing, now) for standing in standings)]
        meanings: list[Meaning] = ["plain", *map(_meaning, standings)]
        yield from zip(aligned(cells), meanings, strict=True)


def as_json(
    standings: Iterable[Standing], refused: Mapping[str, SourceError], quota: Quota | None
) -> str:
    """Return the status as JSON; ``refused`` are the sources that are in no catalogue, and why."""
    content = {
        "format": FORMAT,
        "notebooks": [_entry(standing) for standing in standings],
        "refused": [
            {"file": path, "message": error.message} for path, error in sorted(refused.items())
        ],
        "week": None if quota is None else _week(quota),
    }
    return json.dumps(content, indent=1, ensure_ascii=False)


def _cells(standing: Standing, now: float) -> tuple[str, ...]:
    entry, push = standing.entry, standing.push
    return (
        shown_name(entry.name),
        entry.kind,
        _artifact(standing.reasons),
        _rehearsal(standing, now),
        _push(standing, now),
        _run(push, standing.seen),
        "" if push is None or push.seconds is None else duration(push.seconds),
    )


def _meaning(standing: Standing) -> Meaning:
    rehearsal, state = standing.rehearsal, state_of(standing.push, standing.seen)
    has_failed = rehearsal is not None and rehearsal.state == "failed" and rehearsal.is_current
    if has_failed or state == "error" or any(each.kind == "refused" for each in standing.reasons):
        return "error"
    if standing.reasons or standing.behind or state in {"cancelled", "unknown"}:
        return "warning"
    return "plain"


def _artifact(reasons: Sequence[Reason]) -> str:
    if not reasons:
        return "up to date"
    first = [reason for reason in reasons if reason.kind in _ALONE]
    told = [_told(reason) for reason in first[:1] or reasons]
    more = f" and {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
    head = "" if first else "outdated: "
    return head + ", ".join(told[:_SHOWN]) + more


def _told(reason: Reason) -> str:
    if reason.kind == "source":  # the row names the notebook
        return reason.kind
    return _cut(_WORDS.get(reason.kind, "{kind} {what}").format(**_fields(reason)).strip())


def _fields(reason: Reason) -> dict[str, str]:
    return {"kind": reason.kind, "what": reason.what}


def _rehearsal(standing: Standing, now: float) -> str:
    rehearsal = standing.rehearsal
    if rehearsal is None:
        return "never"
    kinds = {reason.kind for reason in standing.reasons}
    is_gone = "not built" in kinds or kinds == {"artifact"}  # no source has changed
    when = age(rehearsal.at, now)
    rung = f" ({rehearsal.rung})" if rehearsal.rung else ""
    detail = f": {_cut(rehearsal.detail)}" if rehearsal.state in {"skipped", "failed"} else ""
    old = "" if is_gone or rehearsal.is_current else ", outdated"
    return f"{rehearsal.state} {when}{rung}{old}{detail}"


def _push(standing: Standing, now: float) -> str:
    push = standing.push
    if standing.entry.kernel is None:
        return ""
    if push is None:
        return "never"
    commit = f" ({push.commit[:_COMMIT]})" if push.commit else ""
    changed = ", since changed" if CONTENT in standing.behind else ""
    newer = "".join(f", {each} is newer" for each in standing.behind if each != CONTENT)
    others = "".join(
        f"; {_made(each, now)} ({state_of(each, None)})" for each in standing.others[:_SHOWN]
    )
    return shown_name(f"{_made(push, now)}{commit}{changed}{newer}{others}")


def _made(push: Record, now: float) -> str:
    """Return the version of a push, its target, its person and its time."""
    version = f"v{push.version}" if push.version else "outcome unknown"
    by = f" by {push.person}" if push.person else ""
    return f"{version} {push.target}{by} {age(seconds_at(push.at), now)}"


def _run(push: Record | None, seen: Seen | None) -> str:
    if seen is not None:
        newer = push is None or seen.version > (push.version or 0)
        by = f"by {seen.by} " if seen.by else ""
        version = f"v{seen.version} {by}" if newer and seen.version else ""
        return f"{version}{seen.state or ('not run' if seen.version else 'not on the server')}"
    return state_of(push, None)


def state_of(push: Record | None, seen: Seen | None) -> str:
    """Return the state of the latest run that is known, "" if there is none."""
    if seen is not None:
        return seen.state or ""
    if push is None:
        return ""
    if push.state in {"intended", "unknown"}:
        return "unknown"
    return push.state if push.runs else "not run"


def _cut(text: str) -> str:
    plain = shown_name(text)
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 1]}…"


def _entry(standing: Standing) -> dict[str, Any]:
    entry, rehearsal, push, seen = (
        standing.entry, standing.rehearsal, standing.push, standing.seen,
    )  # fmt: skip
    return {
        "name": entry.name,
        "source": entry.path,
        "kind": entry.kind,
        "kernel": entry.kernel,
        "artifact": {
            "is_current": not standing.reasons,
            "reasons": [_fields(reason) for reason in standing.reasons],
        },
        "rehearsal": None
        if rehearsal is None
        else {
            "state": rehearsal.state,
            "is_current": rehearsal.is_current,
            "at": iso(rehearsal.at),
            "rung": rehearsal.rung,
            "seconds": rehearsal.seconds,
            "detail": rehearsal.detail,
        },
        "push": None
        if push is None
        else {
            **_pushed(push),
            "is_current": not standing.behind,
            "behind": list(standing.behind),
        },
        "others": [{**_pushed(each), "state": state_of(each, None)} for each in standing.others],
        "run": None
        if push is None
        else {"state": state_of(push, None), "seconds": push.seconds, "folder": push.folder},
        "remote": None
        if seen is None
        else {"version": seen.version, "state": seen.state, "by": seen.by},
    }


def _pushed(push: Record) -> dict[str, Any]:
    return {
        "id": push.id,
        "at": push.at,
        "person": push.person,
        "target": push.target,
        "kernel": push.kernel,
        "version": push.version,
        "commit": push.commit,
    }


def _week(quota: Quota) -> dict[str, Any]:
    kinds = {"gpu": quota.gpu, "tpu": quota.tpu}
    return {"renewed": quota.refreshes} | {
        kind: None if each is None else {"left": each.left, "allowed": each.allowed}
        for kind, each in kinds.items()
    }
