"""The records of pushes as lines of a journal, and how they are read back.

A line is the whole record as it stood after one step; a later line of the same id replaces the
earlier ones. Unknown keys are of a newer nbship and are left alone.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from types import UnionType
from typing import Any, get_args

from nbship.model.push import Record, RecordState
from nbship.model.run import FetchedFile
from nbship.model.workspace import Origin

_FIELDS = frozenset(field.name for field in fields(Record))
_PLAIN = {  # the fields whose types isinstance can check
    field.name: field.type for field in fields(Record) if isinstance(field.type, type | UnionType)
}
_MOST_LOOKED_AT = 50  # versions; a server that names a billion is not worth an hour
_OPEN: frozenset[RecordState] = frozenset({"intended", "unknown"})


def record_line(record: Record) -> str:
    """Return the journal's line for a record as it is now."""
    return json.dumps(asdict(record), ensure_ascii=False) + "\n"


def fold_journal(lines: Iterable[str]) -> tuple[Record, ...]:
    """Return the records in the order of their first events; a torn last line is passed over."""
    records: dict[str, Record] = {}
    for line in lines:
        record = _parse(line)
        if record is not None:
            records[record.id] = record
    return tuple(records.values())


def id_of(data: bytes) -> str | None:
    """Return the id of the record in a run's folder, None where it cannot be read."""
    try:
        return str(json.loads(data)["id"])
    except (ValueError, TypeError, KeyError):
        return None


def run_record(record: Record, fetched: Iterable[FetchedFile]) -> bytes:
    """Return what a run's folder says of it: the record, and the outputs that are there."""
    entry = asdict(record) | {"files": [asdict(file) for file in fetched]}
    return f"{json.dumps(entry, ensure_ascii=False, indent=1)}\n".encode(errors="replace")


def fetched_before(data: bytes) -> tuple[FetchedFile, ...]:
    """Return the outputs that a run's folder has by its record; none that makes no sense."""
    try:
        entries = json.loads(data)["files"]
        return tuple(
            FetchedFile(str(entry["name"]), int(entry["size"]), str(entry["sha256"]))
            for entry in entries
        )
    except (ValueError, TypeError, KeyError, RecursionError):
        return ()


def latest(records: Iterable[Record], *, kernel: str, server: str) -> Record | None:
    """Return the record of the last push that made a version of this kernel on this server."""
    pushed = [r for r in records if r.kernel == kernel and r.server == server and r.version]
    return pushed[-1] if pushed else None


def unsettled(records: Iterable[Record], *, kernel: str, server: str) -> tuple[Record, ...]:
    """Return the pushes of a kernel whose outcome nobody knows."""
    return tuple(
        record
        for record in records
        if record.kernel == kernel and record.server == server and record.state in _OPEN
    )


def may_be(records: Iterable[Record], record: Record, newest: int) -> tuple[int, ...]:
    """Return the versions on the server that an unanswered push may have made, newest first.

    They are newer than what was there before it, and no other push is known to have made them.
    That counts only while the server has what the journal knows of: a kernel that was deleted and
    made anew begins again with version 1. Of very many, the newest are looked at.
    """
    others = {
        other.version
        for other in records
        if other.version
        and other.id != record.id
        and (other.kernel, other.server) == (record.kernel, record.server)
    }
    claimed = others if newest >= max(others, default=0) else set()
    oldest = max(record.base_version, newest - _MOST_LOOKED_AT)
    return tuple(number for number in range(newest, oldest, -1) if number not in claimed)


def _parse(line: str) -> Record | None:
    try:
        entry = json.loads(line)
        if entry["state"] not in get_args(RecordState):
            return None
        record = Record(**{key: _value(key, entry[key]) for key in _FIELDS if key in entry})
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    is_whole = all(isinstance(getattr(record, name), kind) for name, kind in _PLAIN.items())
    return record if is_whole else None


def _value(key: str, value: Any) -> Any:
    if key == "line_map":
        return tuple(_origin(entry) for entry in value)
    return tuple(value) if isinstance(value, list) else value


def _origin(entry: Mapping[str, Any] | None) -> Origin | None:
    return None if entry is None else Origin(**entry)
