"""Path translation inside a notebook's Python process: ``/kaggle/...`` to a folder of this machine.

No module of nbship imports this file. A rehearsal puts its folder first on ``PYTHONPATH``, so that
Python runs it at start, in the kernel and in every Python process that the notebook starts.
``KAGGLE_WORLD`` names the folder that replaces ``/kaggle``; without this variable the file does
nothing. In the rehearsal of a Colab notebook, which ``NBSHIP_COLAB`` marks, it translates
``/content`` to the working folder instead, and ``google.colab`` is found beside this file where
Colab's own package is not installed.

Side effects: replaces ``open`` and the functions of ``os`` that take paths by versions that
translate paths below ``/kaggle``, and that refuse to write where Kaggle mounts read-only folders:
the inputs, and the folder of a script.

Limits: libraries that open files in C (sqlite3, pyarrow, libsndfile) and shell commands bypass the
translation. Relative paths work for them too, because the working folder is real.
"""

import builtins
import errno
import functools
import io
import os
import sys
from collections.abc import Callable
from typing import Any, Self

_KAGGLE = "/kaggle"
_READ_ONLY = ("/kaggle/input", "/kaggle/src")
_COLAB = "NBSHIP_COLAB"
_CONTENT = "/content"
_MOUNTS = "NBSHIP_MOUNTS"  # the mount points of Drive outside /content, for child processes

# Functions of os whose first argument is a path: those that read it, and those that change it.
_READERS = (
    "access", "chdir", "getxattr", "listdir", "listxattr", "lstat", "readlink", "stat", "statvfs",
)  # fmt: skip
_WRITERS = (
    "chmod", "mkdir", "mkfifo", "remove", "removexattr", "rmdir", "setxattr", "truncate",
    "unlink", "utime",
)  # fmt: skip
# Functions of os that take two paths.
_PAIR_WRITERS = ("link", "rename", "replace", "symlink")
# With a folder's descriptor (dir_fd) these could change an input unnoticed, so they are reported
# as not supporting one, and callers such as shutil.rmtree use paths instead.
_NOT_BY_DESCRIPTOR = frozenset({"rmdir", "unlink"})
_WRITE_FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

_Function = Callable[..., Any]


class Entry:
    """An entry of a folder below /kaggle; its ``path`` is the path below /kaggle."""

    def __init__(self, entry: "os.DirEntry[Any]", folder: Any) -> None:
        self._entry = entry
        self.path = os.path.join(folder, entry.name)

    def __fspath__(self) -> Any:
        return self.path

    def __getattr__(self, name: str) -> Any:
        return getattr(self._entry, name)


