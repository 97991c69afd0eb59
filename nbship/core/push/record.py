"""The records of pushes as lines of the journal.

A line is the whole record after one step. A later line of the same id replaces the earlier ones.
Unknown keys are ignored: a newer nbship wrote them.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from types import UnionType
from typing import Any, get_args

from nbship.model.push import Record, RecordState
from nbship.model.run import FetchedFile
from nbship.model.workspace import Origin

_FIELDS = frozenset(field.name for field in fields(Record))
# Fields that decide nothing, with the kinds of their keys and values: a damaged one is left out.
_TABLES: Mapping[str, type] = {"metadata": object, "parameters": str, "inputs": int}
_SECONDS, _SESSION = "seconds", "session"
# Texts that decide nothing.
_TOLD = frozenset({"rehearsed", "image", "runtime", "accelerator"})
_PINNED = re.compile(r"[\w./:-]+@sha256:[0-9a-f]{64}")  # an image with its digest
_LONGEST = 1e9  # seconds; a larger number is an error
_PLAIN = {  # the other fields whose types isinstance can check
    field.name: field.type
    for field in fields(Record)
    if isinstance(field.type, type | UnionType) and field.name not in (_SECONDS, _SESSION)
}
_BEGINNING = re.compile(r'\{"id": "([^"\\]*)"')  # of a line as ``record_line`` writes it
_MOST_LOOKED_AT = 50  # versions: a broken server may claim a billion
_OPEN: frozenset[RecordState] = frozenset({"intended", "unknown"})


def record_line(record: Record) -> str:
    """Return the journal's line for a record in its present state."""
    return json.dumps(asdict(record), ensure_ascii=False) + "\n"


def fold_journal(lines: Iterable[str]) -> tuple[Record, ...]:
    """Return the records in the order of their first lines; damaged lines are skipped."""
    return read_journal(lines)[0]


def read_journal(lines: Iterable[str]) -> tuple[tuple[Record, ...], tuple[int, ...]]:
    """Return the records, and the numbers from 1 of damaged lines that may have said more.

    Of the lines of a record, the last one that is whole is read: to read all of a long journal
    takes seconds. A damaged line is torn, or a newer nbship wrote it.
    """
    by_id: dict[str | None, list[tuple[int, str]]] = {}
    for number, line in enumerate(lines, 1):
        if line.strip():
            by_id.setdefault(_id_in(line), []).append((number, line))
    damaged = [number for number, _ in by_id.pop(None, ())]
    found: list[Record] = []
    for each in by_id.values():
        for number, line in reversed(each):
            record = _parse(line)
            if record is not None:
                found.append(record)
                break
            damaged.append(number)
    return tuple(found), tuple(sorted(damaged))


