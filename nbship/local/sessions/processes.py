"""Kill processes and their descendants, including those that left the process group.

Side effects: kills processes.
"""

import contextlib
import ctypes
import sys
import time
from collections.abc import Iterable, Iterator

import psutil

_PR_SET_CHILD_SUBREAPER = 36
# In seconds.
_KILL_TIMEOUT = 5.0
_EXIT_TIMEOUT = 1.0
_TICK = 0.01


def become_subreaper() -> None:
    """Become the parent of every orphan below this process; only Linux supports this.

    A process that a notebook starts with setsid and whose parent has ended then remains a
    descendant of this process.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_descendants(pid: int) -> None:
    """Kill all descendants of a process, repeatedly for at most 5 seconds, until none is left."""
    deadline = time.monotonic() + _KILL_TIMEOUT
    while time.monotonic() < deadline:
        alive = _descendants(pid)
        if not alive:
            return
        _kill(alive)


def end_tree(pid: int) -> None:
    """Kill a process and all its descendants."""
    with contextlib.suppress(psutil.Error):
        root = psutil.Process(pid)
        # Kill the root first: it could start new processes. List its descendants before that:
        # afterwards they have another parent.
        descendants = _descendants(pid)
        _kill([root, *descendants])


def end_marked(name: str, value: str) -> None:
    """Kill every process of this user whose environment variable ``name`` has this value.

    Their descendants are killed with them: a process that is just being started has no environment
    that can be read. The search is repeated for at most 5 seconds, until it finds none.
    """
    deadline = time.monotonic() + _KILL_TIMEOUT
    while (marked := list(_marked(name, value))) and time.monotonic() < deadline:
        _kill([*marked, *(child for process in marked for child in _descendants(process.pid))])


def _marked(name: str, value: str) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(name) == value and _is_alive(process):
                yield process


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
    # Not with psutil's wait: it would take the exit code from the caller that awaits the child.
    deadline = time.monotonic() + _EXIT_TIMEOUT
    while any(map(_is_alive, killed)) and time.monotonic() < deadline:
        time.sleep(_TICK)
