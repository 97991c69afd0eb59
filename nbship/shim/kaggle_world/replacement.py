"""The replacement of functions, in every module that has them.

Side effects: replaces functions until the process ends.
"""

from __future__ import annotations

import os
import posix
import sys

TYPE_CHECKING = False  # that of typing costs its import, in each process of a notebook
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    _Function = Callable[..., Any]

_SUPPORTS = (
    os.supports_dir_fd, os.supports_effective_ids, os.supports_fd, os.supports_follow_symlinks,
)  # fmt: skip
REPLACED: dict[int, Any] = {}  # by the identity of what is replaced, which stays in memory


def replace(name: str, wrap: Callable[[_Function], _Function]) -> None:
    """Wrap one function of os if this system has it, and keep its entries in os.supports_*."""
    function = getattr(os, name, None)
    if function is None:
        return
    wrapped = like(wrap(function), function)
    # shutil.rmtree and pathlib look up functions in these sets by identity.
    for supports in _SUPPORTS:
        if function in supports:
            supports.add(wrapped)
    setattr(os, name, wrapped)
    if hasattr(posix, name):
        setattr(posix, name, wrapped)


def rebind() -> None:
    """Replace the functions also in modules that have taken them by name before.

    Python imports a module before this one where a ``.pth`` file says so.
    """
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "kaggle_world":
            continue
        names = getattr(module, "__dict__", {})
        for taken, value in list(names.items()):
            if id(value) in REPLACED:
                names[taken] = REPLACED[id(value)]


def like(wrapped: _Function, function: Any) -> _Function:
    """Give a wrapper the name and the text of its function, as functools.wraps does."""
    wrapped.__name__ = wrapped.__qualname__ = function.__name__
    wrapped.__module__, wrapped.__doc__ = function.__module__, function.__doc__
    wrapped.__wrapped__ = function  # type: ignore[attr-defined]
    REPLACED[id(function)] = wrapped
    return wrapped
