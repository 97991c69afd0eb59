"""What files hold, remembered with their size and times: what nobody touched is not read again.

Side effects: reads files, and reads the clock; writes one file, which may get lost
without harm.

A file is believed to hold what it held while its size, its times and its inode are the same. The
time that counts is that of the last change of the inode (ctime): no program can set it back, which
editors, archives and ``touch`` do with the other one. A file that was changed just now is not
remembered, because file systems count time in steps, within which it may change once more.
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
from nbship.edges.storage import files, locks
from nbship.errors import NbshipError
from nbship.model.workspace import Workspace

_FORMAT = f"nbship {nbship.__version__} memory 2"
_YOUNG = 2_000_000_000  # nanoseconds: the longest step of a file system's clock (FAT)


class StatCache:
    """Facts about the files of one workspace, by path relative to it.

    A fact is whatever a caller makes of a file's bytes, as long as it is JSON; each path has one
    kind of it.
    """

    def __init__(self, root: Path, file: Path) -> None:
        self._root = str(root)
        self._file = file
        self._facts: dict[str, list[Any]] = _read(self._file)
        self._news: set[str] = set()  # paths of what the file does not say, or says wrongly

    def get(self, path: str, make: Callable[[bytes], Any], most: int = -1) -> Any:
        """Return what ``make`` says of a file's bytes, or None where there is no such file.

        Of a larger file, it is given the first ``most`` bytes.

        Raises:
            WorkspaceError: it is there but cannot be read.
        """
        return self._get(path, lambda: self._made(path, make, most))

    def listing(self, folder: str) -> list[str]:
        """Return the names in a folder, none where there is no such folder."""
        names: list[str] | None = self._get(folder, lambda: _names(f"{self._root}/{folder}"))
        return names or []

    def save(self, few: int = 0) -> None:
        """Write down what is known, unless another process does so just now.

        Up to ``few`` news are left to be found again: all facts are written at once, which takes
        longer than to read some small files.
        """
        if len(self._news) <= few:
            return
        text = json.dumps({"format": _FORMAT, "facts": self._facts}, separators=(",", ":"))
        with contextlib.suppress(NbshipError), locks.locked(self._file.with_suffix(".lock")):
            files.write_cache(self._file, text.encode())
            self._news.clear()

    def _get(self, path: str, look: Callable[[], Any]) -> Any:
        before = _signature(f"{self._root}/{path}")
        known = self._facts.get(path)
        if known and known[0] == before:
            return known[1]
        fact = look()
        is_still = before is not None and before == _signature(f"{self._root}/{path}")
        if is_still and _is_old(before):
            self._facts[path] = [before, fact]
            self._news.add(path)
        elif known:
            del self._facts[path]
            self._news.add(path)
        return fact

    def _made(self, path: str, make: Callable[[bytes], Any], most: int) -> Any:
        data = files.read_bytes(Path(self._root, path), most=most)
        return None if data is None else make(data)


def cache_of(workspace: Workspace) -> StatCache:
    """Return the one cache that this process has of a workspace's files."""
    return _cache_at(workspace.root, workspace.layout.stat_cache)


@cache
def _cache_at(root: Path, file: str) -> StatCache:
    return StatCache(root, root / file)


def _read(file: Path) -> dict[str, list[Any]]:
    try:
        told = json.loads(files.read_bytes(file) or b"{}")
        if told.get("format") == _FORMAT:
            return dict(told["facts"])
    except (NbshipError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        pass  # damaged, or not there: all is read again
    return {}


def _signature(path: str) -> list[int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - asked thousands of times; a Path doubles it
    except OSError:
        return None
    return [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino]


def _is_old(signature: list[int] | None) -> bool:
    return signature is not None and max(signature[1:3]) < time.time_ns() - _YOUNG


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))  # noqa: PTH208 - the names alone are asked for
    except OSError:
        return []
