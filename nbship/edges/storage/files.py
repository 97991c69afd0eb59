"""Reading and atomic writing of files and folders; only ``edges/storage`` opens files for writing.

Nothing is written through a link: what is behind a link is not the caller's to change. The folders
that a caller gives, such as the workspace's root, must therefore have no link in their path.

Side effects: writes, renames and removes files at the paths that the caller gives.
"""

import contextlib
import errno
import fcntl
import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO

from nbship.edges.storage.containment import contained, refuse_links
from nbship.edges.storage.only_writer import only_writer
from nbship.errors import ChangedMeanwhile, Unreadable, WorkspaceError
from nbship.model.layout import Layout

_AT_FDCWD = -100  # Linux: paths are relative to the working folder
_RENAME_EXCHANGE = 2  # Linux: renameat2(2)
_NEW, _OLD = ".new-", ".old-"  # prefixes of a write in progress, beside its target
_FULL = (errno.ENOSPC, errno.EDQUOT)
_LITTLE = 1 << 20  # bytes: a disk with less room is full
MAKE_ROOM = (
    f"Make room on the disk. The folders in {Layout().rehearsals} may be removed: "
    "a rehearsal makes its own anew."
)


def write_file(path: Path, data: bytes, *, mode: int | None = None) -> None:
    """Replace a file atomically, and wait until it is on the disk.

    ``mode`` are the permissions of the file; by default it has those of any new file.

    Raises:
        WorkspaceError: the disk is full, or the folder cannot be written.
    """
    with _replacing(path) as file:
        file.write(data)
        if mode is not None:
            os.fchmod(file.fileno(), mode)
        file.flush()
        os.fsync(file.fileno())


def replace_file(path: Path, data: bytes, *, expected: bytes | None) -> bool:
    """Replace a file unless another program has changed it; return whether it was replaced.

    ``expected`` is the content that the caller has read, or None if the file did not exist. It is
    compared immediately before the replacement. The file keeps its mode; the new file is readable
    by its owner only until it has that mode.

    Raises:
        WorkspaceError: the disk is full, or the folder cannot be written.
    """
    try:
        with _replacing(path, 0o666 if expected is None else 0o600) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            if read_bytes(path) != expected:
                raise ChangedMeanwhile
            if expected is not None:
                os.fchmod(file.fileno(), stat.S_IMODE(path.stat().st_mode))
    except ChangedMeanwhile:
        return False
    return True


def remove_file(path: Path) -> None:
    """Remove a file if it exists, and what a write of it that was killed has left beside it.

    Raises:
        WorkspaceError: the file cannot be removed.
    """
    with explain_write_errors(path):
        refuse_links(path)
        for each in (path, _beside(path, _NEW)):
            with contextlib.suppress(NotADirectoryError):  # a file has the name of its folder
                each.unlink(missing_ok=True)


def move_file(path: Path, target: Path) -> None:
    """Rename a file, and make the folders above its new path.

    Raises:
        WorkspaceError: there is a file at the target, or the file cannot be renamed.
    """
    with explain_write_errors(target):
        for each in (path, target):
            refuse_links(each)
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        path.rename(target)


def remove(path: Path) -> None:
    """Remove a file, a link or a folder with everything in it, if it exists.

    Raises:
        WorkspaceError: it cannot be removed.
    """
    with explain_write_errors(path):
        refuse_links(path.parent)
        _remove(path)


def remove_empty_folders(folder: Path, top: Path) -> None:
    """Remove a folder and those above it, as far as they are empty and below ``top``.

    The working folder stays: a shell in which it is gone can start no program.

    Raises:
        WorkspaceError: a folder cannot be removed.
    """
    with explain_write_errors(folder):
        while folder != top and top in folder.parents and folder.is_dir():
            if any(folder.iterdir()) or folder.samefile("."):
                return
            folder.rmdir()
            folder = folder.parent


def write_cache(path: Path, data: bytes) -> None:
    """Replace a file atomically, without waiting for the disk: a power cut may lose it.

    Raises:
        WorkspaceError: the disk is full, or the folder cannot be written.
    """
    with _replacing(path) as file:
        file.write(data)


