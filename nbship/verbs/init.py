"""``init``: makes a folder a workspace."""

from pathlib import Path

from nbship.config import PYPROJECT
from nbship.core.clone import task_file
from nbship.core.scaffold import templates
from nbship.core.scaffold.new_workspace import Extras, FileChange, FolderFacts, plan_workspace
from nbship.diagnostics import Place
from nbship.edges.storage import files
from nbship.errors import WorkspaceError
from nbship.model.layout import Layout


def plan(root: Path, layout: Layout, extras: Extras) -> tuple[FileChange, ...]:
    """Return what ``init`` makes of a folder; changes nothing.

    Raises:
        WorkspaceError: a file cannot be read, or cannot get the lines that it needs.
    """
    sources = root / layout.sources
    return plan_workspace(
        FolderFacts(
            tasks=_text(root, task_file.FILE),
            pyproject=_text(root, PYPROJECT),
            has_sources=sources.is_dir() and any(sources.iterdir()),
            agents=_text(root, templates.AGENTS),
            workflow=_text(root, templates.WORKFLOW),
        ),
        layout,
        extras,
    )


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


def _text(root: Path, name: str) -> str | None:
    data = files.read_bytes(root / name)
    if data is None:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise WorkspaceError(f"not UTF-8: {error.reason}", place=Place(name)) from None
