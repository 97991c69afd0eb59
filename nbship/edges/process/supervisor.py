"""The supervisor of one command: a script that ends the command with all of its descendants.

``edges/process/supervision.py`` runs it, with a JSON request on the command line:
``{"argv", "ends_at", "status", "result"}``. ``ends_at`` is a time on the monotonic clock, which all
processes share. ``status`` and ``result`` are descriptors; the command gets ``result``, if any, as
descriptor 3. The supervisor imports the standard library only, so that a damaged environment cannot
break it. It kills the command and every descendant when the command ends, when its time is up, or
when the supervisor's standard input closes because its parent has ended. Then it writes one line of
JSON to ``status``: ``{"end", "code"}``, where ``code`` is null unless the command ended by itself.

Side effects: starts the command; kills processes; on Linux adopts orphaned descendants.
"""

import contextlib
import fcntl
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

ENDED, TIMED_OUT, ORPHANED = "ended", "timed out", "orphaned"
RESULT = 3  # the descriptor of the command for its result
_FREE = 10  # a descriptor from which on none has a meaning
_POLL = 0.005  # seconds between two looks at processes that are still ending
_LONGEST_WAIT = 3600.0  # seconds
_PATIENCE = 5.0  # seconds in which the descendants must end: a killed process ends at once
_PR_SET_PDEATHSIG = 1  # prctl(2)
_PR_SET_CHILD_SUBREAPER = 36
_PROC = "/proc"
_ALARM = 128 + signal.SIGALRM  # the exit code of a command whose own timer has ended it
_DEAD = (b"Z", b"X")  # states of a process
_STAT = 4096  # bytes: more than the facts about a process
_QUICK = 50  # looks at new processes between two looks at all


def main(arguments: list[str]) -> int:
    """Run the request, and write how the command ended."""
    request = json.loads(arguments[0])
    status = _moved(request["status"])
    kept: list[int] = []
    if request["result"] is not None:
        result = _moved(request["result"])
        os.dup2(result, RESULT)
        os.close(result)
        kept = [RESULT]
    wakeup = _wakeup()
    end, pid = ENDED, 0
    code: int | None = 1
    try:
        command = subprocess.Popen(
            request["argv"], stdin=subprocess.DEVNULL, start_new_session=True, pass_fds=kept,
            preexec_fn=_adopting(),  # noqa: PLW1509 - this process has one thread
        )  # fmt: skip
    except OSError as error:
        sys.stderr.write(f"{request['argv'][0]} cannot be run: {error.strerror}\n")
    else:
        pid = command.pid
        end, code = _wait(pid, request["ends_at"], wakeup)
        command.returncode = code  # Popen must not wait for it again
    if left := end_tree(pid):
        sys.stderr.write(f"processes that could not be ended: {left}\n")
    line = json.dumps({"end": end, "code": code})
    with contextlib.suppress(OSError):  # the parent has ended
        os.write(status, f"{line}\n".encode())
    return 0


def _moved(descriptor: int) -> int:
    """Move an inherited descriptor to a number without a meaning, for this process alone."""
    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _FREE)
    os.close(descriptor)
    return moved


def _wakeup() -> int:
    """Return a descriptor that can be read whenever a child has ended."""
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    return reader


def _adopting() -> Callable[[], None] | None:
    """Adopt every orphan from now on; return what makes the command end with this process."""
    if not sys.platform.startswith("linux"):
        return None
    import ctypes

    prctl = ctypes.CDLL(None).prctl
    prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    return lambda: prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _wait(command: int, ends_at: float, wakeup: int) -> tuple[str, int | None]:
    """Wait for the command, its time, or the parent; return which ended, and the exit code."""
    has_parent = True
    while True:
        reaped, _ = _reap()
        if command in reaped:
            is_late = reaped[command] == _ALARM and time.monotonic() >= ends_at
            return (TIMED_OUT, None) if is_late else (ENDED, reaped[command])
        remaining = ends_at - time.monotonic()
        if remaining <= 0:
            return TIMED_OUT, None
        if not has_parent:
            return ORPHANED, None
        ready, _, _ = select.select([0, wakeup], [], [], min(remaining, _LONGEST_WAIT))
        has_parent = 0 not in ready or bool(_read(0))
        if wakeup in ready:
            _read(wakeup)


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 1024)
    except OSError:
        return b""


