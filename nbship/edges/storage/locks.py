"""Locks between processes: the operating system releases a lock when its owner ends.

Side effects: makes a lock file at the caller's path, and writes the owner into it; sets aside what
is no file there.
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

from nbship.edges.storage.containment import refuse_links
from nbship.edges.storage.files import explain_write_errors
from nbship.edges.storage.state_files import set_aside
from nbship.errors import WorkspaceError

_POLL = 0.01  # seconds between two attempts
_UNNAMED = 1.0  # seconds to wait for the owner's name in a lock, or for the lock


@contextlib.contextmanager
def locked(path: Path, patience: float = 0.0) -> Iterator[None]:
    """Hold a lock during a block; wait up to ``patience`` seconds for it.

    The operating system releases the lock when this process ends, even by ``kill -9``. Messages
    name the lock by its file, without the suffix and percent-decoded.

    Raises:
        WorkspaceError: another process holds the lock; the message names it and since when.
    """
    descriptor = _opened(path)
    try:
        owner = _acquire(descriptor, patience)
        if owner is not None:
            raise WorkspaceError(
                f"{unquote(path.stem)} is locked by {owner or 'another process'}",
                hint="Wait until it has ended, then try again.",
            )
        with _owned(descriptor):
            yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def first_free(paths: Iterable[Path]) -> Iterator[int]:
    """Hold the first lock of several that nobody holds, during a block; yield its number, from 1.

    Raises:
        WorkspaceError: a lock cannot be made.
    """
    for number, path in enumerate(paths, start=1):
        descriptor = _opened(path)
        try:
            if _is_acquired(descriptor):
                with _owned(descriptor):
                    yield number
                return
        finally:
            os.close(descriptor)


@contextlib.contextmanager
def _owned(descriptor: int) -> Iterator[None]:
    """Name this process as the owner of a lock during a block."""
    since = datetime.now(UTC).isoformat(" ", "seconds").removesuffix("+00:00")
    _write_owner(descriptor, f"process {os.getpid()} on {os.uname().nodename} since {since} UTC\n")
    try:
        yield
    finally:
        _write_owner(descriptor, "")


def _opened(path: Path) -> int:
    """Open the file of a lock; a folder, a pipe or a device in its place is set aside."""
    with explain_write_errors(path):
        refuse_links(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not path.is_file():
            set_aside(path, "it is not a regular file")
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)


def _acquire(descriptor: int, patience: float) -> str | None:
    """Acquire the lock, or return its owner after ``patience`` seconds.

    An empty owner means that the lock is being acquired or released: keep waiting for a second.
    """
    began = time.monotonic()
    while not _is_acquired(descriptor):
        owner = _owner(descriptor)
        if time.monotonic() - began >= (patience if owner else max(patience, _UNNAMED)):
            return owner
        time.sleep(_POLL)
    return None


def _is_acquired(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _owner(descriptor: int) -> str:
    """Return the owner that is written in a lock, or an empty string."""
    return os.pread(descriptor, 100, 0).decode(errors="replace").strip()


def _write_owner(descriptor: int, text: str) -> None:
    """Write the owner of a lock; ignore a full disk, because the name is only for messages."""
    with contextlib.suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, text.encode(), 0)
