"""The limits of writing: inside one folder, through no link, over no file of somebody else.

The functions check a path, and write nothing.
"""

import errno
import os
import re
from collections.abc import Collection
from pathlib import Path, PurePosixPath

from nbship.errors import Unreadable, WorkspaceError

_ODD_NAME = re.compile(r"[\\\0]|^[A-Za-z]:")  # paths of Windows, and the end of a C string
_SHOWN = 80  # characters of a name in a message
_NO_LINK = "Replace the link by a file or folder: nbship changes nothing behind a link."
# What programs leave in a folder in which somebody opens a notebook.
_LEFTOVERS = frozenset({".DS_Store", ".ipynb_checkpoints", "__pycache__"})


def contained(folder: Path, name: str, *, may_be_link: bool = False) -> Path:
    """Return the path inside ``folder`` for a name that another program or a server gives.

    ``may_be_link`` is for a file that is read only: what is at the path may be a link.

    Raises:
        WorkspaceError: the name leads out of the folder or through a link, or it is not valid.
    """
    pure, shown = PurePosixPath(name), f"{name[:_SHOWN]!r}"
    if _ODD_NAME.search(name) or pure.is_absolute() or ".." in pure.parts or not pure.parts:
        raise WorkspaceError(f"refused: the file name {shown} leads out of {folder.name}/")
    path = folder / pure
    try:
        os.fsencode(path)
        is_inside = path.parent.resolve().is_relative_to(folder.resolve())
        is_link = path.is_symlink()
    except PermissionError as error:
        raise Unreadable(path, os.strerror(error.errno or errno.EACCES)) from None
    except (OSError, ValueError, RuntimeError):  # too long, not encodable, or a loop of links
        raise WorkspaceError(f"refused: the file name {shown} is not valid here") from None
    if (is_link and not may_be_link) or not is_inside:
        raise WorkspaceError(f"refused: the file name {shown} leads through a link", hint=_NO_LINK)
    return path


def refuse_links(path: Path) -> None:
    """Refuse to write at a path that is a link, or leads through one.

    Raises:
        WorkspaceError: names the first link.
    """
    absolute = os.path.abspath(path)  # noqa: PTH100 - Path.resolve would follow the links
    if os.path.realpath(absolute) == absolute:
        return
    steps = [*reversed(Path(absolute).parents), Path(absolute)]
    link = next((step for step in steps if step.is_symlink()), Path(absolute))
    raise WorkspaceError(
        f"cannot write {path}: {link} is a link",
        hint=_NO_LINK,
    )


def refuse_others(folder: Path, ours: Collection[str]) -> None:
    """Refuse to replace a folder that contains other files than ``ours``.

    A folder that has the name of one of the files is such a file as well. What programs leave
    behind, such as the checkpoints of JupyterLab, does not count.

    Raises:
        WorkspaceError: names one of them.
    """
    entries = list(folder.iterdir()) if folder.is_dir() else []
    folders = {entry.name for entry in entries if entry.is_dir() and not entry.is_symlink()}
    names = {entry.name for entry in entries} - _LEFTOVERS
    other = min((name for name in names if name not in ours or name in folders), default="")
    if other:
        raise WorkspaceError(
            f"{folder / other} was not made by nbship, and {folder.name}/ would be replaced",
            hint="Move it to another folder, then try again.",
        )
