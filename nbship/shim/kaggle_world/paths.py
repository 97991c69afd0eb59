"""The two paths of each file in a rehearsal: that of Kaggle, and that of this machine.

Side effects: reads links of the file system.
"""

from __future__ import annotations

import os
import posixpath
import stat

# As they are before `files` replaces them.
from os import fsdecode, fsencode, fspath, getcwd, lstat, readlink

TYPE_CHECKING = False  # that of typing costs its import, in each process of a notebook
if TYPE_CHECKING:
    from typing import Any

KAGGLE = "/kaggle"
CONTENT = "/content"
MOUNTS = "NBSHIP_MOUNTS"  # the mount points of Drive outside /content, for child processes
_READ_ONLY = ("input", "lib", "src", "usr/lib")  # below /kaggle
_MOST_LINKS = 40  # as many as Linux follows
_GET_PATH = 50  # F_GETPATH of macOS
_PATH_SIZE = 1024


class World:
    """The folder of this machine that replaces ``/kaggle``, or the folders that replace others."""

    def __init__(self, root: str, mounts: dict[str, str] | None = None) -> None:
        """Replace ``/kaggle``, or the folders that ``mounts`` gives with their real folders."""
        self.root = root
        self.mounts = {KAGGLE: root} if mounts is None else mounts
        self._real_root = posixpath.realpath(root)
        self._read_only = frozenset(f"{self._real_root}/{name}" for name in _READ_ONLY)
        self._index()

    def _index(self) -> None:
        self._prefixes = tuple(self.mounts)
        self._shown = [
            (folder, mount)
            for mount, real in self.mounts.items()
            for folder in dict.fromkeys((real, posixpath.realpath(real)))
        ]

    def add_mount(self, point: str) -> str:
        """Replace one more folder, also in processes that start later; return its real folder."""
        self.mounts[point] = f"{self.root}/mnt{point}"
        self._index()
        others = [mount for mount in self.mounts if mount != CONTENT]
        os.environ[MOUNTS] = os.pathsep.join(others)
        return self.mounts[point]

    def translate(self, path: Any) -> Any:
        """Return the real path of a path below a mount; return any other value unchanged."""
        if type(path) is str:
            text = path
        elif type(path) is int:  # a file descriptor
            return path
        else:
            try:
                text = fsdecode(path)
            except TypeError:  # None, or a value that the real function refuses
                return path
        if not text.startswith(self._prefixes):
            return path
        if "/.." in text:  # it may lead out of the mount
            text = posixpath.normpath(text)
        for mount, folder in self.mounts.items():
            if is_in(text, mount):
                real = folder + text[len(mount) :]
                return fsencode(real) if isinstance(fspath(path), bytes) else real
        return path

    def shown(self, path: Any) -> Any:
        """Return the path of a real one, text or bytes, as on Kaggle; return others unchanged."""
        text = fsdecode(path)
        for folder, mount in self._shown:
            if is_in(text, folder):
                there = mount + text[len(folder) :]
                return fsencode(there) if isinstance(path, bytes) else there
        return path

    def shown_in(self, argument: str) -> str:
        """Return the argument of a program, with the paths of Kaggle for the real ones in it."""
        for folder, mount in self._shown:
            if argument == folder:
                return mount
            argument = argument.replace(f"{folder}/", f"{mount}/")
        return argument

    def is_read_only(self, path: Any, dir_fd: int | None = None, *, follow: bool = True) -> bool:
        """Return whether a path leads to what is mounted read-only on Kaggle.

        It may be relative to the working folder or ``dir_fd``, and lead there by links; ``follow``
        says whether the last part of the path may be such a link.
        """
        try:
            real = self.absolute(path, dir_fd)
        except (OSError, TypeError):  # the working folder is gone; no path
            return False
        return self._leads_to_read_only(posixpath.normpath(real), follow=follow)

    def absolute(self, path: Any, dir_fd: int | None = None) -> str:
        """Return the absolute real path of a path or an open file.

        Raises:
            OSError: there is no working folder, or no such open file.
            TypeError: the value is no path.
        """
        if isinstance(path, int):
            return _path_of(path)
        real = fsdecode(self.translate(path))
        if real.startswith("/"):
            return real
        return posixpath.join(getcwd() if dir_fd is None else _path_of(dir_fd), real)

    def _leads_to_read_only(self, path: str, *, follow: bool) -> bool:
        for _ in range(_MOST_LINKS):
            for root in (self.root, self._real_root):
                if is_in(path, root):
                    path, end = self._real_root + path[len(root) :], len(self._real_root)
                    break
            else:
                end = 0
            while end >= 0:
                end = path.find("/", end + 1)
                part = path if end < 0 else path[:end]
                if part in self._read_only:
                    return True
                target = link_target(part) if end >= 0 or follow else None
                if target is not None:
                    there = posixpath.join(posixpath.dirname(part), target)
                    path = posixpath.normpath(there + path[len(part) :])
                    break
            else:
                return False
        return False

    def is_among_inputs(self, path: str) -> bool:
        """Return whether an absolute real path is, by its text, below what is read-only."""
        path = posixpath.normpath(path)
        for root in (self.root, self._real_root):
            if path.startswith(f"{root}/"):
                below = path[len(root) + 1 :]
                return any(is_in(below, folder) for folder in _READ_ONLY)
        return False

    def is_mount_link(self, path: Any, dir_fd: int | None = None) -> bool:
        """Return whether a path is a link in place of a sample, which is no link on Kaggle.

        It is among the inputs, and leads out of the rehearsal. A link to another input is one on
        Kaggle, too.
        """
        real = self.absolute(path, dir_fd)
        if not self.is_among_inputs(real):
            return False
        target = link_target(real) or ""
        return target.startswith("/") and not any(is_in(target, root) for root, _ in self._shown)


def is_in(path: str, folder: str) -> bool:
    """Return whether a path is a folder, or below it."""
    return path == folder or path.startswith(folder + "/")


def link_target(path: str) -> str | None:
    """Return where a link leads; return None for what is no link, or is not there."""
    try:
        return readlink(path) if stat.S_ISLNK(lstat(path).st_mode) else None
    except (OSError, ValueError):  # ValueError: a null byte, which the real function refuses
        return None


def _path_of(descriptor: int) -> str:
    """Return the path of an open file.

    Raises:
        OSError: there is none.
    """
    try:
        return readlink(f"/proc/self/fd/{descriptor}")
    except FileNotFoundError:
        import fcntl  # on macOS there is no /proc

    return fsdecode(fcntl.fcntl(descriptor, _GET_PATH, bytes(_PATH_SIZE)).rstrip(b"\0"))
