"""The sources and modules of a workspace, and its pyproject.toml. Only reads."""

import contextlib
import os
import shlex
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from nbship import config
from nbship.core.source.decode import (
    IS_A_LINK,
    MOST_BYTES,
    decode,
    is_notebook,
    linked,
    unreadable_source,
)
from nbship.core.source.language import LANGUAGES, SUFFIXES
from nbship.core.workspace.catalogue import catalogue_of, glance
from nbship.core.workspace.names import name_faults
from nbship.diagnostics import Place
from nbship.digest import sha256
from nbship.edges.storage import files
from nbship.edges.storage.stat_cache import cache_of
from nbship.edges.workspace.root import find_root
from nbship.errors import SourceError, Unreadable, WorkspaceError
from nbship.model.layout import ASSETS, Layout
from nbship.model.workspace import Catalogue, Entry, Kind, Source, Workspace

if TYPE_CHECKING:
    from nbship.core.artifact.imports import LocalModule

_SUFFIXES = tuple(SUFFIXES)
_UNKNOWN: Kind = "unknown"
_DIGEST = 0  # its index in the cached facts of a file


def open_workspace(start: Path) -> Workspace:
    """Return the workspace at ``start`` or above.

    Raises:
        WorkspaceError: there is no workspace, its folder of the sources is missing or a link, or
            its pyproject.toml is wrong.
    """
    start = start.resolve()
    root = find_root(start)
    if root is None:
        raise WorkspaceError(
            f"no workspace here: neither {start} nor a folder above it contains "
            f"{Layout().sources}/, or a {config.PYPROJECT} with [tool.nbship]",
            hint="To make a folder a workspace, type there: nbship init",
        )
    text = (files.read_bytes(root / config.PYPROJECT) or b"").decode(errors="replace")
    workspace = config.parse_workspace(root, text)
    link = link_in(workspace, workspace.layout.sources)
    if link is not None:
        raise WorkspaceError(
            f"{link} {IS_A_LINK}", hint="Replace the link by the folder to which it leads."
        )
    folder = workspace.path(workspace.layout.sources)
    if not os.path.isdir(folder):  # noqa: PTH112 - Path.is_dir raises where a folder is closed
        raise WorkspaceError(
            f"no folder {workspace.layout.sources}/, in which the sources of the notebooks are",
            place=Place(config.PYPROJECT),
            hint=f"Make it: mkdir -p {shlex.quote(str(folder))}; or name another one in "
            "[tool.nbship]: sources",
        )
    return workspace


def read(workspace: Workspace, path: str) -> Source:
    """Return a source or module by its path relative to the workspace.

    Raises:
        SourceError: the file does not exist, is a link, cannot be read, is too large, or is not
            UTF-8.
    """
    refuse_link(workspace, path)
    data = _read(workspace, path)
    if data is None:
        raise SourceError("no such source", place=Place(path))
    return decode(path, data)


def link_in(workspace: Workspace, path: str) -> str | None:
    """Return the part of a path, from the workspace on, that is a link; None if there is none."""
    root, parts = f"{workspace.root}/", path.split("/")
    for count in range(1, len(parts) + 1):
        part = "/".join(parts[:count])
        if os.path.islink(root + part):  # noqa: PTH114 - for each input; a Path doubles the time
            return part
    return None


def refuse_link(workspace: Workspace, path: str) -> None:
    """Refuse a source or module that is a link, or is behind one: no commit holds its content.

    Raises:
        SourceError: names the link.
    """
    link = link_in(workspace, path)
    if link is not None:
        raise linked(path, link)


def read_catalogue(workspace: Workspace) -> Catalogue:
    """Return all notebooks of a workspace, by a quick look at their headers."""
    return read_notebooks(workspace)[0]


def read_notebooks(workspace: Workspace) -> tuple[Catalogue, dict[str, SourceError]]:
    """Return the catalogue, and by path the sources that are not in it, and why.

    Their name is not allowed, or they cannot be read: then nobody knows whether they are notebooks.
    """
    entries: list[Entry] = []
    unreadable: dict[str, SourceError] = {}
    for path in _walk(workspace, workspace.layout.sources):
        try:
            entries += _entry(workspace, path)
        except Unreadable as error:
            unreadable[path] = _unreadable(workspace, path, error)
    faults = name_faults(sorted(entry.path for entry in entries), workspace.layout) | unreadable
    return catalogue_of(entry for entry in entries if entry.path not in faults), faults


def text_digest(workspace: Workspace, path: str) -> str | None:
    """Return the sha256 of a source's or module's text; None if it is gone, a link or not UTF-8.

    Raises:
        Unreadable: the file exists but cannot be read.
    """
    facts = _facts(workspace, path)
    return None if facts is None or link_in(workspace, path) else facts[_DIGEST]


def lines(workspace: Workspace, path: str) -> list[str]:
    """Return the lines of a source as they are now, none if it cannot be read."""
    data = None
    with contextlib.suppress(WorkspaceError):
        data = files.read_bytes(workspace.root / path, most=MOST_BYTES)
    if data is None:
        return []
    return data.decode(errors="replace").replace("\r\n", "\n").split("\n")


def read_all(workspace: Workspace) -> tuple[dict[str, bytes], dict[str, str]]:
    """Return the bytes of every source and module by its path, and why the others cannot be read.

    Paths are relative to the workspace. A file that is too large is cut after the first byte beyond
    the limit.
    """
    found: dict[str, bytes] = {}
    unreadable: dict[str, str] = {}
    for path in _walk(workspace, workspace.layout.sources):
        try:
            data = files.read_bytes(workspace.root / path, most=MOST_BYTES + 1)
        except Unreadable as error:
            unreadable[path] = error.reason
        else:
            found |= {} if data is None else {path: data}
    return found, unreadable


