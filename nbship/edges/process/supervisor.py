"""The supervisor of one command: a script that ends the command with all of its descendants.

``edges/process/runner.py`` runs it, with a JSON request on the command line. It imports the
standard library only, so that a damaged environment cannot break it. It kills the command and every
descendant when the command ends, when its time is up, or when the supervisor's standard input
closes because its parent has ended.

Side effects: starts the command; kills processes; on Linux adopts orphaned descendants.
Exit code: that of the command, but 1 in place of 124; 124 if the time was up, 137 if the parent
has ended.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

TIMED_OUT = 124
ORPHANED = 137
_POLL = 0.005  # seconds between two checks for processes that are still ending
_PR_SET_CHILD_SUBREAPER = 36  # prctl(2)


def main(arguments: list[str]) -> int:
    """Run ``{"argv": [...], "timeout": seconds}`` and return the exit code."""
    request = json.loads(arguments[0])
    if sys.platform.startswith("linux"):
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    command = subprocess.Popen(request["argv"], stdin=subprocess.DEVNULL, start_new_session=True)
    is_orphan = threading.Event()
    threading.Thread(target=_end_with_parent, args=(command, is_orphan), daemon=True).start()
    try:
        code = command.wait(request["timeout"])
        code = 1 if code == TIMED_OUT else code
    except subprocess.TimeoutExpired:
        code = TIMED_OUT
    end_tree(command.pid)
    if is_orphan.is_set():  # the other thread may have reaped the command and its exit code
        return ORPHANED
    return code if code >= 0 else 128 - code


def _end_with_parent(command: "subprocess.Popen[bytes]", is_orphan: threading.Event) -> None:
    with contextlib.suppress(OSError):
        while os.read(0, 1024):
            pass
    is_orphan.set()
    end_tree(command.pid)  # this also ends the wait of the main thread


def end_tree(command: int) -> None:
    """Kill the command's process group and every descendant of this process; wait for their end."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(command, signal.SIGKILL)
    # Reading /proc is not atomic: a process that is being re-parented can be missed. But every
    # orphan becomes our child, so that no descendant is left once we have no child.
    while True:
        for pid in _descendants(os.getpid()):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        try:
            reaped, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not reaped:
            time.sleep(_POLL)


def _descendants(root: int) -> Iterator[int]:
    """Yield the ids of the descendants of a process; without /proc there are none."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            # The name, in parentheses, may contain any character; the state and the parent follow.
            parent = entry.read_text(errors="replace").rpartition(")")[2].split()[1]
            children.setdefault(int(parent), []).append(int(entry.parent.name))
    todo = [root]
    while todo:
        found = children.get(todo.pop(), [])
        yield from found
        todo += found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
