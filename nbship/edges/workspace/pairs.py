"""The two files of a pair, and what the last sync of them left in .nbship/sync/.

Side effects: replaces the files of a pair, and writes below .nbship/sync/.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbship import config
from nbship.core.pairing.sync_state import LastSync, parse_last_sync, render_last_sync
from nbship.edges.storage import files
from nbship.errors import WorkspaceError
from nbship.model.workspace import Catalogue, Workspace

_FOLDER = "notebooks"


@dataclass(frozen=True, slots=True)
class Pair:
    """What was found of one pair: the bytes of its files, None where there is no such file."""

    name: str
    source: bytes | None
    notebook: bytes | None
    last: LastSync | None
    earlier: bytes | None  # the notebook as it was when a sync last dropped cells of it


def source_of(name: str) -> str:
    """Return the path of a pair's source, relative to the workspace."""
    return f"src_py/{name}.py"


def notebook_of(name: str) -> str:
    """Return the path of a pair's notebook, relative to the workspace."""
    return f"{_FOLDER}/{name}.ipynb"


def earlier_of(name: str) -> str:
    """Return where a notebook is kept as it was, relative to the workspace."""
    return f".nbship/sync/{name}.ipynb"


def pair_names(workspace: Workspace, catalogue: Catalogue) -> tuple[str, ...]:
    """Return the names of all pairs: of sources, of notebooks, and of what was one of them."""
    found = {name for name, entry in catalogue.items() if entry.path == source_of(name)}
    found |= set(_names(workspace.root / _FOLDER, ".ipynb"))
    found |= set(_names(workspace.state / "sync", ".json"))
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
        source=files.read_bytes(_inside(workspace, source_of(name))),
        notebook=files.read_bytes(_inside(workspace, notebook_of(name))),
        last=parse_last_sync(files.read_bytes(_last_sync(workspace, name)) or b""),
        earlier=files.read_bytes(_inside(workspace, earlier_of(name))),
    )


def write_source(workspace: Workspace, pair: Pair, data: bytes) -> bool:
    """Replace the source; False where somebody has saved it since it was read."""
    return _write(workspace, source_of(pair.name), data, pair.source)


def write_notebook(workspace: Workspace, pair: Pair, data: bytes) -> bool:
    """Replace the notebook; False where somebody has saved it since it was read."""
    return _write(workspace, notebook_of(pair.name), data, pair.notebook)


def keep_notebook(workspace: Workspace, pair: Pair) -> None:
    """Keep a copy of the notebook as it is."""
    files.write_file(_inside(workspace, earlier_of(pair.name)), pair.notebook or b"")


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
    return _inside(workspace, f".nbship/sync/{name}.json")


def _names(folder: Path, extension: str) -> Iterator[str]:
    for file in folder.rglob(f"*{extension}"):
        relative = file.relative_to(folder)
        if not any(part.startswith(".") for part in relative.parts):
            yield relative.as_posix().removesuffix(extension)