def id_of(data: bytes) -> str | None:
    """Return the id of the record in a run's folder, None if it cannot be read."""
    try:
        return str(json.loads(data)["id"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def run_record(record: Record, fetched: Iterable[FetchedFile], *, is_whole: bool) -> bytes:
    """Return the record that a run's folder keeps: the push, and the outputs that are there.

    It ``is_whole`` if they are all that the run has.
    """
    entry = asdict(record) | {"files": [asdict(file) for file in fetched], "whole": is_whole}
    return f"{json.dumps(entry, ensure_ascii=False, indent=1)}\n".encode(errors="replace")


def fetched_before(data: bytes) -> tuple[FetchedFile, ...]:
    """Return the outputs that the record in a run's folder lists; none if it is damaged."""
    try:
        entries = json.loads(data)["files"]
        return tuple(
            FetchedFile(str(entry["name"]), int(entry["size"]), str(entry["sha256"]))
            for entry in entries
        )
    except (ValueError, TypeError, KeyError, RecursionError):
        return ()


def has_all(data: bytes) -> bool:
    """Return whether the record in a run's folder says that all outputs are there.

    One that was written before records said so, says yes.
    """
    try:
        return bool(json.loads(data).get("whole", True))
    except (ValueError, AttributeError, RecursionError):
        return False


def latest(records: Iterable[Record], *, kernel: str, server: str) -> Record | None:
    """Return the record of the last push that made a version of this kernel on this server."""
    pushed = versions_of(records, kernel=kernel, server=server)
    return pushed[-1] if pushed else None


def versions_of(records: Iterable[Record], *, kernel: str, server: str) -> tuple[Record, ...]:
    """Return the pushes that made a version of this kernel on this server which is not dropped."""
    return tuple(
        record
        for record in records
        if (record.kernel, record.server) == (kernel, server)
        and record.version
        and not record.dropped
    )


def latest_fetched(records: Iterable[Record], *, kernel: str) -> Record | None:
    """Return the record of the last complete run of this kernel whose outputs were fetched."""
    fetched = [r for r in records if r.kernel == kernel and r.state == "complete" and r.folder]
    return fetched[-1] if fetched else None


def kernels_read(metadata: Mapping[str, Any]) -> list[str]:
    """Return the kernels that a version reads; the metadata of a record may be damaged."""
    listed = metadata.get("kernel_sources")
    return [each for each in listed if isinstance(each, str)] if isinstance(listed, list) else []


def complete_versions(records: Iterable[Record]) -> dict[tuple[str, str], int]:
    """Return by server and kernel the last version whose run was complete."""
    return {
        (record.server, record.kernel): record.version
        for record in records
        if record.state == "complete" and record.version and not record.dropped
    }


def image_of_good_run(records: Iterable[Record], name: str) -> str:
    """Return the image, with its digest, that the last complete run of a notebook has told.

    "" if none has. The local Kaggle names no digest but one that was asked for.
    """
    images = [
        record.image for record in records if record.name == name and record.state == "complete"
    ]
    return next(filter(_PINNED.fullmatch, reversed(images)), "")


def unsettled(records: Iterable[Record], *, kernel: str, server: str) -> tuple[Record, ...]:
    """Return the pushes of a kernel whose outcome is not known."""
    return tuple(
        record
        for record in records
        if record.kernel == kernel and record.server == server and record.state in _OPEN
    )


def may_be(records: Iterable[Record], record: Record, newest: int) -> tuple[int, ...]:
    """Return the versions on the server that an unanswered push may have made, newest first.

    They are newer than the version before the push, and no other record claims them. The claims
    are void if the server has fewer versions than the journal names: a kernel that was deleted and
    made again starts with version 1. At most the 50 newest versions are returned.
    """
    others = _claimed(records, record)
    claimed = others if newest >= max(others, default=0) else set()
    oldest = max(record.base_version, newest - _MOST_LOOKED_AT)
    return tuple(number for number in range(newest, oldest, -1) if number not in claimed)


def unseen(records: Iterable[Record], record: Record) -> tuple[int, ...]:
    """Return the versions that others made after the plan of a push and before its own version.

    Each number is smaller than the one after it; at most 50 are returned.
    """
    own = _claimed(records, record)
    version = record.version or 0
    first = max(record.base_version + 1, version - _MOST_LOOKED_AT)
    return tuple(number for number in range(first, version) if number not in own)


def _claimed(records: Iterable[Record], record: Record) -> set[int]:
    """Return the versions of a kernel that other records claim."""
    return {
        other.version
        for other in versions_of(records, kernel=record.kernel, server=record.server)
        if other.version and other.id != record.id
    }


def _id_in(line: str) -> str | None:
    """Return the id of a line's record, None if it has none; a line may be torn behind the id."""
    found = _BEGINNING.match(line)
    return found[1] if found else id_of(line.encode(errors="replace"))


def _parse(line: str) -> Record | None:
    try:
        entry = json.loads(line)
        if entry["state"] not in get_args(RecordState):
            return None
        known = [key for key in _FIELDS if key in entry and _is_usable(key, entry[key])]
        record = Record(**{key: _value(key, entry[key]) for key in known})
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    is_whole = all(isinstance(getattr(record, name), kind) for name, kind in _PLAIN.items())
    origins = [origin for origin in record.line_map if origin is not None]
    places = [(origin.path, origin.line, origin.start) for origin in origins]
    has_places = all(list(map(type, place)) == [str, int, int] for place in places)
    has_flags = all(isinstance(flag, str) for flag in record.overrides)
    return record if is_whole and has_places and has_flags else None


def _is_usable(key: str, value: Any) -> bool:
    """Return whether a field is to be read: one that decides nothing only if it is not damaged."""
    if key in _TABLES:
        kind = _TABLES[key]
        return isinstance(value, dict) and all(isinstance(item, kind) for item in value.values())
    if key == _SESSION:
        return type(value) is int and value > 0
    if key in _TOLD:
        return isinstance(value, str)
    return key != _SECONDS or (isinstance(value, int | float) and 0 <= value < _LONGEST)


def _value(key: str, value: Any) -> Any:
    if key == "line_map":
        return tuple(_origin(entry) for entry in value)
    return tuple(value) if isinstance(value, list) else value


def _origin(entry: Mapping[str, Any] | None) -> Origin | None:
    return None if entry is None else Origin(**entry)
