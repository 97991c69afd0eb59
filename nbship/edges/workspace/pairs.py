"""The two files of a pair, and the state that their last sync saved.

Side effects: replaces the files of a pair; writes the state of a sync.
"""

import contextlib
import os
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbship import config
from nbship.core.pairing.attachments import file_name, pictures_in
from nbship.core.pairing.notebook_language import suffix_of
from nbship.core.pairing.sync_state import SyncState, parse_sync_state, render_sync_state
from nbship.core.source.decode import unreadable_source
from nbship.core.source.jupytext_api import check_options
from nbship.core.source.language import LANGUAGES
from nbship.diagnostics import Place
from nbship.edges.storage import containment, files
from nbship.edges.storage.state_files import read_state
from nbship.errors import SourceError, Unreadable, WorkspaceError
from nbship.model.jupytext_options import jupytext_options as usual_table
from nbship.model.layout import NOTEBOOK_SUFFIX, assets_of
from nbship.model.workspace import Catalogue, Workspace


@dataclass(frozen=True, slots=True)
class Pair:
    """One pair on the disk: the bytes of its files, None for a file that does not exist."""

    name: str
    source_path: str  # relative to the workspace, like the notebook's
    notebook_path: str
    source: bytes | None
    notebook: bytes | None
    last: SyncState | None
    earlier: bytes | None  # the copy of the notebook before a sync last dropped cells
    pictures: Mapping[str, bytes] = field(default_factory=dict)  # beside the source, by name


def pair_names(workspace: Workspace, catalogue: Catalogue) -> tuple[str, ...]:
    """Return the names of all pairs: of sources, of notebooks, and of earlier syncs."""
    layout = workspace.layout
    found = set(catalogue)
    found |= set(_names(workspace, layout.notebook))
    found |= set(_names(workspace, layout.sync_state))
    return tuple(sorted(found))


def one_sided_names(
    workspace: Workspace, catalogue: Catalogue
) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names of the pairs that lost their source, and of the sources without a pair.

    A pair has been synced before. No file is read.
    """
    notebooks = frozenset(_names(workspace, workspace.layout.notebook))
    synced = frozenset(_names(workspace, workspace.layout.sync_state))
    sources = frozenset(catalogue)
    return (notebooks & synced) - sources, sources - notebooks - synced


def jupytext_options(workspace: Workspace) -> Mapping[str, Any] | None:
    """Return the workspace's ``[tool.jupytext]``, None if there is none.

    Raises:
        WorkspaceError: pyproject.toml is not TOML.
    """
    data = files.read_bytes(workspace.root / config.PYPROJECT) or b""
    return config.parse_jupytext(data.decode(errors="replace"))


def usual_options(workspace: Workspace) -> Mapping[str, Any]:
    """Return the workspace's [tool.jupytext], with the folders of its layout as formats.

    Raises:
        WorkspaceError: pyproject.toml is not TOML.
    """
    usual = usual_table(workspace.layout)
    table = jupytext_options(workspace)
    return usual if table is None else {**table, "formats": usual["formats"]}


def checked_options(workspace: Workspace) -> Mapping[str, Any]:
    """Return jupytext's options, as JupyterLab uses them in this workspace.

    Raises:
        WorkspaceError: jupytext does not accept them; or as ``usual_options`` does.
    """
    options = usual_options(workspace)
    try:
        check_options(options)
    except ValueError as error:
        raise WorkspaceError(f"[tool.jupytext]: {error}", place=Place(config.PYPROJECT)) from None
    return options


def read(workspace: Workspace, name: str) -> Pair:
    """Read both files of a pair, and the state of their last sync.

    Raises:
        SourceError: the notebook's extension is misspelt, there are two sources, or a file cannot
            be read.
        WorkspaceError: the name leads out of the workspace.
    """
    layout = workspace.layout
    notebook_path = layout.notebook(name)
    notebook = _read(workspace, notebook_path)
    if notebook is None:
        _refuse_misspelt(workspace, notebook_path)
    source_path, source = _source(workspace, name, notebook)
    return Pair(
        name,
        source_path,
        notebook_path,
        source=source,
        notebook=notebook,
        last=read_state(_state(workspace, layout.sync_state(name)), parse_sync_state),
        earlier=read_state(_state(workspace, layout.kept_notebook(name)), bytes),
        pictures=_pictures(workspace, source_path),
    )


def _pictures(workspace: Workspace, source_path: str) -> dict[str, bytes]:
    """Return the pictures beside a source by name; a link is none."""
    folder = workspace.path(assets_of(source_path))
    found = folder.iterdir() if folder.is_dir() and not folder.is_symlink() else ()
    paths = [path for path in found if path.is_file() and not path.is_symlink()]
    contents = {path.name: files.read_bytes(path) or b"" for path in paths}
    return {name: data for name, (_, data) in pictures_in(contents).items()}


def write_pictures(workspace: Workspace, pair: Pair, pictures: Mapping[str, bytes]) -> list[str]:
    """Write the pictures that the files beside the source do not hold yet; return their names."""
    names = [name for name, data in pictures.items() if pair.pictures.get(name) != data]
    for name in names:
        files.write_file(_picture(workspace, pair, name), pictures[name])
    return names


def remove_pictures(workspace: Workspace, pair: Pair, names: Iterable[str]) -> None:
    """Remove pictures that a sync has written and nothing shows any more."""
    for name in names:
        files.remove_file(_picture(workspace, pair, name))


def _picture(workspace: Workspace, pair: Pair, name: str) -> Path:
    return _inside(workspace, f"{assets_of(pair.source_path)}/{file_name(name)}")


def _source(workspace: Workspace, name: str, notebook: bytes | None) -> tuple[str, bytes | None]:
    """Return the path and the content of a pair's source; the notebook names that of a new one."""
    paths = [workspace.layout.source(name, language.suffix) for language in LANGUAGES]
    found = {path: _read(workspace, path) for path in paths}
    existing = [path for path, data in found.items() if data is not None]
    if len(existing) > 1:
        raise SourceError(
            f"{existing[1]} is a notebook of the same name",
            place=Place(existing[0]),
            hint="Rename one of them.",
        )
    path = existing[0] if existing else paths[0]
    if not existing and notebook is not None:
        path = workspace.layout.source(name, suffix_of(workspace.layout.notebook(name), notebook))
    return path, found[path]


