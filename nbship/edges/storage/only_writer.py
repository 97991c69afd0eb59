"""A new file that one process at a time writes, also where several write the same file at once.

A lock on the open file shows that its writer lives. It ends with the process, and no longer counts
once the file has another name. A file without a lock is what a killed writer has left.

Side effects: makes a file at the caller's path; removes what a killed writer has left there.
"""

import contextlib
import errno
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

_PATIENCE = 30.0  # seconds that another process has to end its write
_POLL = 0.01  # seconds between two looks at it


@contextlib.contextmanager
def only_writer(path: Path, mode: int) -> Iterator[IO[bytes]]:
    """Yield a new file, with these permissions less the umask; wait while another process has one.

    Raises:
        OSError: the file cannot be made, or another process does not end its write.
    """
    ends = time.monotonic() + _PATIENCE
    while True:
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        except FileExistsError:
            if not _is_cleared(path):
                if time.monotonic() > ends:
                    message = "another process does not end its write"
                    raise BlockingIOError(errno.EAGAIN, message) from None
                time.sleep(_POLL)
            continue
        with os.fdopen(descriptor, "wb") as file:
            if _is_ours(descriptor, path):  # else a process took it for what a killed one has left
                yield file
                return


def _is_cleared(path: Path) -> bool:
    """Remove what a killed process has left at a path; return False while a process writes it."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return True
    except OSError:  # it is a link or a socket
        path.unlink(missing_ok=True)
        return True
    try:
        is_left = _is_ours(descriptor, path)
        if is_left:
            path.unlink()
        return is_left
    finally:
        os.close(descriptor)


def _is_ours(descriptor: int, path: Path) -> bool:
    """Lock an open file; return whether that was possible, and the file has still this path."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except (BlockingIOError, FileNotFoundError):
        return False