class Entries:
    """The result of ``os.scandir`` for a folder below /kaggle."""

    def __init__(self, entries: Any, folder: Any) -> None:
        self._entries, self._folder = entries, folder

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Entry:
        return Entry(next(self._entries), self._folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the folder."""
        self._entries.close()


class KaggleRoot:
    """The folder of this machine that replaces ``/kaggle``, and the wrappers that use it."""

    def __init__(self, root: str, mounts: dict[str, str] | None = None) -> None:
        """Replace ``/kaggle``, or the folders that ``mounts`` gives with their real folders."""
        self.root = root
        self.mounts = {_KAGGLE: root} if mounts is None else mounts
        self._prefixes = tuple(self.mounts)

    def add_mount(self, point: str) -> str:
        """Replace one more folder, also in processes that start later; return its real folder."""
        self.mounts[point] = f"{self.root}/mnt{point}"
        self._prefixes = tuple(self.mounts)
        others = [mount for mount in self.mounts if mount != _CONTENT]
        os.environ[_MOUNTS] = os.pathsep.join(others)
        return self.mounts[point]

    def translate(self, path: Any) -> Any:
        """Return the real path of a path below a mount; return any other value unchanged."""
        text = self._absolute(path)
        for mount, folder in self.mounts.items() if text else ():
            if _is_in(text, mount):
                real = folder + text[len(mount) :]
                return os.fsencode(real) if isinstance(path, bytes) else real
        return path

    def _absolute(self, path: Any) -> str:
        """Return the normalised text of a path that may be below a mount, or ""."""
        try:
            text = os.fsdecode(path)
        except TypeError:  # a file descriptor, None, or a value that the real function refuses
            return ""
        return os.path.normpath(text) if text.startswith(self._prefixes) else ""

    def refuse_write(self, path: Any) -> None:
        """Refuse a path below a read-only folder, also if it is relative to the working folder.

        Raises:
            OSError: EROFS, as for a read-only mount.
        """
        if not isinstance(path, str | bytes | os.PathLike):
            return
        real = os.path.abspath(os.fsdecode(self.translate(path)))
        text = _KAGGLE + real[len(self.root) :] if _is_in(real, self.root) else ""
        if any(_is_in(text, folder) for folder in _READ_ONLY):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), text)

    def reader(self, function: _Function) -> _Function:
        """Wrap a function that reads its first argument, a path."""

        @functools.wraps(function)
        def translated(*args: Any, **kwargs: Any) -> Any:
            if args:
                args = (self.translate(args[0]), *args[1:])
            elif "path" in kwargs:
                kwargs["path"] = self.translate(kwargs["path"])
            return function(*args, **kwargs)

        return translated

    def scanner(self, function: _Function) -> _Function:
        """Wrap ``os.scandir``, whose entries contain the path of their folder."""

        @functools.wraps(function)
        def translated(path: Any = ".") -> Any:
            real = self.translate(path)
            return function(path) if real is path else Entries(function(real), os.fspath(path))

        return translated

    def writer(self, function: _Function) -> _Function:
        """Wrap a function that changes its first argument, a path."""

        @functools.wraps(function)
        def translated(path: Any, *args: Any, **kwargs: Any) -> Any:
            self.refuse_write(path)
            return function(self.translate(path), *args, **kwargs)

        return translated

    def pair_writer(self, function: _Function) -> _Function:
        """Wrap a function that creates its second path from its first, such as ``os.rename``."""

        @functools.wraps(function)
        def translated(src: Any, dst: Any, *args: Any, **kwargs: Any) -> Any:
            if function.__name__ in {"rename", "replace"}:
                self.refuse_write(src)
            self.refuse_write(dst)
            return function(self.translate(src), self.translate(dst), *args, **kwargs)

        return translated

    def opener(self, function: _Function) -> _Function:
        """Wrap ``open``."""

        @functools.wraps(function)
        def translated(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
            if set("wax+") & set(mode):
                self.refuse_write(file)
            return function(self.translate(file), mode, *args, **kwargs)

        return translated

    def os_opener(self, function: _Function) -> _Function:
        """Wrap ``os.open``."""

        @functools.wraps(function)
        def translated(path: Any, flags: int, *args: Any, **kwargs: Any) -> Any:
            if flags & _WRITE_FLAGS:
                self.refuse_write(path)
            return function(self.translate(path), flags, *args, **kwargs)

        return translated


class ColabFinder:
    """The finder of google.colab, the last one: a package that is installed comes first."""

    _FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "google_colab")

    @classmethod
    def find_spec(cls, name: str, path: Any = None, target: Any = None) -> Any:  # noqa: ARG003
        """Return the spec of google.colab, or of ``google`` where nothing else has that name."""
        if name not in {"google", "google.colab"}:
            return None
        from importlib.machinery import ModuleSpec
        from importlib.util import spec_from_file_location

        if name == "google":
            return ModuleSpec(name, None, is_package=True)
        file = os.path.join(cls._FOLDER, "__init__.py")
        return spec_from_file_location(name, file, submodule_search_locations=[cls._FOLDER])


def install_colab(root: str) -> KaggleRoot:
    """Translate ``/content`` until this process ends, and let google.colab be imported."""
    sys.meta_path.append(ColabFinder)
    world = install(root, {_CONTENT: f"{root}/working"})
    for point in filter(None, os.environ.get(_MOUNTS, "").split(os.pathsep)):
        world.add_mount(point)
    return world


def install(root: str, mounts: dict[str, str] | None = None) -> KaggleRoot:
    """Translate ``/kaggle/...`` to ``root/...``, or other mounts, until this process ends."""
    kaggle = KaggleRoot(root, mounts)
    builtins.open = io.open = kaggle.opener(io.open)
    _replace("open", kaggle.os_opener)
    _replace("scandir", kaggle.scanner)
    for names, wrap in (
        (_READERS, kaggle.reader),
        (_WRITERS, kaggle.writer),
        (_PAIR_WRITERS, kaggle.pair_writer),
    ):
        for name in names:
            _replace(name, wrap)
    return kaggle


def _is_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder + "/")


def _replace(name: str, wrap: Callable[[_Function], _Function]) -> None:
    """Wrap one function of os if this system has it, and keep its entries in os.supports_*."""
    function = getattr(os, name, None)
    if function is None:
        return
    wrapped = wrap(function)
    # shutil.rmtree and pathlib look up functions in these sets by identity.
    for supports in (
        os.supports_dir_fd,
        os.supports_effective_ids,
        os.supports_fd,
        os.supports_follow_symlinks,
    ):
        if function in supports and name not in _NOT_BY_DESCRIPTOR:
            supports.add(wrapped)
    setattr(os, name, wrapped)


WORLD: KaggleRoot | None = None
if "KAGGLE_WORLD" in os.environ:
    WORLD = (install_colab if _COLAB in os.environ else install)(os.environ["KAGGLE_WORLD"])
