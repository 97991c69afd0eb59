"""The files that a folder needs to be a workspace, planned from what is there."""

from pathlib import Path

from nbship.config import PYPROJECT
from nbship.core.clone import task_file
from nbship.core.scaffold import templates
from nbship.core.scaffold.new_workspace import Extras, FileChange, FolderFacts, plan_workspace
from nbship.diagnostics import Place
from nbship.edges.storage import files
from nbship.edges.workspace.sources import read_catalogue
from nbship.errors import WorkspaceError
from nbship.model.layout import Layout
from nbship.model.workspace import Workspace


def plan_files(
    root: Path, layout: Layout, extras: Extras, *, has_notebooks: bool = False
) -> tuple[FileChange, ...]:
    """Return what becomes of each file; changes nothing.

    ``has_notebooks`` means that the workspace gets notebooks, and no example is needed.

    Raises:
        WorkspaceError: a file cannot be read, or cannot get the lines that it needs.
    """
    sources = root / layout.sources
    return plan_workspace(
        FolderFacts(
            tasks=_text(root, task_file.FILE),
            pyproject=_text(root, PYPROJECT),
            has_sources=has_notebooks or (sources.is_dir() and any(sources.iterdir())),
            agents=_text(root, templates.AGENTS),
            workflow=_text(root, templates.WORKFLOW),
            notebooks=len(read_catalogue(Workspace(root, root, layout))) if extras.workflow else 0,
        ),
        layout,
        extras,
    )


def _text(root: Path, name: str) -> str | None:
    data = files.read_bytes(root / name)
    if data is None:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise WorkspaceError(f"not UTF-8: {error.reason}", place=Place(name)) from None
