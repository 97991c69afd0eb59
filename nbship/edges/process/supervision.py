"""Programs whose whole family of processes is ended in time, whatever of it is killed or stopped.

Three know the end: the program itself, its supervisor, and this process. The supervisor kills the
program with all its descendants at the timeout, or when this process ends. If the supervisor is
killed, or does not answer, this process kills what is left: the supervisor's descendants, and every
process whose environment has the mark of the run.

Side effects: starts processes and ends them.
"""

import codecs
import contextlib
import json
import os
import secrets
import selectors
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nbship.edges import clock
from nbship.edges.process import supervisor
from nbship.edges.storage import files

_MARK = "NBSHIP_RUN"  # the variable of the program and its descendants that has the mark
_LONGEST_LINE = 1 << 16  # bytes of a program's output that are passed on at once
_CHUNK = 1 << 16  # bytes that are read at once
_MOST = 1 << 26  # bytes of a result
_LATE = 0.5  # seconds after the timeout in which the supervisor ends the family by itself
_PATIENCE = 10.0  # seconds for the supervisor to kill a family that makes processes without end
_KILLED = 1.0  # seconds until a process that was killed has ended
_TICK = 0.01  # seconds


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a program: its exit code, and the result that it wrote."""

    code: int | None  # as a shell gives it; None if the time was up, or the supervisor was lost
    result: bytes = b""
    lost: str = ""  # what became of the supervisor, "" if it did its work


def run_supervised(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    timeout: float,
    on_line: Callable[[str], None],
    errors: Path | None,
    has_result: bool = False,
) -> Ended:
    """Run a program and pass each line of its output to ``on_line``, a long one in pieces.

    Its error output goes into the file ``errors``, or to ``on_line`` without such a file. A program
    that ``has_result`` writes it to descriptor 3. When this returns, or when this process is
    killed, everything that the program started is ended: at the latest a second after ``timeout``,
    unless it makes processes without end.
    """
    ends_at, mark = clock.seconds() + timeout, secrets.token_hex()
    with contextlib.ExitStack() as stack, contextlib.ExitStack() as writers:
        log = stack.enter_context(files.open_log(errors)) if errors else None
        status, for_status = _pipe(stack, writers)
        result, for_result = _pipe(stack, writers)
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
            stdout=subprocess.PIPE,
            stderr=log or subprocess.STDOUT,
            pass_fds=[for_status, *([for_result] if has_result else [])],
            # Ctrl-C must reach this process only, which then closes the supervisor's input.
            start_new_session=True,
        )
        writers.close()
        output = stack.enter_context(contextlib.closing(_Output(child, status, result, on_line)))
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


def _pipe(stack: contextlib.ExitStack, writers: contextlib.ExitStack) -> tuple[int, int]:
    reader, writer = os.pipe()
    stack.callback(os.close, reader)
    writers.callback(os.close, writer)
    return reader, writer


class _Output:
    """The reader of a program's lines and its result, and of its supervisor's status."""

    def __init__(
        self,
        child: "subprocess.Popen[bytes]",
        status: int,
        result: int,
        on_line: Callable[[str], None],
    ) -> None:
        """Read the output of ``child`` and the two pipes."""
        self._status, self._result = bytearray(), bytearray()
        self._lines, self._on_line = _Lines(), on_line
        self._output = child.stdout
        self._is_over = False
        self._selector = selectors.DefaultSelector()
        for reader, take in (
            (child.stdout, self._take_lines),
            (status, self._take_status),
            (result, self._take_result),
        ):
            if reader is not None:
                self._selector.register(reader, selectors.EVENT_READ, take)

    @property
    def is_told(self) -> bool:
        """Whether the supervisor has reported that no process of the program is left."""
        return self._status.endswith(b"\n")

    def close(self) -> None:
        """Close the output of the program."""
        self._selector.close()
        if self._output:
            self._output.close()

    def read(self, until: float) -> bool:
        """Read until the supervisor has told how the program ended, or has been killed.

        Returns whether it did so in time.
        """
        while not self._is_over:
            remaining = until - clock.seconds()
            if remaining <= 0:
                return False
            self._read_ready(remaining)
        return True

    def read_rest(self) -> None:
        """Read what the ended processes left in the pipes; a kill takes effect a little later."""
        until = clock.seconds() + _KILLED  # what could not be ended may keep the output open
        while self._selector.get_map() and (remaining := until - clock.seconds()) > 0:
            self._read_ready(remaining)
        for line in self._lines.rest():
            self._on_line(line)

    def ended(self, lost: str) -> Ended:
        """Return how the program ended; ``lost`` is for a supervisor that did not tell it."""
        try:
            status = json.loads(self._status)
        except ValueError:
            return Ended(None, bytes(self._result), lost)
        return Ended(status["code"], bytes(self._result))

    def _read_ready(self, timeout: float) -> bool:
        ready = self._selector.select(timeout)
        for key, _ in ready:
            data = os.read(key.fd, _CHUNK)
            if not data:
                self._selector.unregister(key.fileobj)
            key.data(data)
        return bool(ready)

    def _take_lines(self, data: bytes) -> None:
        for line in self._lines.feed(data):
            self._on_line(line)

    def _take_status(self, data: bytes) -> None:
        self._status += data
        self._is_over = not data or self.is_told

    def _take_result(self, data: bytes) -> None:
        if len(self._result) < _MOST:
            self._result += data


class _Lines:
    """The lines in the output of a program."""

    def __init__(self) -> None:
        """Begin with the first line."""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[str]:
        """Yield the lines that are complete, without their ends, and pieces of a long one."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            *pieces, last = _pieces(line)
            yield from map(self._decoder.decode, pieces)
            yield self._decoder.decode(last, final=True)
        *pieces, self._rest = _pieces(self._rest)
        yield from map(self._decoder.decode, pieces)

    def rest(self) -> Iterator[str]:
        """Yield the last line, if it has no end."""
        if rest := self._decoder.decode(self._rest, final=True):
            yield rest


def _pieces(line: bytes) -> list[bytes]:
    """Return a line in pieces of the greatest length; the last one may be shorter, or empty."""
    return [line[i : i + _LONGEST_LINE] for i in range(0, len(line) or 1, _LONGEST_LINE)]


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
