"""End processes, and all that they started: also what tried to leave their process group.

Side effects: kills processes.
"""

import contextlib
import ctypes
import sys
import time
from collections.abc import Iterable

import psutil

_PR_SET_CHILD_SUBREAPER = 36
_PATIENCE = 5.0
_DYING = 1.0
_TICK = 0.01


def become_subreaper() -> None:
    """Become the parent of every orphan below this process, where the system can do that.

    Then a process that a notebook started with setsid, and whose own parent ended, is still found
    among our descendants.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_descendants(pid: int) -> None:
    """Kill all that a process has started, again and again until nothing is left."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        alive = _descendants(pid)
        if not alive:
            return
        _kill(alive)


def end_tree(pid: int) -> None:
    """Kill a process, and all that it has started."""
    with contextlib.suppress(psutil.Error):
        root = psutil.Process(pid)
        # First the root, else it could start something new meanwhile; but we need its children,
        # who are nobody's afterwards.
        descendants = _descendants(pid)
        _kill([root, *descendants])


def end_marked(name: str, value: str) -> None:
    """Kill every process of ours whose environment has this variable with this value."""
    marked = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(name) == value:
                marked.append(process)
    _kill(marked)


def _descendants(pid: int) -> list[psutil.Process]:
    try:
        found = psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return []
    return [process for process in found if _is_alive(process)]


def _is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _kill(processes: Iterable[psutil.Process]) -> None:
    killed = []
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.kill()
            killed.append(process)
    # Not psutil's own wait: that would take a child's exit code away from who is waiting for it.
    deadline = time.monotonic() + _DYING
    while any(map(_is_alive, killed)) and time.monotonic() < deadline:
        time.sleep(_TICK)