def _reap() -> tuple[dict[int, int], bool]:
    """Collect the children that have ended: their exit codes, of a signal as a shell gives it.

    Returns also whether there are other children.
    """
    reaped: dict[int, int] = {}
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return reaped, False
        if not pid:
            return reaped, True
        code = os.waitstatus_to_exitcode(status)
        reaped[pid] = code if code >= 0 else 128 - code


def end_tree(command: int) -> int:
    """Kill the command's process group and every descendant of this process; wait for their end.

    Returns the number of those that are left, when they have been the same for some seconds: this
    process may not kill them, or they wait for a broken disk.
    """
    if command:
        _kill(os.killpg, command)
    # Reading /proc is not atomic: a process that is being re-parented can be missed. But every
    # orphan becomes our child, so that no descendant is left once we have no child.
    left: set[int] = set()
    ends_at = time.monotonic() + _PATIENCE
    while True:
        newest = _newest()
        living = set(_descendants(os.getpid()))
        _kill_all(living)
        reaped, has_more = _reap()
        if not has_more:
            return 0
        if living != left:
            left, ends_at = living, time.monotonic() + _PATIENCE
        if time.monotonic() >= ends_at:
            return len(left)
        if not reaped:
            time.sleep(_POLL)
        _kill_newer(newest, living)


def kill_descendants(root: int) -> int:
    """Kill every living descendant of a process, once; return their number, 0 without /proc."""
    living = set(_descendants(root))
    _kill_all(living)
    return len(living)


def _kill_newer(newest: int, family: set[int]) -> None:
    """Kill the children of a family that are newer than a process, and theirs, as they are made.

    A process that forks and ends, again and again, is another one after each look at all of /proc.
    The ids of new processes follow one another: to look at these is quick.
    """
    family = {os.getpid(), *family}
    for _ in range(_QUICK):
        before, newest = newest, _newest()
        for pid in range(before + 1, newest + 1):
            found = _read_stat(pid)
            if found and found[0] in family:
                family.add(pid)
                _kill(os.kill, pid)
        _reap()


def _newest() -> int:
    """Return the id of the newest process, 0 where the system does not tell it."""
    try:
        return int(Path(_PROC, "loadavg").read_text().split()[-1])
    except (OSError, ValueError, IndexError):
        return 0


def _kill_all(pids: Iterable[int]) -> None:
    """Kill processes, and their process groups, each in one step."""
    groups = {os.getpgrp()}
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            group = os.getpgid(pid)
            if group not in groups:
                groups.add(group)
                os.killpg(group, signal.SIGKILL)
        _kill(os.kill, pid)


def _kill(kill: Callable[[int, int], None], number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        kill(number, signal.SIGKILL)


def _descendants(root: int) -> Iterator[int]:
    """Yield the living descendants of a process; without /proc there are none."""
    children: dict[int, list[tuple[int, bool]]] = {}
    for entry in os.listdir(_PROC) if os.path.isdir(_PROC) else ():  # noqa: PTH112, PTH208 - quick
        if entry.isdigit() and (found := _read_stat(int(entry))):
            parent, is_alive = found
            children.setdefault(parent, []).append((int(entry), is_alive))
    todo = [root]
    while todo:
        for pid, is_alive in children.get(todo.pop(), []):
            todo.append(pid)
            if is_alive:
                yield pid


def _read_stat(pid: int) -> tuple[int, bool] | None:
    """Return the parent of a process, and whether it is no zombie; None if there is no process."""
    try:
        with open(f"{_PROC}/{pid}/stat", "rb", buffering=0) as file:  # noqa: PTH123 - quick
            text = file.read(_STAT)
        # The name, in parentheses, may contain any character.
        state, parent, *_ = text.rpartition(b")")[2].split()
        return int(parent), state not in _DEAD
    except (OSError, ValueError):
        return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
