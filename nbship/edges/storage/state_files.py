"""The reader of all state files: a damaged one is set aside with a notice and counts as missing.

A state file is damaged if it is torn, is not what its parser expects, is a folder, a pipe, a device
or a link, or cannot be read. What it held is made again; the file is kept for people to look at.
The journal of pushes is no state file: it cannot be made again.

Side effects: renames a damaged file; passes a notice to the listener.
"""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from nbship.edges.storage import files
from nbship.errors import Unreadable, WorkspaceError

ASIDE = ".damaged"  # the suffix of a file that was set aside

Parsed = TypeVar("Parsed")
Listener = Callable[[str], None]

_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """Pass the notices to this function from now on, and to no other one."""
    _listeners[:] = [listener]


def read_state(path: Path, parse: Callable[[bytes], Parsed | None]) -> Parsed | None:
    """Return what ``parse`` makes of a state file; None if there is none or it is damaged.

    ``parse`` returns None for damaged data.

    Side effects: sets a damaged file aside.
    """
    try:
        data = files.read_bytes(path)
        parsed = None if data is None else parse(data)
        # nbship writes nothing through a link: what is there could never be replaced.
        is_link = data is not None and path.is_symlink()
        if (parsed is not None or data is None) and not is_link:
            return parsed
        reason = "it is a link" if is_link else "it is damaged"
    except Unreadable as error:
        reason = error.reason
    set_aside(path, reason)
    return None


def set_aside(path: Path, reason: str) -> None:
    """Rename what is at ``path``, so that it is no longer in the way, and say so.

    An earlier file that was set aside is replaced. If the renaming fails, the notice says only that
    the file is not used.
    """
    aside = path.with_name(f"{path.name}{ASIDE}")
    try:
        with contextlib.suppress(WorkspaceError):
            files.remove(aside)
        path.rename(aside)
        done = f"it is set aside as {aside.name}"
    except OSError:
        done = "it is not used"
    tell(f"{path.parent.name}/{path.name} cannot be used ({reason}): {done}")


def tell(notice: str) -> None:
    """Pass a notice to the listener."""
    for listener in _listeners:
        listener(notice)
