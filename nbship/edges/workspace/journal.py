"""The journal of pushes in runs/journal.jsonl: appended to and brought to the disk at each step.

Side effects: appends to one file; reads the clock for a record's id and time, which inform people.
"""

import secrets
from datetime import UTC, datetime

from nbship.core.push import record as records
from nbship.edges.storage import files
from nbship.model.push import Record
from nbship.model.workspace import Workspace


def read(workspace: Workspace) -> tuple[Record, ...]:
    """Return every record of this clone, oldest first."""
    data = files.read_bytes(workspace.path(workspace.layout.journal)) or b""
    return records.fold_journal(data.decode(errors="replace").split("\n"))


def write(workspace: Workspace, record: Record) -> Record:
    """Add the record as it stands now, on the disk before this returns."""
    files.append_line(workspace.path(workspace.layout.journal), records.record_line(record))
    return record


def now() -> str:
    """Return the time in UTC, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def new_id() -> str:
    """Return an id that no other record has, here or in another clone."""
    return secrets.token_hex(6)