def append_line(path: Path, line: str) -> None:
    """Append a line to a file, and wait until it is on the disk; complete a torn last line first.

    Raises:
        WorkspaceError: the disk is full, or the file cannot be written.
    """
    with explain_write_errors(path):
        refuse_links(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            end = file.seek(0, os.SEEK_END)
            if end:
                file.seek(end - 1)
                is_torn = file.read(1) != b"\n"
                file.write(b"\n" if is_torn else b"")
            file.write(line.encode())
            file.flush()
            os.fsync(file.fileno())


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Replace a folder by one that contains exactly these files.

    The new folder is made beside the old one. On Linux the two are exchanged in one step; elsewhere
    there are two renames, and ``heal_folder`` completes them if they are interrupted.

    This does not wait for the disk. After a power cut the content can differ from the manifest, so
    that the next build makes it again.

    Raises:
        WorkspaceError: the disk is full, or the folder cannot be written.
    """
    with explain_write_errors(folder):
        refuse_links(folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        heal_folder(folder)
        new = _beside(folder, _NEW)
        new.mkdir()
        for name, data in files.items():
            write_cache(contained(new, name), data)
        if not folder.exists():
            new.rename(folder)
        elif not _exchange(new, folder):
            folder.rename(_beside(folder, _OLD))
            new.rename(folder)
        heal_folder(folder)


def heal_folder(folder: Path) -> None:
    """Clean up after an interrupted ``write_folder``; restore the old folder if there is none.

    Raises:
        WorkspaceError: a folder cannot be renamed or removed.
    """
    with explain_write_errors(folder):
        refuse_links(folder)
        old = _beside(folder, _OLD)
        if old.exists() and not folder.exists():
            old.rename(folder)
        _remove(old)
        _remove(_beside(folder, _NEW))


def make_folder(folder: Path) -> None:
    """Make a folder and its parents if they do not exist.

    Raises:
        WorkspaceError: a folder cannot be made.
    """
    with explain_write_errors(folder):
        refuse_links(folder)
        folder.mkdir(parents=True, exist_ok=True)


def open_log(path: Path) -> IO[bytes]:
    """Open an empty log file for a program; the caller closes it.

    Raises:
        WorkspaceError: the file cannot be made.
    """
    make_folder(path.parent)
    with explain_write_errors(path):
        refuse_links(path)
        return path.open("wb")


@contextlib.contextmanager
def writing_lines(path: Path) -> Iterator[Callable[[str], None]]:
    """Return a function that adds a line to a new log file, until the block ends.

    Raises:
        WorkspaceError: the file cannot be made, or the disk is full.
    """
    file = open_log(path)

    def write(line: str) -> None:
        with explain_write_errors(path):
            file.write(f"{line}\n".encode(errors="replace"))

    try:
        yield write
        with explain_write_errors(path):
            file.flush()
    finally:
        with contextlib.suppress(OSError):
            file.close()


def fresh_folder(folder: Path) -> Path:
    """Remove whatever is at ``folder``, and make an empty folder there.

    Raises:
        WorkspaceError: the folder cannot be removed or made.
    """
    with explain_write_errors(folder):
        refuse_links(folder)
        _remove(folder)
        folder.mkdir(parents=True)
    return folder


def link(path: Path, target: Path) -> None:
    """Make a symbolic link at ``path``, and its parent folders.

    Raises:
        WorkspaceError: the link cannot be made, or ``path`` exists.
    """
    with explain_write_errors(path):
        refuse_links(path.parent)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)


def is_full(folder: Path) -> bool:
    """Return whether the disk of a folder has no room left for this user."""
    try:
        status = os.statvfs(folder)
    except OSError:
        return False
    return status.f_bavail * status.f_frsize < _LITTLE


def mode_of(path: Path) -> int | None:
    """Return the permissions of a file, None if it cannot be asked for them."""
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return None


def read_folder(folder: Path) -> dict[str, bytes]:
    """Return the contents of the files in a folder by name; empty if the folder does not exist.

    Raises:
        WorkspaceError: a file exists but cannot be read.
    """
    if not folder.is_dir():
        return {}
    found = {file.name: read_bytes(file) for file in folder.iterdir() if file.is_file()}
    return {name: data for name, data in found.items() if data is not None}


def read_bytes(path: Path, *, most: int = -1, follows: bool = True) -> bytes | None:
    """Return the first ``most`` bytes of a file (by default all), or None if it does not exist.

    ``follows`` says whether the path may be a link.

    Raises:
        Unreadable: the file exists but cannot be read, is not a regular file, or is a link that
            leads nowhere or is not followed.
    """
    try:
        # Reading a pipe would block, and a device may never end.
        mode = path.stat(follow_symlinks=follows).st_mode
        if stat.S_ISREG(mode):
            with path.open("rb") if follows else open(path, "rb", opener=_unfollowed) as file:
                return file.read(most)
        reason = "it is a pipe, a socket or a device"
        if stat.S_ISDIR(mode):
            is_open = os.access(path, os.R_OK | os.X_OK)
            reason = "it is a folder" if is_open else os.strerror(errno.EACCES)
        elif stat.S_ISLNK(mode):
            reason = "it is a link"
    except (FileNotFoundError, NotADirectoryError):
        if not path.is_symlink():
            return None
        reason = "it is a link that leads nowhere"
    except OSError as error:
        reason = error.strerror or str(error)
    raise Unreadable(path, reason)


def _unfollowed(path: str, flags: int) -> int:
    """Open a file that another program may just have replaced by a link or a pipe."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def _beside(path: Path, prefix: str) -> Path:
    return path.with_name(f"{prefix}{path.name}")


@contextlib.contextmanager
def _replacing(path: Path, mode: int = 0o666) -> Iterator[IO[bytes]]:
    """Yield a new file beside ``path`` that replaces it if the block ends without an error.

    The new file always has the same name, so that the next write removes what a killed one left.
    """
    new = _beside(path, _NEW)
    with explain_write_errors(path):
        refuse_links(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        with only_writer(new, mode) as file:
            try:
                yield file
                file.flush()
                new.replace(path)
            except BaseException:
                new.unlink(missing_ok=True)
                raise


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)  # which opens the path first, and waits for ever at a pipe
    else:
        path.unlink(missing_ok=True)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step; return False if the system cannot."""
    if not sys.platform.startswith("linux"):
        return False
    import ctypes

    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    if rename is None:
        return False
    arguments = (_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE)
    return bool(rename(*arguments) == 0)


@contextlib.contextmanager
def explain_write_errors(path: Path) -> Iterator[None]:
    """Turn an OSError of a block into an error of one line that names the file.

    Raises:
        WorkspaceError: the file cannot be written.
    """
    try:
        yield
    except OSError as error:
        raise WorkspaceError(
            f"cannot write {path}: {error.strerror or error}",
            hint=MAKE_ROOM if error.errno in _FULL else "",
        ) from None
