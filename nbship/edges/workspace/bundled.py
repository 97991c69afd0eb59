"""The files that ``[tool.nbship.bundle]`` names, as they are on the disk. Only reads."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from nbship.core.artifact.collected import Collected, digest_of
from nbship.core.artifact.declared import fits, fixed_part, may_hold
from nbship.core.ipynb.json_text import half_of_a_pair
from nbship.core.source.decode import IS_A_LINK, decode
from nbship.core.source.language import SUFFIXES
from nbship.digest import sha256
from nbship.edges.storage import files
from nbship.edges.storage.stat_cache import cache_of
from nbship.edges.workspace import sources
from nbship.errors import NbshipError, WorkspaceError
from nbship.model.workspace import Workspace

_MOST_BYTES = 20_000_000  # of all files of a pattern; Kaggle accepts less, also compressed


_LINK = f"it {IS_A_LINK}"


def collect(workspace: Workspace, pattern: str, most: int = _MOST_BYTES) -> Collected:
    """Return the files that fit a pattern; ``most`` is how many bytes of them are read.

    Raises:
        WorkspaceError: a folder cannot be read.
    """
    sizes: dict[str, int] = {}
    refused: dict[str, str] = {}
    programs: set[str] = set()
    for path, why in _found(workspace, pattern):
        if why:
            refused[path] = why
        else:
            found = workspace.path(path).stat()
            sizes[path] = found.st_size
            programs |= {path} if found.st_mode & stat.S_IXUSR else set()
    if sum(sizes.values()) > most:
        return Collected(sizes=sizes)
    contents: dict[str, bytes] = {}
    for path in sizes:
        try:
            data = files.read_bytes(workspace.path(path)) or b""
            contents[path] = _as_source(path, data) if is_source(workspace, path) else data
        except NbshipError as error:
            refused[path] = error.message
    return Collected(contents, refused, programs=frozenset(programs))


def names(workspace: Workspace, pattern: str) -> list[str]:
    """Return the sorted paths that fit a pattern, also those that ``collect`` would refuse."""
    return sorted(path for path, _ in _found(workspace, pattern))


def digest(workspace: Workspace, path: str) -> str | None:
    """Return the digest of a file as it is bundled; None if it is gone, or a link.

    Raises:
        WorkspaceError: the file exists but cannot be read.
    """
    if is_source(workspace, path):
        content = sources.text_digest(workspace, path)
    elif sources.link_in(workspace, path) is None:
        content = cache_of(workspace).get(path, sha256)
    else:
        return None
    if content is None:
        return None
    is_program = bool(workspace.path(path).stat().st_mode & stat.S_IXUSR)
    return digest_of(content, is_program=is_program)


def is_source(workspace: Workspace, path: str) -> bool:
    """Return whether a file is a source or a module, which git keeps with LF line ends."""
    return path.startswith(f"{workspace.layout.sources}/") and path.endswith(tuple(SUFFIXES))


def _as_source(path: str, data: bytes) -> bytes:
    return decode(path, data).text.encode()


def _found(workspace: Workspace, pattern: str) -> Iterator[tuple[str, str]]:
    """Yield each path that fits a pattern, and why its content cannot be taken, or ""."""
    start = fixed_part(pattern)
    link = sources.link_in(workspace, start) if start else None
    if link is not None:
        yield link, _LINK
    elif workspace.path(start).is_dir():
        yield from _walk(workspace.root, start, pattern)
    elif workspace.path(start).exists():
        yield start, _refusal(workspace.root, start)


def _walk(root: Path, folder: str, pattern: str) -> Iterator[tuple[str, str]]:
    try:
        with os.scandir(root / folder) as found:
            items = sorted(found, key=lambda item: item.name)
    except OSError as error:
        raise WorkspaceError(f"cannot read {folder}: {error.strerror}") from None
    for item in items:
        path = f"{folder}/{item.name}" if folder else item.name
        if item.is_symlink():
            # Of a link to a folder, whatever lies in it could fit.
            if fits(path, pattern) or (item.is_dir() and fits(f"{path}/x", pattern)):
                yield path, _LINK
        elif item.is_dir():
            if may_hold(path, pattern):
                yield from _walk(root, path, pattern)
        elif fits(path, pattern):
            yield path, _refusal(root, path)


def _refusal(root: Path, path: str) -> str:
    """Return why the content of a file cannot be taken, or ""."""
    if half_of_a_pair(path) is not None:  # as Python reads the bytes of such a name
        return "its name is not UTF-8"
    is_regular = stat.S_ISREG((root / path).lstat().st_mode)
    return "" if is_regular else "it is a pipe, a socket or a device"
