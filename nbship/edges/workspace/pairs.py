"""The two files of a pair, and the state that their last sync saved.

Side effects: replaces the files of a pair; writes the state of a sync.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbship import config
from nbship.core.pairing.sync_state import SyncState, parse_sync_state, render_sync_state
from nbship.edges.storage import files
from nbship.edges.storage.state_files import read_state
from nbship.errors import WorkspaceError
from nbship.model.workspace import Catalogue, Workspace


@dataclass(frozen=True, slots=True)
class Pair:
    """One pair on the disk: the bytes of its files, None for a file that does not exist."""

    name: str
    source: bytes | None
    notebook: bytes | None
    last: SyncState | None
    earlier: bytes | None  # the copy of the notebook before a sync last dropped cells


def pair_names(workspace: Workspace, catalogue: Catalogue) -> tuple[str, ...]:
    """Return the names of all pairs: of sources, of notebooks, and of earlier syncs."""
    layout = workspace.layout
    found = {name for name, entry in catalogue.items() if entry.path == layout.source(name)}
    found |= set(_names(workspace, layout.notebook))
    found |= set(_names(workspace, layout.sync_state))
    return tuple(sorted(found))


def jupytext_options(workspace: Workspace) -> Mapping[str, Any] | None:
    """Return the workspace's ``[tool.jupytext]``, None if there is none.

    Raises:
        WorkspaceError: pyproject.toml is not TOML.
    """
    data = files.read_bytes(workspace.root / config.PYPROJECT) or b""
    return config.parse_jupytext(data.decode(errors="replace"))


def read(workspace: Workspace, name: str) -> Pair:
    """Read both files of a pair, and the state of their last sync.

    Raises:
        WorkspaceError: the name leads out of the workspace, or a file cannot be read.
    """
    return Pair(
        name,
        source=files.read_bytes(_inside(workspace, workspace.layout.source(name))),
        notebook=files.read_bytes(_inside(workspace, workspace.layout.notebook(name))),
        last=read_state(_last_sync(workspace, name), parse_sync_state),
        earlier=read_state(_inside(workspace, workspace.layout.kept_notebook(name)), bytes),
    )


def write_source(workspace: Workspace, pair: Pair, data: bytes) -> bool:
    """Replace the source; return False if another program has saved it since it was read."""
    return _write(workspace, workspace.layout.source(pair.name), data, pair.source)


def write_notebook(workspace: Workspace, pair: Pair, data: bytes) -> bool:
    """Replace the notebook; return False if another program has saved it since it was read."""
    return _write(workspace, workspace.layout.notebook(pair.name), data, pair.notebook)


def keep_notebook(workspace: Workspace, pair: Pair) -> None:
    """Keep a copy of the notebook before a sync drops cells of it."""
    files.write_file(
        _inside(workspace, workspace.layout.kept_notebook(pair.name)), pair.notebook or b""
    )


def save_state(workspace: Workspace, name: str, last: SyncState) -> None:
    """Save the state of a sync; a sync does this last."""
    files.write_file(_last_sync(workspace, name), render_sync_state(last))


def forget(workspace: Workspace, name: str) -> None:
    """Remove the state of a pair whose files are both deleted; a kept copy stays."""
    files.remove_file(_last_sync(workspace, name))


def _write(workspace: Workspace, path: str, data: bytes, expected: bytes | None) -> bool:
    target = _inside(workspace, path)
    if expected is None:
        _refuse_twin(workspace, path)
    return files.replace_file(target, data, expected=expected)


def _refuse_twin(workspace: Workspace, path: str) -> None:
    """Refuse a new file whose path differs from an existing one only by case."""
    folder = workspace.root
    for part in path.split("/"):
        others = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
        twin = next((o for o in others if o != part and o.casefold() == part.casefold()), None)
        if twin:
            raise WorkspaceError(
                f"{path} is not written: {folder.relative_to(workspace.root) / twin} differs from "
                "it only by case",
                hint="Rename one of them: on many systems they are the same file.",
            )
        folder /= part


def _inside(workspace: Workspace, path: str) -> Path:
    return files.contained(workspace.root, path)


def _last_sync(workspace: Workspace, name: str) -> Path:
    return _inside(workspace, workspace.layout.sync_state(name))


def _names(workspace: Workspace, path_of: Callable[[str], str]) -> Iterator[str]:
    """Yield the names whose file exists; ``path_of`` gives the path of a name's file."""
    parent, _, extension = path_of("").rpartition("/")
    folder = workspace.path(parent)
    for file in folder.rglob(f"*{extension}"):
        relative = file.relative_to(folder)
        if not any(part.startswith(".") for part in relative.parts):
            yield relative.as_posix().removesuffix(extension)
