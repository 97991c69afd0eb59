"""Programs whose whole family of processes is ended in time, whatever of it is killed or stopped.

Three know the end: the program itself, its supervisor, and this process. The supervisor kills the
program with all its descendants at the timeout, or when this process ends. If the supervisor is
killed, or does not answer, this process kills what is left: the supervisor's descendants, and every
process whose environment has the mark of the run.

Side effects: starts processes and ends them.
"""

import contextlib
import json
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from nbship.edges import clock
from nbship.edges.process import supervisor
from nbship.edges.process.output import Ended, Output, Watch, pipe
from nbship.edges.storage import files

_MARK = "NBSHIP_RUN"  # the variable of the program and its descendants that has the mark
_LATE = 0.5  # seconds after the timeout in which the supervisor ends the family by itself
_PATIENCE = 10.0  # seconds for the supervisor to kill a family that makes processes without end
_TICK = 0.01  # seconds


def run_supervised(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    watch: Watch,
    has_result: bool = False,
) -> Ended:
    """Run a program, and pass each line of its output on.

    A program that ``has_result`` writes it to descriptor 3. When this returns, or when this process
    is killed, everything that the program started is ended: at the latest a second after the
    timeout, unless it makes processes without end.

    Raises:
        Interrupted: nobody waits for the program any more.
    """
    ends_at, mark = clock.seconds() + watch.timeout, secrets.token_hex()
    with contextlib.ExitStack() as stack, contextlib.ExitStack() as writers:
        log = stack.enter_context(files.open_log(watch.errors)) if watch.errors else None
        lines, for_lines = pipe(stack, writers)
        status, for_status = pipe(stack, writers)
        result, for_result = pipe(stack, writers)
        request = {
            "argv": list(argv),
            "ends_at": ends_at,
            "status": for_status,
            "result": for_result if has_result else None,
        }
        child = subprocess.Popen(
            [sys.executable, "-I", supervisor.__file__, json.dumps(request)],
            cwd=cwd,
            env={**env, _MARK: mark},
            stdin=subprocess.PIPE,
            stdout=for_lines,
            stderr=log or for_lines,
            pass_fds=[for_status, *([for_result] if has_result else [])],
            # Ctrl-C must reach this process only, which then closes the supervisor's input.
            start_new_session=True,
        )
        writers.close()
        output = stack.enter_context(contextlib.closing(Output(lines, status, result, watch)))
        try:
            if not output.read(ends_at + _LATE):
                # It is stopped, or has much to kill. A wait that goes on after a stop starts anew:
                # the closed input ends it.
                _close_input(child)
                child.send_signal(signal.SIGCONT)
                output.read(ends_at + _LATE + _PATIENCE)
        except BaseException:
            _end(child, mark, _PATIENCE, is_told=False)
            raise
        lost = _end(child, mark, _LATE, is_told=output.is_told)
        output.read_rest()
        return output.ended(lost)


def _end(child: "subprocess.Popen[bytes]", mark: str, patience: float, *, is_told: bool) -> str:
    """End the supervisor and its family; return what had become of it, "" if it was at work.

    It has ``patience`` seconds to end by itself, after its standard input has closed.
    """
    _close_input(child)
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(patience)
    lost = "" if is_told else _lost(child)
    if child.poll() is None:
        # Its process id is its own until it is reaped, and the orphans of its family become its
        # children even if it is stopped.
        _until_none(lambda: supervisor.kill_descendants(child.pid))
        child.kill()
        child.wait()
    if not is_told:
        _until_none(lambda: _kill_marked(mark))
    return lost


def _close_input(child: "subprocess.Popen[bytes]") -> None:
    if child.stdin:
        child.stdin.close()


def _lost(child: "subprocess.Popen[bytes]") -> str:
    how = "does not answer"
    if child.returncode is not None:
        code = child.returncode
        how = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
    return f"the supervisor of its processes {how}"


def _until_none(kill: Callable[[], int]) -> None:
    """Kill processes until none is left, or some seconds have passed."""
    until = clock.seconds() + _PATIENCE
    while kill() and clock.seconds() < until:
        clock.wait(_TICK)


def _kill_marked(mark: str) -> int:
    """Kill the processes with this mark in their environment; return their number."""
    import psutil

    killed = 0
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(_MARK) == mark:
                process.kill()
                killed += 1
    return killed
