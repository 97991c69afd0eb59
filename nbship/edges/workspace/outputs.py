"""Copies of notebooks with the outputs that git does not get.

git's filter writes a copy when it reads a notebook with outputs. git itself can then replace the
file by one without outputs, as `git stash` does; the next sync brings the outputs back.

Side effects: writes files in .nbship/.
"""

import contextlib
from pathlib import Path

from nbship.core.ipynb.clean import clean_ipynb
from nbship.core.ipynb.json_text import OUTPUT_KEY
from nbship.edges.storage import files
from nbship.edges.storage.state_files import read_state
from nbship.errors import NbshipError
from nbship.model.layout import Layout
from nbship.model.workspace import Workspace


def keep(path: Path, data: bytes, cleaned: bytes) -> None:
    """Keep a copy of the notebook at ``path`` if git gets it without its outputs.

    Only notebooks of a workspace are kept. If the copy cannot be written, there is none: git must
    go on.
    """
    if data == cleaned or OUTPUT_KEY.encode() not in data:
        return
    layout = Layout()
    root = next((p for p in path.absolute().parents if (p / layout.sources).is_dir()), None)
    if root is None or not path.is_file():
        return
    inside = path.absolute().relative_to(root).as_posix()
    name = inside.removeprefix(f"{layout.notebooks}/").removesuffix(".ipynb")
    if inside == layout.notebook(name):
        with contextlib.suppress(NbshipError):
            files.write_cache(files.contained(root, layout.seen_notebook(name)), data)


def removed_by_git(workspace: Workspace, name: str, notebook: bytes | None) -> bytes | None:
    """Return the notebook with its outputs if ``notebook`` is what git makes of it, else None."""
    if notebook is None or OUTPUT_KEY.encode() in notebook:
        return None
    path = workspace.layout.seen_notebook(name)
    seen = read_state(files.contained(workspace.root, path, may_be_link=True), bytes)
    if seen is None or clean_ipynb(path, seen).data != notebook:
        return None
    return seen
