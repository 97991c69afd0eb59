"""Copies of notebooks with the outputs that git does not get.

git's filter writes a copy when it reads a notebook with outputs. git itself can then replace the
file by one without outputs, as `git stash` does; the next sync brings the outputs back. If a person
clears the outputs, the filter removes the copy.

Side effects: writes and removes files in .nbship/.
"""

import contextlib
from pathlib import Path

from nbship import config
from nbship.core.ipynb.clean import clean_ipynb, is_as_git_wrote_it
from nbship.core.ipynb.json_text import OUTPUT_KEY
from nbship.edges.storage import containment, files
from nbship.edges.storage.state_files import read_state
from nbship.edges.workspace.root import find_root, pyproject_of
from nbship.errors import NbshipError
from nbship.model.workspace import Workspace


def keep(path: Path, data: bytes, cleaned: bytes) -> None:
    """Keep a copy of the notebook at ``path`` if git gets it without its outputs.

    The copy of a notebook from which another program than git has taken the outputs is removed.
    Only notebooks of a workspace are kept. If the copy cannot be written, there is none: git must
    go on.
    """
    has_outputs = OUTPUT_KEY.encode() in data
    is_seen = has_outputs and data != cleaned
    if not is_seen and (has_outputs or is_as_git_wrote_it(data)):
        return
    copy = _copy_of(path)
    if copy is None:
        return
    with contextlib.suppress(NbshipError):
        if is_seen:
            files.write_cache(copy, data)
        elif _seen(copy, str(path), cleaned):
            files.remove_file(copy)


def removed_by_git(workspace: Workspace, name: str, notebook: bytes | None) -> bytes | None:
    """Return the notebook with its outputs if git has written ``notebook`` without them."""
    if notebook is None or not is_as_git_wrote_it(notebook) or OUTPUT_KEY.encode() in notebook:
        return None
    path = workspace.layout.seen_notebook(name)
    copy = containment.contained(workspace.root, path, may_be_link=True)
    return _seen(copy, path, clean_ipynb(path, notebook).data)


def _copy_of(path: Path) -> Path | None:
    """Return where the copy of a notebook is kept; None outside a workspace."""
    root = find_root(path.absolute().parent) if path.is_file() else None
    if root is None:
        return None
    with contextlib.suppress(NbshipError):
        layout = config.layout_of(pyproject_of(root))
        inside = path.absolute().relative_to(root).as_posix()
        name = inside.removeprefix(f"{layout.notebooks}/").removesuffix(".ipynb")
        if inside == layout.notebook(name):
            return containment.contained(root, layout.seen_notebook(name))
    return None


def _seen(copy: Path, path: str, cleaned: bytes) -> bytes | None:
    """Return the copy of a notebook if git makes these bytes of it, else None."""
    seen = read_state(copy, bytes)
    return seen if seen is not None and clean_ipynb(path, seen).data == cleaned else None
