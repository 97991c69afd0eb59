"""``init``: makes a folder a workspace."""

from pathlib import Path

from nbship.core.scaffold.new_workspace import FileChange
from nbship.diagnostics import Place
from nbship.edges.git import clone, repository
from nbship.edges.storage import files
from nbship.errors import WorkspaceError
from nbship.model.layout import Layout


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


def is_in_repository(root: Path) -> bool:
    """Return whether a folder is in a repository with files.

    Raises:
        WorkspaceError: the repository is bare, or git does not read it for this user; the message
            is git's.
    """
    return clone.version() is not None and clone.top_of(root) is not None


def has_notebooks_in_git(root: Path, layout: Layout) -> bool:
    """Return whether git has notebooks in the folder of the working copies."""
    folder = f":(glob){layout.notebooks}/**/*.ipynb"
    return clone.version() is not None and bool(
        repository.run(root, "ls-files", "-z", "--", folder).out
    )
