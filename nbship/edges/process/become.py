"""Another program in place of this process, and the end of this process with its parent.

Side effects: replaces the program of this process; starts a thread; sends a signal.
"""

import os
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from typing import NoReturn

_TICK = 1.0  # seconds between two looks, as in ipykernel


def become(argv: Sequence[str], env: Mapping[str, str]) -> NoReturn:
    """Replace the program of this process; the first word is the path of the new one."""
    os.execve(argv[0], list(argv), dict(env))  # noqa: S606 - no shell is wanted


def end_with_parent() -> None:
    """Let this process get SIGTERM when its parent has ended."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_TICK)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
