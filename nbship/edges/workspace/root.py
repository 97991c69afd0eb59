"""The root of a workspace: the folder whose pyproject.toml has ``[tool.nbship]``. Only reads.

git's filter asks for it as well: nothing slow is imported here.
"""

import os
from pathlib import Path

from nbship import config
from nbship.edges.storage import files
from nbship.errors import WorkspaceError
from nbship.model.layout import Layout

_USUAL = Layout()


def find_root(start: Path) -> Path | None:
    """Return the nearest folder at ``start`` or above that is a workspace, None if there is none.

    It has the table ``[tool.nbship]`` in its pyproject.toml, or the usual folder of the sources.
    The latter alone may be a folder of a workspace above, such as what a run has written: then the
    workspace with the table is the one.
    """
    folders = (start, *start.parents)
    # Path.is_dir raises where a folder is closed to this user.
    is_dir = os.path.isdir
    for number, folder in enumerate(folders):
        if config.has_workspace(pyproject_of(folder)):
            return folder
        if is_dir(folder / _USUAL.sources):
            inner = folder / _USUAL.sources
            return next((f for f in folders[number + 1 :] if _has_folder(f, inner)), folder)
    return None


def pyproject_of(folder: Path) -> str:
    """Return the text of a folder's pyproject.toml, "" if there is none that can be read."""
    try:
        data = files.read_bytes(folder / config.PYPROJECT)
    except WorkspaceError:
        return ""
    return (data or b"").decode(errors="replace")


def _has_folder(root: Path, path: Path) -> bool:
    """Return whether a path is in one of the folders that a workspace names, or in its state."""
    text = pyproject_of(root)
    if not config.has_workspace(text):
        return False
    try:
        workspace = config.parse_workspace(root, text)
    except WorkspaceError:
        return False  # its own commands tell what is wrong
    layout = workspace.layout
    names = (layout.sources, layout.notebooks, layout.build, layout.runs, layout.state)
    folders = (*map(workspace.path, names), workspace.inputs)
    return any(path.is_relative_to(each) for each in folders)
