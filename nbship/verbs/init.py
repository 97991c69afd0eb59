"""``init``: makes a folder a workspace."""

from pathlib import Path

from nbship.core.scaffold.new_workspace import FileChange
from nbship.diagnostics import Place
from nbship.edges.storage import files
from nbship.errors import WorkspaceError


def write(root: Path, change: FileChange) -> None:
    """Write one file of the plan.

    Side effects: writes the file, and makes its folder.

    Raises:
        WorkspaceError: the file is a link, or the disk cannot be written.
    """
    path = root / change.path
    if change.text is None:
        return
    if path.is_symlink():
        raise WorkspaceError(
            "a link, and is not changed",
            place=Place(change.path),
            hint="Replace the link by a file, and type the command again.",
        )
    old = None if change.old is None else change.old.encode()
    if not files.replace_file(path, change.text.encode(), expected=old):
        raise WorkspaceError(
            "another program changed it meanwhile",
            place=Place(change.path),
            hint="Type the command again: it goes on where it ended.",
        )
