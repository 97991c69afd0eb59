"""The journal of pushes: a file of lines, synced to the disk after each step.

Side effects: appends to one file; sets aside what is no file in its place; reads the clock for the
time in a record, which is for people.
"""

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime

from nbship.core.push import record as records
from nbship.core.run.output_names import OURS
from nbship.edges.storage import files
from nbship.edges.storage.state_files import set_aside
from nbship.errors import Unreadable
from nbship.model.push import Record
from nbship.model.workspace import Workspace

_WAY_OUT = "Make it readable: without it nbship does not know what this clone has pushed."


def read(workspace: Workspace) -> tuple[Record, ...]:
    """Return every record of this clone, oldest first, as ``read_whole`` does.

    Raises:
        WorkspaceError: the journal cannot be read.
    """
    return read_whole(workspace)[0]


def read_whole(workspace: Workspace) -> tuple[tuple[Record, ...], tuple[int, ...]]:
    """Return every record of this clone, oldest first, and the numbers of damaged lines.

    Side effects: sets aside a folder, a pipe or a device in the journal's place, which has no
    records. A journal that cannot be read, or to which a link leads nowhere, has some.

    Raises:
        WorkspaceError: the journal cannot be read.
    """
    path = workspace.path(workspace.layout.journal)
    try:
        data = files.read_bytes(path) or b""
    except Unreadable as error:
        if path.is_symlink() or path.is_file() or not path.exists():
            raise error.with_changes(hints=(_WAY_OUT,)) from None
        set_aside(path, error.reason)
        data = b""
    return records.read_journal(data.decode(errors="replace").split("\n"))


def others(workspace: Workspace) -> Iterator[str]:
    """Yield the paths of journals in other folders, such as that of the runs before a change.

    They are looked for in the folders at the top of the workspace, and in those below them.
    """
    own = workspace.path(workspace.layout.journal)
    for pattern in (f"*/{own.name}", f"*/*/{own.name}"):
        for path in sorted(workspace.root.glob(pattern)):
            try:
                data = files.read_bytes(path) if path != own else None
            except Unreadable:
                continue
            if records.fold_journal((data or b"").decode(errors="replace").split("\n")):
                yield path.relative_to(workspace.root).as_posix()


def has_all_outputs(workspace: Workspace, record: Record) -> bool:
    """Return whether all outputs of a run are here, as the record in its folder says."""
    if not record.folder:
        return False
    try:
        data = files.read_bytes(workspace.path(record.folder) / OURS / "record.json")
    except Unreadable:
        return False
    return data is not None and records.has_all(data)


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
