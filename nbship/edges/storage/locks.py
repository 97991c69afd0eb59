"""Locks of the operating system: one process at a time, and who holds a lock."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from nbship.edges.storage.files import explain_write_errors
from nbship.errors import WorkspaceError

_LOOK = 0.01  # seconds between two looks at a lock
_UNSIGNED = 1.0  # seconds for who takes a lock to say so, or to let it go


@contextlib.contextmanager
def locked(path: Path, patience: float = 0.0) -> Iterator[None]:
    """Hold a lock of the operating system, which ends with its owner, also by ``kill -9``.

    While another process holds it, it is waited for, ``patience`` seconds long.

    Raises:
        WorkspaceError: another process holds it; says which, and since when.
    """
    with explain_write_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        owner = _wait_for(descriptor, patience)
        if owner is not None:
            raise WorkspaceError(
                f"{path.stem} is in the hands of {owner or 'another process'}",
                hint="Wait until it is done, then try again.",
            )
        since = datetime.now(UTC).isoformat(" ", "seconds").removesuffix("+00:00")
        _sign(descriptor, f"process {os.getpid()} on {os.uname().nodename} since {since} UTC\n")
        try:
            yield
        finally:
            _sign(descriptor, "")
    finally:
        os.close(descriptor)


def _wait_for(descriptor: int, patience: float) -> str | None:
    """Take a lock; return who has it where it is not to be had in time.

    Who has no name has only just taken it, or gives it back: that is waited for, too.
    """
    began = time.monotonic()
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = _owner(descriptor)
            if time.monotonic() - began >= (patience if owner else max(patience, _UNSIGNED)):
                return owner
            time.sleep(_LOOK)
        else:
            return None


def _owner(descriptor: int) -> str:
    """Read who holds a lock, an empty text where that does not stand there."""
    return os.pread(descriptor, 100, 0).decode(errors="replace").strip()


def _sign(descriptor: int, text: str) -> None:
    """Say who holds a lock. It is only helpful: a full disk must not stop the work."""
    with contextlib.suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, text.encode(), 0)
