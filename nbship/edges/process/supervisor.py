"""Run one command and make sure that nothing it started outlives it.

Run as a script by edges/process, with a request as JSON on the command line; only the standard
library, because it must not crash. It ends the command and every descendant when the command
ends, when the time is up, or when its own standard input closes because its parent is gone.

Side effects: starts the command; kills processes; on Linux adopts orphans of its descendants.
Exit code: the command's own, but 1 for its 124; 124 when the time was up, 137 when the parent
went away.
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
_MOMENT = 0.005  # seconds between two looks for what a kill has not ended yet
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
    if is_orphan.is_set():  # the other thread may have reaped the command: its code is lost
        return ORPHANED
    return code if code >= 0 else 128 - code


def _end_with_parent(command: "subprocess.Popen[bytes]", is_orphan: threading.Event) -> None:
    with contextlib.suppress(OSError):
        while os.read(0, 1024):
            pass
    is_orphan.set()
    end_tree(command.pid)  # and so the wait of the main thread


def end_tree(command: int) -> None:
    """Kill the command's session and every descendant of this process, until none is left."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(command, signal.SIGKILL)
    # A look at /proc is no snapshot: who is being re-parented may be missed. But every orphan
    # becomes our child, so that nothing is left when we have no child any more.
    while True:
        for pid in _descendants(os.getpid()):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        try:
            reaped, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not reaped:
            time.sleep(_MOMENT)


def _descendants(root: int) -> Iterator[int]:
    """Yield the living descendants that the system shows below /proc; elsewhere none."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            # The name in parentheses may hold anything; the state and the parent follow.
            parent = entry.read_text(errors="replace").rpartition(")")[2].split()[1]
            children.setdefault(int(parent), []).append(int(entry.parent.name))
    todo = [root]
    while todo:
        found = children.get(todo.pop(), [])
        yield from found
        todo += found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
