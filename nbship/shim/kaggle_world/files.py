"""Replacements of the functions that take paths, in ``os``, ``posix``, ``io`` and ``builtins``.

They translate a path below ``/kaggle``, and refuse to write what is mounted read-only on Kaggle. An
error has the number that a read-only mount gives, and names the path as the notebook wrote it.
``posix`` and ``_io`` are changed too, because the import system calls their functions.

Side effects: replaces functions until the process ends.
"""

from __future__ import annotations

import _io
import builtins
import errno
import io
import os
import stat

from kaggle_world.folders import Entries
from kaggle_world.read_only import ReadOnly, flags_of, there, written
from kaggle_world.replacement import REPLACED, like, replace

TYPE_CHECKING = False  # that of typing costs its import, in each process of a notebook
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from kaggle_world.paths import World

    _Function = Callable[..., Any]

# Functions of os whose first argument is a path: those that read it, those that change what is
# there, those that make it, and those that remove it.
_READERS = ("chdir", "getxattr", "listdir", "listxattr", "pathconf", "statvfs")
_CHANGERS = (
    "chflags", "chmod", "chown", "lchflags", "lchmod", "lchown", "removexattr", "setxattr",
    "truncate", "utime",
)  # fmt: skip
_MAKERS = ("mkdir", "mkfifo", "mknod")
_REMOVERS = ("remove", "rmdir", "unlink")
_OPENER = 5  # the place of `opener` after `mode` among the arguments of open

_lstat, _stat, _open = os.lstat, os.stat, os.open  # as they are before they are replaced