def links(workspace: Workspace) -> frozenset[str]:
    """Return the sources, modules and folders in the folder of the sources that are links."""
    return frozenset(_links(workspace.root, workspace.layout.sources))


def find_module(workspace: Workspace, name: str) -> "LocalModule | None":
    """Return the local module that ``import name`` finds, by Python's rules; None if there is none.

    A notebook with the name of a standard module is none: Python imports its own.

    Raises:
        SourceError: the file is a notebook, which cannot be imported, or a link, or it cannot be
            read.
    """
    from nbship.core.artifact.imports import LocalModule, is_standard, notebook_fault

    sources = workspace.layout.sources
    relative = name.replace(".", "/")
    for path, is_package in ((f"{relative}/__init__.py", True), (f"{relative}.py", False)):
        if os.path.lexists(workspace.path(f"{sources}/{path}")):
            refuse_link(workspace, f"{sources}/{path}")
        data = _read(workspace, f"{sources}/{path}")
        if data is not None:
            text = decode(f"{sources}/{path}", data).text
            if is_notebook(text):
                if is_standard(name):
                    return None
                raise notebook_fault(f"{sources}/{path}")
            return LocalModule(path, text, is_package)
    return (
        LocalModule(None, is_package=True)
        if workspace.path(f"{sources}/{relative}").is_dir()
        else None
    )


def module_of(workspace: Workspace, word: str) -> str | None:
    """Return the path of a file below src_py/ by its name or path, None if there is none."""
    layout = workspace.layout
    for language in LANGUAGES:
        path = layout.source(layout.name_in(word), language.suffix)
        if ".." not in PurePosixPath(path).parts and os.path.lexists(workspace.path(path)):
            return path
    return None


def is_local(workspace: Workspace, module: str) -> bool:
    """Return whether ``import module`` finds a local file, also one that cannot be imported."""
    parent, _, last = f"{workspace.layout.sources}/{module.replace('.', '/')}".rpartition("/")
    names = cache_of(workspace).listing(parent)
    may_be = last in names or f"{last}.py" in names
    try:
        return may_be and find_module(workspace, module) is not None
    except SourceError:
        return True


def _read(workspace: Workspace, path: str) -> bytes | None:
    """Return the bytes of a source or module up to the limit; None if there is none.

    Raises:
        SourceError: it cannot be read.
    """
    try:
        return files.read_bytes(workspace.path(path), most=MOST_BYTES + 1)
    except Unreadable as error:
        raise _unreadable(workspace, path, error) from None


def _unreadable(workspace: Workspace, path: str, error: Unreadable) -> SourceError:
    """Return the error for a source or module that cannot be read; that it is a link goes first."""
    is_link = workspace.path(path).is_symlink()
    if is_link:
        return linked(path, path)
    return unreadable_source(path, error.reason, workspace.layout.sources)


def _facts(workspace: Workspace, path: str) -> list[Any] | None:
    facts: list[Any] | None = cache_of(workspace).get(
        path, lambda data: _look(path, data), most=MOST_BYTES + 1
    )
    return facts


def _look(path: str, data: bytes) -> list[Any]:
    """Return the facts of a source or module that are cached, as JSON can hold them.

    They are the digest (None if the file is not UTF-8), whether it is a notebook, its kernel, its
    kernel_sources, and its kind.
    """
    try:
        source = decode(path, data)
    except SourceError:
        # Also in UTF-16 a "# %%" line makes a notebook: it is listed, and build refuses it.
        text = data.replace(b"\0", b"").decode("utf-8-sig", errors="replace").lstrip("\ufffd")
        return [None, is_notebook(text), None, [], _UNKNOWN]
    digest = sha256(source.text.encode())
    if not is_notebook(source.text.replace("\0", "").lstrip("\ufeff")):
        return [digest, False, None, [], _UNKNOWN]
    entry = glance("", source)
    return [digest, True, entry.kernel, list(entry.kernel_sources), entry.kind]


def _entry(workspace: Workspace, path: str) -> Iterator[Entry]:
    """Yield the entry of a file if it is a notebook.

    Raises:
        Unreadable: the file exists but cannot be read.
    """
    facts = _facts(workspace, path)
    if facts is not None:
        _, has_cells, kernel, kernel_sources, kind = facts
        if has_cells:
            name = workspace.layout.name_of(path)
            yield Entry(name, path, kernel, tuple(kernel_sources), kind=kind)


def _links(root: Path, folder: str) -> Iterator[str]:
    with contextlib.suppress(OSError), os.scandir(root / folder) as found:
        for item in found:
            path = f"{folder}/{item.name}"
            if item.name.startswith("."):
                continue
            if item.is_symlink():
                yield path
            elif item.is_dir():
                yield from _links(root, path)


def _walk(workspace: Workspace, folder: str) -> Iterator[str]:
    """Yield the sources in a folder at any depth, without hidden folders and links to folders.

    JupyterLab keeps copies of the files that it opens in folders .ipynb_checkpoints. A folder with
    pictures has no sources. A folder that cannot be read is yielded itself, like a source.
    """
    try:
        with os.scandir(workspace.root / folder) as found:
            items = list(found)
    except FileNotFoundError:
        return
    except OSError:
        yield folder
        return
    for item in items:
        path = f"{folder}/{item.name}"
        if item.name.startswith("."):
            continue
        if item.name.endswith(_SUFFIXES):
            yield path
        elif item.is_dir(follow_symlinks=False) and not item.name.endswith(ASSETS):
            yield from _walk(workspace, path)
