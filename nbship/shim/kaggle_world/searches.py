"""Searches of glob with ``**``: each input is found once, in the layout of today's sessions.

No session of Kaggle has two layouts. A rehearsal has both, the flat one of older sessions as links,
and glob follows links.

Side effects: changes the module glob until the process ends.
"""

from __future__ import annotations

import functools
import os

TYPE_CHECKING = False  # that of typing costs its import, in each process of a notebook
if TYPE_CHECKING:
    from typing import Any

INPUT = "/kaggle/input"
_ANY_DEPTH = "**"


def find_once(module: Any, top: str = INPUT) -> None:
    """Let glob, which is ``module``, leave out what it finds through links in ``top``."""
    search = module.iglob  # glob.glob calls it, too

    @functools.wraps(search)
    def iglob(pathname: Any, **named: Any) -> Any:
        found = search(pathname, **named)
        parts = os.path.normpath(os.fsdecode(pathname)).split("/")
        if not named.get("recursive") or named.get("dir_fd") is not None or _ANY_DEPTH not in parts:
            return found
        root = os.fsdecode(named.get("root_dir") or "")
        depth = parts.index(_ANY_DEPTH)
        return (path for path in found if not _is_second(os.fsdecode(path), depth, root, top))

    module.iglob = iglob


def _is_second(path: str, depth: int, root: str, top: str) -> bool:
    """Return whether ``**`` has led through a link in ``top``; ``depth`` parts are before it."""
    parts = os.path.normpath(path).split("/")
    before = "/".join(parts[:depth]) or ("/" if path.startswith("/") else "")
    start = os.path.realpath(os.path.join(root, before))
    below = f"{top}/"
    if not below.startswith(os.path.join(start, "")):
        return False
    whole = os.path.join(start, *parts[depth:])
    first = whole.removeprefix(below).split("/")[0]
    return whole.startswith(below) and os.path.islink(below + first)
