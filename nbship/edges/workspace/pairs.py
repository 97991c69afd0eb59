"""The two files of a pair, and what the last sync of them left.

Side effects: replaces the files of a pair; writes the sync's state.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbship import config
from nbship.core.pairing.sync_state import LastSync, parse_last_sync, render_last_sync
from nbship.edges.storage import files
from nbship.errors import WorkspaceError
from nbship.model.workspace import Catalogue, Workspace


@dataclass(frozen=True, slots=True)
class Pair:
    """What was found of one pair: the bytes of its files, None where there is no such file."""

    name: str
    source: bytes | None
    notebook: bytes | None
    last: LastSync | None
    earlier: bytes | None  # the notebook as it was when a sync last dropped cells of it


def pair_names(workspace: Workspace, catalogue: Catalogue) -> tuple[str, ...]:
    """Return the names of all pairs: of sources, of notebooks, and of what was one of them."""
    layout = workspace.layout
    found = {name for name, entry in catalogue.items() if entry.path == layout.source(name)}
    found |= set(_names(workspace, layout.notebook))
    found |= set(_names(workspace, layout.sync_state))
    return tuple(sorted(found))


def jupytext_options(workspace: Workspace) -> Mapping[str, Any] | None:
    """Return the workspace's ``[tool.jupytext]``.

    Raises:
        WorkspaceError: its pyproject.toml is wrong.
    """
    data = files.read_bytes(workspace.root / config.PYPROJECT) or b""
    return config.parse_jupytext(data.decode(errors="replace"))


def read(workspace: Workspace, name: str) -> Pair:
    """Read both files of a pair and what is remembered of them.

    Raises:
        WorkspaceError: the name leads out of the workspace, or a file cannot be read.
    """
    return Pair(
        name,
        source=files.read_bytes(_inside(workspace, workspace.layout.source(name))),
        notebook=files.read_bytes(_inside(workspace, workspace.layout.notebook(name))),
        last=parse_last_sync(files.read_bytes(_last_sync(workspace, name)) or b""),
        earlier=files.read_bytes(_inside(workspace, workspace.layout.kept_notebook(name))),
    )


def write_source(workspace: Workspace, pair: Pair, data: bytes) -> bool:
    """Replace the source; False where somebody has saved it since it was read."""
    return _write(workspace, workspace.layout.source(pair.name), data, pair.source)


def write_notebook(workspace: Workspace, pair: Pair, data: bytes) -> bool:
    """Replace the notebook; False where somebody has saved it since it was read."""
    return _write(workspace, workspace.layout.notebook(pair.name), data, pair.notebook)


def keep_notebook(workspace: Workspace, pair: Pair) -> None:
    """Keep a copy of the notebook as it is."""
    files.write_file(
        _inside(workspace, workspace.layout.kept_notebook(pair.name)), pair.notebook or b""
    )


def save_state(workspace: Workspace, name: str, last: LastSync) -> None:
    """Remember a sync; it is the last thing that one does."""
    files.write_file(_last_sync(workspace, name), render_last_sync(last))


def forget(workspace: Workspace, name: str) -> None:
    """Forget a pair of which both files are gone, but for the copy that was kept."""
    files.remove_file(_last_sync(workspace, name))


def _write(workspace: Workspace, path: str, data: bytes, expected: bytes | None) -> bool:
    goal = _inside(workspace, path)
    if expected is None:
        _refuse_twin(workspace, path)
    return files.replace_file(goal, data, expected=expected)


def _refuse_twin(workspace: Workspace, path: str) -> None:
    """Refuse a new file that another system could not tell from one that is there."""
    folder = workspace.root
    for part in path.split("/"):
        others = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
        twin = next((o for o in others if o != part and o.casefold() == part.casefold()), None)
        if twin:
            raise WorkspaceError(
                f"{path} is not made: {folder.relative_to(workspace.root) / twin} differs from it "
                "only by case",
                hint="Rename one of them.",
            )
        folder /= part


def _inside(workspace: Workspace, path: str) -> Path:
    return files.contained(workspace.root, path)


def _last_sync(workspace: Workspace, name: str) -> Path:
    return _inside(workspace, workspace.layout.sync_state(name))


def _names(workspace: Workspace, path_of: Callable[[str], str]) -> Iterator[str]:
    """Yield the names of the files that are in the folder of a kind, at any depth."""
    parent, _, extension = path_of("").rpartition("/")
    folder = workspace.path(parent)
    for file in folder.rglob(f"*{extension}"):
        relative = file.relative_to(folder)
        if not any(part.startswith(".") for part in relative.parts):
            yield relative.as_posix().removesuffix(extension)
