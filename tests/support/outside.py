"""Support for tests: functions of Python that a test may call with some arguments only.

An audit hook would see more callers. But Python 3.11 calls it in the middle of ``sys.settrace``: if
another thread comes first to its own there, as each new thread does where coverage is measured, it
gets "Cannot install a trace function while another trace function is being installed".
"""

import functools
from collections.abc import Callable
from typing import Any


def guard(owner: object, names: str, refuse: Callable[..., None]) -> None:
    """Replace functions of a module or class, given by their names with blanks between them.

    They call ``refuse`` first, with the same arguments.
    """
    for name in names.split():
        setattr(owner, name, _guarded(getattr(owner, name), refuse))


def _guarded(function: Callable[..., Any], refuse: Callable[..., None]) -> Callable[..., Any]:
    @functools.wraps(function)
    def guarded(*arguments: Any, **named: Any) -> Any:
        refuse(*arguments, **named)
        return function(*arguments, **named)

    return guarded
