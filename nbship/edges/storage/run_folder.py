"""A run's folder: files get the names that a server sends, but no name leads out of the folder.

Each folder is opened relative to its parent folder, never by a path, and no link is followed, not
even one that is made during a download. A file is written in a folder of nbship's, under a name of
nbship's, and is renamed when it is complete.

Side effects: makes, writes, renames and removes files below the caller's folder.
"""

import contextlib
import errno
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from nbship.core.run.output_names import OURS, shown
from nbship.edges.storage.containment import refuse_links
from nbship.errors import WorkspaceError

_PARTS = "parts"  # the folder of incomplete files, in the folder ``OURS``
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = (
    os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
)  # without O_NONBLOCK, opening a pipe would block
_CHUNK = 1 << 20  # bytes
_LINKS = frozenset({errno.ELOOP, errno.ENOTDIR})
_MOST_NOTE = 4096  # bytes


class RunFolder:
    """An open folder; all paths are relative to it, even if it is moved meanwhile."""

    def __init__(self, root: int) -> None:
        self._root = root

    def digest(self, path: tuple[str, ...]) -> tuple[int, str] | None:
        """Return the size in bytes and the SHA-256 of a file, or None if it cannot be read."""
        try:
            with self._above(path, make=False) as folder:
                descriptor = os.open(path[-1], os.O_RDONLY | _FILE, dir_fd=folder)
                with os.fdopen(descriptor, "rb") as file:
                    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                        return None
                    return _size_and_digest(iter(lambda: file.read(_CHUNK), b""))
        except OSError:
            return None

    def partial(self, key: str) -> tuple[int, str]:
        """Return the size of an incomplete file in bytes, and its note; 0 and "" without a note."""
        try:
            with self._parts() as folder:
                descriptor = os.open(f"{key}.note", os.O_RDONLY | _FILE, dir_fd=folder)
                with os.fdopen(descriptor, "rb") as file:
                    note = file.read(_MOST_NOTE).decode(errors="replace")
                size = os.stat(key, dir_fd=folder, follow_symlinks=False).st_size
                return size, note
        except OSError:
            return 0, ""

    def grow(self, key: str, note: str, start: int, chunks: Iterable[bytes]) -> tuple[int, str]:
        """Append chunks to the first ``start`` bytes; return the whole size and SHA-256.

        If the chunks end with an error, what was written stays, with the note, and can be resumed.

        Raises:
            WorkspaceError: the disk is full, or the folder cannot be written.
        """
        with _explain_errors(key), self._parts() as folder:
            _remove(f"{key}.note", folder)
            descriptor = os.open(key, os.O_RDWR | os.O_CREAT | _FILE, 0o666, dir_fd=folder)
            with os.fdopen(descriptor, "r+b") as file:
                file.truncate(start)
                digest = hashlib.sha256()
                for piece in iter(lambda: file.read(_CHUNK), b""):
                    digest.update(piece)
                if note:
                    self._note(f"{key}.note", note, folder)
                for chunk in chunks:
                    file.write(chunk)
                    digest.update(chunk)
                return file.tell(), digest.hexdigest()

    def drop(self, key: str) -> None:
        """Remove an incomplete file and its note.

        Raises:
            WorkspaceError: the folder cannot be written.
        """
        with _explain_errors(key), self._parts() as folder:
            for name in (key, f"{key}.note"):
                _remove(name, folder)

    def place(self, key: str, path: tuple[str, ...]) -> None:
        """Rename a complete file to its path, and replace an older file there.

        Raises:
            WorkspaceError: a link or a folder is in the way, or the disk cannot be written.
        """
        name = "/".join(path)
        with _explain_errors(name), self._parts() as parts, self._above(path, make=True) as folder:
            if _is_link(path[-1], folder):
                raise OSError(errno.ELOOP, "a link")
            os.rename(key, path[-1], src_dir_fd=parts, dst_dir_fd=folder)
            _remove(f"{key}.note", parts)

    def tidy(self) -> None:
        """Remove the folder of incomplete files if it is empty."""
        with contextlib.suppress(OSError), self._above((OURS, _PARTS), make=False) as folder:
            os.rmdir(_PARTS, dir_fd=folder)

    def _parts(self) -> contextlib.AbstractContextManager[int]:
        return self._above((OURS, _PARTS, ""), make=True)

    @contextlib.contextmanager
    def _above(self, path: tuple[str, ...], *, make: bool) -> Iterator[int]:
        """Yield the folder that contains a path, opened step by step from the root."""
        folder = os.dup(self._root)
        try:
            for name in path[:-1]:
                if make:
                    with contextlib.suppress(FileExistsError):
                        os.mkdir(name, dir_fd=folder)
                below = os.open(name, _FOLDER, dir_fd=folder)
                os.close(folder)
                folder = below
            yield folder
        finally:
            os.close(folder)

    def _note(self, name: str, note: str, folder: int) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _FILE
        with os.fdopen(os.open(name, flags, 0o666, dir_fd=folder), "wb") as file:
            file.write(note.encode())


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[RunFolder]:
    """Keep a run's folder open during a block; make it if it does not exist.

    Raises:
        WorkspaceError: the folder cannot be made or opened, or is a link.
    """
    with _explain_errors(folder.name):
        refuse_links(folder)
        folder.mkdir(parents=True, exist_ok=True)
        root = os.open(folder, _FOLDER)
    try:
        yield RunFolder(root)
    finally:
        os.close(root)


def _size_and_digest(chunks: Iterable[bytes]) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    for chunk in chunks:
        size += len(chunk)
        digest.update(chunk)
    return size, digest.hexdigest()


def _is_link(name: str, folder: int) -> bool:
    try:
        return stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return False


def _remove(name: str, folder: int) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)


@contextlib.contextmanager
def _explain_errors(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = "a link or a file is in the way" if error.errno in _LINKS else error.strerror
        raise WorkspaceError(f"cannot write {shown(name)}: {reason or error}") from None
