"""The journal of pushes: a file of lines, synced to the disk after each step.

Side effects: appends to one file; reads the clock for the time in a record, which is for people.
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
    """Append the record in its present state, and return it once it is on the disk.

    Raises:
        WorkspaceError: the disk cannot be written.
    """
    files.append_line(workspace.path(workspace.layout.journal), records.record_line(record))
    return record


def now() -> str:
    """Return the time in UTC, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def new_id() -> str:
    """Return a random id that no other record has, in this clone or in another one."""
    return secrets.token_hex(6)
