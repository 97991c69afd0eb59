"""The file system. Only here is anything opened for writing; what is written is old or new, whole.

Side effects: writes, renames, removes and locks files below the folders that it is given.
"""

import contextlib
import fcntl
import os
import re
import shutil
import stat
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import IO

from nbship.errors import ChangedMeanwhile, WorkspaceError

_AT_FDCWD = -100  # Linux: paths are taken relative to the working folder
_RENAME_EXCHANGE = 2  # Linux: renameat2(2)
_ODD_NAME = re.compile(r"[\\\0]|^[A-Za-z]:")  # Windows' ways out, and what ends a name in C
_SHOWN = 80  # characters of a name in a message
_NEW, _OLD = ".new-", ".old-"  # prefixes of what a write in progress keeps beside its goal


def write_file(path: Path, data: bytes) -> None:
    """Replace a file, whole or not at all, and bring it to the disk.

    Raises:
        WorkspaceError: the disk is full, or the folder cannot be written.
    """
    with _replacing(path) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def replace_file(path: Path, data: bytes, *, expected: bytes | None) -> bool:
    """Replace a file that somebody else may be saving too; False where that has happened.

    ``expected`` is what stood there when it was read, None where it was not there. It is compared
    at the last moment. The file keeps its mode, and until then only its owner reads the new one.

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
    """Remove a file where there is one.

    Raises:
        WorkspaceError: it cannot be removed.
    """
    with explain_write_errors(path):
        path.unlink(missing_ok=True)


def write_cache(path: Path, data: bytes) -> None:
    """Replace a file that may get lost: whole or not at all, without waiting for the disk.

    Raises:
        WorkspaceError: the disk is full, or the folder cannot be written.
    """
    with _replacing(path) as file:
        file.write(data)


def append_line(path: Path, line: str) -> None:
    """Add a line to a file and bring it to the disk; a torn last line is ended first.

    Raises:
        WorkspaceError: the disk is full, or the file cannot be written.
    """
    with explain_write_errors(path):
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
    """Replace a folder by one that holds just these files, as a whole: it is the old or the new.

    The disk is not waited for: what a power cut leaves is not what the manifest says, and is made
    again.

    The new folder is made beside it and changes places with it in one step where the system can
    (Linux); elsewhere there is a moment between two renames, and ``heal_folder`` mends it.

    Raises:
        WorkspaceError: the disk is full, or the folder cannot be written.
    """
    with explain_write_errors(folder):
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
    """Tidy up after a write that was cut short: the old folder comes back where none is there.

    Raises:
        WorkspaceError: the folder beside it cannot be changed.
    """
    with explain_write_errors(folder):
        old = _beside(folder, _OLD)
        if old.exists() and not folder.exists():
            old.rename(folder)
        _remove(old)
        _remove(_beside(folder, _NEW))


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, where they are not there yet.

    Raises:
        WorkspaceError: it cannot be made.
    """
    with explain_write_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)


def open_log(path: Path) -> IO[bytes]:
    """Open a new log for a program to write into; the caller closes it.

    Raises:
        WorkspaceError: it cannot be made.
    """
    make_folder(path.parent)
    with explain_write_errors(path):
        return path.open("wb")


def fresh_folder(folder: Path) -> Path:
    """Return the folder, made anew and empty."""
    with explain_write_errors(folder):
        _remove(folder)
        folder.mkdir(parents=True)
    return folder


def link(path: Path, target: Path) -> None:
    """Make a symbolic link at ``path``, and the folders above it."""
    with explain_write_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)


def read_folder(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder by name, an empty dict where there is no such folder.

    Raises:
        WorkspaceError: a file is there but cannot be read.
    """
    if not folder.is_dir():
        return {}
    found = {file.name: read_bytes(file) for file in folder.iterdir() if file.is_file()}
    return {name: data for name, data in found.items() if data is not None}


def read_bytes(path: Path, *, most: int = -1) -> bytes | None:
    """Return a file's bytes, the first ``most`` of them, or None where there is no such file.

    Raises:
        WorkspaceError: it is there but cannot be read.
    """
    try:
        # A pipe would be waited for, and a device has no end.
        if stat.S_ISREG(path.stat().st_mode):
            with path.open("rb") as file:
                return file.read(most)
        why = "it is no file"
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        why = error.strerror or str(error)
    raise WorkspaceError(f"cannot read {path}: {why}")


def contained(folder: Path, name: str) -> Path:
    """Return the path of a name that came from outside, inside ``folder``.

    Raises:
        WorkspaceError: the name would lead out of the folder.
    """
    pure, shown = PurePosixPath(name), f"{name[:_SHOWN]!r}"
    if _ODD_NAME.search(name) or pure.is_absolute() or ".." in pure.parts or not pure.parts:
        raise WorkspaceError(f"refused: the file name {shown} leads out of {folder.name}/")
    path = folder / pure
    try:
        os.fsencode(path)
        is_inside = path.parent.resolve().is_relative_to(folder.resolve())
        is_link = path.is_symlink()
    except (OSError, ValueError, RuntimeError):  # too long, no text, links in a circle
        raise WorkspaceError(f"refused: the file name {shown} is none here") from None
    if is_link or not is_inside:
        raise WorkspaceError(f"refused: the file name {shown} leads through a link")
    return path


def _beside(path: Path, prefix: str) -> Path:
    return path.with_name(f"{prefix}{path.name}")


@contextlib.contextmanager
def _replacing(path: Path, mode: int = 0o666) -> Iterator[IO[bytes]]:
    """Give a new file beside ``path`` that takes its place when the block ends well.

    Its name is always the same, so that the next write clears away what a killed one left;
    who writes the same file from two processes holds a lock.
    """
    new = _beside(path, _NEW)
    with explain_write_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        new.unlink(missing_ok=True)
        try:
            with open(new, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
                yield file
            new.replace(path)
        except BaseException:
            new.unlink(missing_ok=True)
            raise


def _remove(folder: Path) -> None:
    if folder.is_symlink() or folder.is_file():
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder)


def _exchange(one: Path, other: Path) -> bool:
    """Let two folders change places in one step; False where the system cannot."""
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
    """Turn an OSError in a block into one line that names the file.

    Raises:
        WorkspaceError: the file cannot be written.
    """
    try:
        yield
    except OSError as error:
        raise WorkspaceError(f"cannot write {path}: {error.strerror or error}") from None
