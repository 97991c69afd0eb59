"""What a read-only mount refuses, with the error that it gives.

Side effects: reads what is at a path.
"""

from __future__ import annotations

import errno
import os
import stat

# As they are before `files` replaces them.
from os import lstat
from os import stat as facts_of

TYPE_CHECKING = False  # that of typing costs its import, in each process of a notebook
if TYPE_CHECKING:
    from typing import Any

    from kaggle_world.paths import World

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_TRUNC
_UNNAMED = getattr(os, "O_TMPFILE", 0)


class ReadOnly:
    """What is read-only in one world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def refuse(
        self, path: Any, dir_fd: int | None = None, *, follow: bool = False, to: str = "remove"
    ) -> None:
        """Refuse to remove, make or change a path in a read-only folder.

        What fails for another reason first, such as a folder that is there already, is left to the
        real function.

        Raises:
            OSError: EROFS.
        """
        if not self.world.is_read_only(path, dir_fd, follow=follow):
            return
        real = self.world.absolute(path, dir_fd)
        if to == "make" and there(real, follow=False):
            return
        if to == "change" and not there(real, follow=follow):
            return
        if there(os.path.dirname(real)):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), written(path))

    def refuse_open(self, path: Any, flags: int, dir_fd: int | None = None) -> None:
        """Refuse to open a path with flags that write, in a read-only folder.

        Raises:
            OSError: EROFS.
        """
        if not flags & (_WRITING | os.O_CREAT) or not self.world.is_read_only(path, dir_fd):
            return
        real = self.world.absolute(path, dir_fd)
        found = there(real)
        if _UNNAMED and flags & _UNNAMED == _UNNAMED:
            refused = True
        elif found is None:
            refused = bool(flags & os.O_CREAT) and there(os.path.dirname(real)) is not None
        else:
            is_new = flags & os.O_CREAT and flags & os.O_EXCL  # it is there: EEXIST
            refused = bool(flags & _WRITING) and not is_new and not stat.S_ISDIR(found.st_mode)
        if refused:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), written(path))


def written(path: Any) -> Any:
    """Return a path as an error names it: that of a pathlib.Path is its text."""
    return os.fspath(path) if isinstance(path, os.PathLike) else path


def there(path: str, *, follow: bool = True) -> os.stat_result | None:
    """Return the facts of a real path, or of the link that it is; None if it is not there."""
    try:
        return facts_of(path) if follow else lstat(path)
    except OSError:
        return None


def flags_of(mode: Any) -> int:
    """Return the flags with which open opens a file in a mode that writes; 0 for other modes."""
    flags = os.O_RDWR if "+" in mode else os.O_WRONLY
    if "w" in mode:
        return flags | os.O_CREAT | os.O_TRUNC
    if "a" in mode:
        return flags | os.O_CREAT
    if "x" in mode:
        return flags | os.O_CREAT | os.O_EXCL
    return flags if "+" in mode else 0
