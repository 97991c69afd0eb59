"""A file of the state folder that a person edits: read again when it has changed.

Side effects: reads the file, and logs why it cannot be used.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from nbship.local.storage.state_dir import StateDirError

Content = TypeVar("Content")
_LOG = logging.getLogger("nbship.local")


def watched(path: Path, read: Callable[[Path], Content]) -> Callable[[], Content]:
    """Return a function that returns the content of a file as it is now.

    A file that has become wrong is reported in the log, and its content before stays.

    Raises:
        StateDirError: the file is wrong now.
    """
    known, seen = read(path), _identity(path)

    def content() -> Content:
        nonlocal known, seen
        now = _identity(path)
        if now != seen:
            seen = now
            try:
                known = read(path)
            except (StateDirError, OSError) as error:
                _LOG.warning("%s; what it said before still counts", error)
        return known

    return content


def _identity(path: Path) -> tuple[int, int, int] | None:
    """Return what changes with a file's content; None if there is no file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
