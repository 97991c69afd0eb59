"""A cache of facts about files, keyed by size, times and inode, so that they are not read again.

Side effects: reads files and the clock; writes one file, which may be lost without harm.

A file is taken as unchanged while its size, its times and its inode are the same. The decisive time
is that of the last change of the inode (ctime): no program can set it back, whereas editors,
archives and ``touch`` set the modification time back. A file that was changed a moment ago is not
cached, because file systems count time in steps, and it may change again within the same step.
"""

import contextlib
import json
import os
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import nbship
from nbship.digest import sha256
from nbship.edges.storage import files, locks
from nbship.edges.storage.state_files import read_state
from nbship.errors import NbshipError
from nbship.model.workspace import Workspace

_FORMAT = f"nbship {nbship.__version__} memory 5"
_BEFORE_FACTS = ', "facts": '
_YOUNG = 2_000_000_000  # nanoseconds: the longest step of a file system's clock (FAT)


class StatCache:
    """Facts about the files of one workspace, by path relative to the workspace.

    A fact is any JSON value that a caller makes of a file's bytes. All callers must make the same
    kind of fact for a path.
    """

    def __init__(self, root: Path, file: Path) -> None:
        self._root = str(root)
        self._file = file
        self._facts: dict[str, list[Any]] = read_state(file, _parse) or {}
        self._changed: set[str] = set()  # paths whose facts in the file are missing or outdated

    def get(self, path: str, make: Callable[[bytes], Any], most: int = -1) -> Any:
        """Return the fact that ``make`` returns for a file's bytes, or None if there is no file.

        ``make`` gets the first ``most`` bytes of the file (by default all).

        Raises:
            WorkspaceError: the file exists but cannot be read.
        """
        return self._get(path, lambda: self._make(path, make, most))

    def listing(self, folder: str) -> list[str]:
        """Return the sorted names in a folder; empty if the folder does not exist."""
        names: list[str] | None = self._get(folder, lambda: _names(f"{self._root}/{folder}"))
        return names or []

    def state(self, path: str, parse: Callable[[bytes], Any]) -> Any:
        """Return the fact that ``parse`` returns for a state file; None if it is damaged."""
        return self._get(path, lambda: read_state(Path(self._root, path), parse))

    def written_at(self, path: str) -> float:
        """Return when a file was last written, in seconds since 1970; 0 if there is none.

        Any program can set this time: it is for people, and decides nothing.
        """
        found = _signature(f"{self._root}/{path}")
        return 0.0 if found is None else found[1] / 1e9

    def save(self, few: int = 0) -> None:
        """Write the facts to the file, unless another process is writing them.

        If at most ``few`` facts have changed, nothing is written: the whole file is written each
        time, which takes longer than reading a few small files again.
        """
        if len(self._changed) <= few:
            return
        facts = json.dumps(self._facts, separators=(",", ":"))
        head = json.dumps({"format": _FORMAT, "digest": sha256(facts.encode())})
        text = f"{head.removesuffix('}')}{_BEFORE_FACTS}{facts}}}"
        with contextlib.suppress(NbshipError), locks.locked(self._file.with_suffix(".lock")):
            files.write_cache(self._file, text.encode())
            self._changed.clear()

    def _get(self, path: str, read: Callable[[], Any]) -> Any:
        before = _signature(f"{self._root}/{path}")
        cached = self._facts.get(path)
        if cached and cached[0] == before:
            return cached[1]
        fact = read()
        is_still = before is not None and before == _signature(f"{self._root}/{path}")
        if is_still and _is_old(before):
            self._facts[path] = [before, fact]
            self._changed.add(path)
        elif cached:
            self._facts.pop(path, None)  # another thread may have found it, too
            self._changed.add(path)
        return fact

    def _make(self, path: str, make: Callable[[bytes], Any], most: int) -> Any:
        data = files.read_bytes(Path(self._root, path), most=most)
        return None if data is None else make(data)


def cache_of(workspace: Workspace) -> StatCache:
    """Return the cache of a workspace; all callers in this process share it."""
    return _cache_at(workspace.root, workspace.layout.stat_cache)


@cache
def _cache_at(root: Path, file: str) -> StatCache:
    return StatCache(root, root / file)


def _parse(data: bytes) -> dict[str, list[Any]] | None:
    """Return the facts in the cache's file; none in that of another version, None if damaged."""
    head, _, facts = data.removesuffix(b"}").partition(_BEFORE_FACTS.encode())
    try:
        described = json.loads(head + b"}")
        if described["format"] != _FORMAT:
            return {}
        return dict(json.loads(facts)) if described["digest"] == sha256(facts) else None
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _signature(path: str) -> list[int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - called thousands of times; a Path doubles the time
    except OSError:
        return None
    return [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino]


def _is_old(signature: list[int] | None) -> bool:
    return signature is not None and max(signature[1:3]) < time.time_ns() - _YOUNG


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208 - only the names are needed
    except OSError:
        return []