def _read(workspace: Workspace, path: str) -> bytes | None:
    """Return the bytes of a source or notebook, None if there is none."""
    try:
        return files.read_bytes(_inside(workspace, path))
    except Unreadable as error:
        layout = workspace.layout
        folder = next(f for f in (layout.sources, layout.notebooks) if path.startswith(f"{f}/"))
        raise unreadable_source(path, error.reason, folder) from None


def _refuse_misspelt(workspace: Workspace, path: str) -> None:
    """Refuse a notebook whose extension has capitals: Jupyter and git's filter do not see it."""
    expected = workspace.path(path)
    folder = expected.parent
    for file in folder.iterdir() if folder.is_dir() else ():
        if file.stem == expected.stem and _is_misspelt(file.suffix):
            wrong = f"{path.rpartition('/')[0]}/{file.name}"
            raise SourceError(
                "the extension of a notebook is '.ipynb'",
                place=Place(wrong),
                hint=f"Rename it: mv {shlex.quote(wrong)} {shlex.quote(path)}",
            )


def _is_misspelt(suffix: str) -> bool:
    return suffix != NOTEBOOK_SUFFIX and suffix.lower() == NOTEBOOK_SUFFIX


def write_source(workspace: Workspace, pair: Pair, data: bytes) -> bool:
    """Replace the source; return False if another program has saved it since it was read."""
    return _write(workspace, pair.source_path, data, pair.source)


def write_notebook(workspace: Workspace, pair: Pair, data: bytes) -> bool:
    """Replace the notebook; return False if another program has saved it since it was read."""
    return _write(workspace, pair.notebook_path, data, pair.notebook)


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


def carry(workspace: Workspace, pair: Pair, name: str) -> None:
    """Give a pair's notebook, its copies and its state another name.

    The state of the old name stays until the next sync of it: both its files are gone then.
    """
    layout = workspace.layout
    for path_of in (layout.kept_notebook, layout.seen_notebook, layout.notebook):
        old, new = (_inside(workspace, path_of(each)) for each in (pair.name, name))
        if old.exists():
            if pair.name.casefold() != name.casefold():  # else the old file is the twin
                _refuse_twin(workspace, path_of(name))
            files.move_file(old, new)
    if pair.last is not None:
        save_state(workspace, name, pair.last)


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
    return containment.contained(workspace.root, path)


def _state(workspace: Workspace, path: str) -> Path:
    """Return the path of a state file to be read: a link there is set aside."""
    return containment.contained(workspace.root, path, may_be_link=True)


def _last_sync(workspace: Workspace, name: str) -> Path:
    return _inside(workspace, workspace.layout.sync_state(name))


def _names(workspace: Workspace, path_of: Callable[[str], str]) -> Iterator[str]:
    """Yield the names whose file exists; ``path_of`` gives the path of a name's file."""
    parent, _, suffix = path_of("").rpartition("/")
    for path in _walk(str(workspace.path(parent))):
        stem, point, found = path.rpartition(".")
        is_meant = suffix == NOTEBOOK_SUFFIX and _is_misspelt(f".{found}")
        if point and (f".{found}" == suffix or is_meant):
            yield stem


def _walk(folder: str, below: str = "") -> Iterator[str]:
    """Yield the paths in a folder and below, relative to it, without hidden ones."""
    with contextlib.suppress(OSError), os.scandir(folder) as found:
        for item in found:
            if not item.name.startswith("."):
                yield f"{below}{item.name}"
                if item.is_dir(follow_symlinks=False):
                    yield from _walk(item.path, f"{below}{item.name}/")