class Files:
    """The functions that replace those of Python, for one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.read_only = ReadOnly(world)

    def _call(self, function: _Function, path: Any, *args: Any, **kwargs: Any) -> Any:
        """Call a function with a path's real path; its error names the path."""
        real = self.world.translate(path)
        if real is path:
            return function(path, *args, **kwargs)
        try:
            return function(real, *args, **kwargs)
        except OSError as error:
            error.filename = written(path)
            raise

    # --- functions of os ---

    def reader(self, function: _Function) -> _Function:
        """Wrap a function that reads its first argument, a path."""

        def translated(*args: Any, **kwargs: Any) -> Any:
            if not args and "path" in kwargs:
                args = (kwargs.pop("path"),)
            return self._call(function, *args, **kwargs) if args else function(**kwargs)

        return translated

    def remover(self, function: _Function) -> _Function:
        """Wrap a function that removes its first argument, a path."""

        def translated(path: Any, *, dir_fd: int | None = None) -> Any:
            self.read_only.refuse(path, dir_fd)
            return self._call(function, path, dir_fd=dir_fd)

        return translated

    def maker(self, function: _Function) -> _Function:
        """Wrap a function that makes its first argument, a path."""

        def translated(path: Any, *args: Any, **kwargs: Any) -> Any:
            self.read_only.refuse(path, kwargs.get("dir_fd"), to="make")
            return self._call(function, path, *args, **kwargs)

        return translated

    def changer(self, function: _Function) -> _Function:
        """Wrap a function that changes what its first argument, a path, leads to."""
        may_follow = not function.__name__.startswith("l")

        def translated(path: Any, *args: Any, **kwargs: Any) -> Any:
            follow = may_follow and kwargs.get("follow_symlinks", True)
            self.read_only.refuse(path, kwargs.get("dir_fd"), follow=follow, to="change")
            return self._call(function, path, *args, **kwargs)

        return translated

    def mover(self, function: _Function) -> _Function:
        """Wrap ``os.rename`` or ``os.replace``: a mount is another device than the rest."""

        def translated(
            src: Any, dst: Any, *, src_dir_fd: int | None = None, dst_dir_fd: int | None = None
        ) -> Any:
            is_input = self.world.is_read_only(src, src_dir_fd, follow=False)
            if is_input != self.world.is_read_only(dst, dst_dir_fd, follow=False):
                # The kernel compares the mounts of the folders before it looks for the files.
                paths = (self.world.absolute(src, src_dir_fd), self.world.absolute(dst, dst_dir_fd))
                if all(there(os.path.dirname(path)) for path in paths):
                    raise _other_device(src, dst)
            elif is_input:
                self.read_only.refuse(src, src_dir_fd)
            return self._pair(function, src, dst, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd)

        return translated

    def linker(self, function: _Function) -> _Function:
        """Wrap ``os.link``: a mount is another device than the rest."""

        def translated(
            src: Any,
            dst: Any,
            *,
            src_dir_fd: int | None = None,
            dst_dir_fd: int | None = None,
            follow_symlinks: bool = True,
        ) -> Any:
            self.read_only.refuse(dst, dst_dir_fd, to="make")
            is_input = self.world.is_read_only(src, src_dir_fd, follow=False)
            if is_input and there(self.world.absolute(src, src_dir_fd), follow=False):
                raise _other_device(src, dst)
            return self._pair(
                function, src, dst, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd,
                follow_symlinks=follow_symlinks,
            )  # fmt: skip

        return translated

    def symlinker(self, function: _Function) -> _Function:
        """Wrap ``os.symlink``."""

        def translated(
            src: Any, dst: Any, target_is_directory: bool = False, *, dir_fd: int | None = None
        ) -> Any:
            self.read_only.refuse(dst, dir_fd, to="make")
            return self._pair(function, src, dst, target_is_directory, dir_fd=dir_fd)

        return translated

    def _pair(self, function: _Function, src: Any, dst: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return function(self.world.translate(src), self.world.translate(dst), *args, **kwargs)
        except OSError as error:
            error.filename, error.filename2 = written(src), written(dst)
            raise

    def stats(self, function: _Function) -> _Function:
        """Wrap ``os.stat``."""
        world = self.world

        def translated(
            path: Any, *, dir_fd: int | None = None, follow_symlinks: bool = True
        ) -> os.stat_result:
            if not follow_symlinks and not isinstance(path, int):
                return self._lstat(path, dir_fd)
            real = world.translate(path)
            try:
                found: os.stat_result = function(
                    real, dir_fd=dir_fd, follow_symlinks=follow_symlinks
                )
            except OSError as error:
                error.filename = written(path)
                raise
            return found

        return translated

    def lstats(self, _: _Function) -> _Function:
        """Wrap ``os.lstat``."""

        def translated(path: Any, *, dir_fd: int | None = None) -> os.stat_result:
            return self._lstat(path, dir_fd)

        return translated

    def _lstat(self, path: Any, dir_fd: int | None) -> os.stat_result:
        """Return the facts of a path; a link in place of a sample is what it leads to."""
        real = self.world.translate(path)
        try:
            found = _lstat(real, dir_fd=dir_fd)
            if stat.S_ISLNK(found.st_mode) and self.world.is_mount_link(path, dir_fd):
                found = _stat(real, dir_fd=dir_fd)
        except OSError as error:
            error.filename = written(path)
            raise
        return found

    def link_reader(self, function: _Function) -> _Function:
        """Wrap ``os.readlink``: a link in place of a sample is none."""

        def translated(path: Any, *, dir_fd: int | None = None) -> Any:
            target = self._call(function, path, dir_fd=dir_fd)
            if self.world.is_mount_link(path, dir_fd):
                raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), written(path))
            return self.world.shown(target)

        return translated

    def asker(self, function: _Function) -> _Function:
        """Wrap ``os.access``: what is read-only cannot be written."""

        def translated(path: Any, mode: int, **kwargs: Any) -> Any:
            if mode & os.W_OK and self.world.is_read_only(path, kwargs.get("dir_fd")):
                return False
            return function(self.world.translate(path), mode, **kwargs)

        return translated

    def scanner(self, function: _Function) -> _Function:
        """Wrap ``os.scandir``, whose entries contain the path of their folder."""

        def translated(path: Any = None) -> Any:
            folder = "." if path is None else path
            if isinstance(folder, int):
                return function(folder)
            is_plain = self.world.translate(folder) is folder
            if is_plain and not self.world.is_among_inputs(self._absolute(folder)):
                return function(path)
            entries = self._call(function, folder)
            return Entries(self.world, entries, os.fspath(folder))

        return translated

    def _absolute(self, path: Any) -> str:
        """Return the absolute real path of a path, or "" where there is none."""
        try:
            return str(self.world.absolute(path))
        except (OSError, TypeError):  # the working folder is gone; no path
            return ""

    def shower(self, function: _Function) -> _Function:
        """Wrap ``os.getcwd`` or ``os.getcwdb``, which return a path."""

        def translated() -> Any:
            return self.world.shown(function())

        return translated

    def descriptor_opener(self, function: _Function) -> _Function:
        """Wrap ``os.open``."""

        def translated(
            path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None
        ) -> Any:
            self.read_only.refuse_open(path, flags, dir_fd)
            return self._call(function, path, flags, mode, dir_fd=dir_fd)

        return translated

    # --- open ---

    def opener(self, function: _Function) -> _Function:
        """Wrap ``open``, or another function with its arguments ``file``, ``mode`` and ``opener``.

        The file's ``name`` is the path as the notebook wrote it.
        """

        def translated(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
            if isinstance(file, int) or kwargs.get("opener") or any(args[_OPENER:]):
                return function(file, mode, *args, **kwargs)
            flags = flags_of(mode)
            if flags:
                self.read_only.refuse_open(file, flags)
            if self.world.translate(file) is file:
                return function(file, mode, *args, **kwargs)
            kwargs["opener"] = self._open_real
            return function(file, mode, *args[:_OPENER], **kwargs)

        return translated

    def _open_real(self, path: Any, flags: int) -> Any:
        return self._call(_open, path, flags, 0o666)

    def code_opener(self, function: _Function) -> _Function:
        """Wrap ``io.open_code``, with which Python reads modules."""
        real_open = io.open

        def translated(path: Any) -> Any:
            if self.world.translate(path) is path:
                return function(path)
            return real_open(path, "rb", opener=self._open_real)

        return translated

    def file_io(self, real: Any) -> Any:
        """Return a class in place of ``io.FileIO``; the files of ``open`` are instances of it."""
        files = self

        class Kind(type):
            """The kind of the class: what is an instance of the real one is one of this."""

            def __instancecheck__(cls, instance: object) -> bool:
                return type.__instancecheck__(real if cls is FileIO else cls, instance)

            def __subclasscheck__(cls, subclass: type) -> bool:
                return type.__subclasscheck__(real if cls is FileIO else cls, subclass)

        class FileIO(real, metaclass=Kind):  # type: ignore[misc]
            """The real class, but for the paths that it opens."""

            def __init__(
                self, file: Any, mode: str = "r", closefd: bool = True, opener: Any = None
            ) -> None:
                if opener is None and not isinstance(file, int):
                    files.read_only.refuse_open(file, flags_of(mode))
                    if files.world.translate(file) is not file:
                        opener = files._open_real
                super().__init__(file, mode, closefd, opener)

        FileIO.__module__, FileIO.__qualname__ = real.__module__, real.__qualname__
        return FileIO


def install(world: World) -> None:
    """Replace the functions, so that they use a world until this process ends."""
    files = Files(world)
    opened = like(files.opener(io.open), io.open)
    coded = like(files.code_opener(io.open_code), io.open_code)
    kind = files.file_io(io.FileIO)
    REPLACED[id(io.FileIO)] = kind
    for module in (io, _io):
        vars(module).update(open=opened, open_code=coded, FileIO=kind)
    builtins.open = opened
    for names, wrap in (
        (_READERS, files.reader),
        (_CHANGERS, files.changer),
        (_MAKERS, files.maker),
        (_REMOVERS, files.remover),
        (("rename", "replace"), files.mover),
        (("link",), files.linker),
        (("symlink",), files.symlinker),
        (("access",), files.asker),
        (("getcwd", "getcwdb"), files.shower),
        (("lstat",), files.lstats),
        (("open",), files.descriptor_opener),
        (("readlink",), files.link_reader),
        (("scandir",), files.scanner),
        (("stat",), files.stats),
    ):
        for name in names:
            replace(name, wrap)


def _other_device(src: Any, dst: Any) -> OSError:
    text = os.strerror(errno.EXDEV)
    return OSError(errno.EXDEV, text, written(src), None, written(dst))
