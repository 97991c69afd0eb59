"""The output of a program that somebody watches: its lines, its result, and how it ended."""

import codecs
import contextlib
import json
import os
import selectors
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from nbship.edges import clock
from nbship.errors import Interrupted

_LONGEST_LINE = 1 << 16  # bytes of a program's output that are passed on at once
_CHUNK = 1 << 16  # bytes that are read at once
_MOST = 1 << 26  # bytes of a result
_LONGEST_WAIT = 3600.0  # seconds of one wait: the system takes no more than some days
_KILLED = 1.0  # seconds until a process that was killed has ended


@dataclass(frozen=True, slots=True)
class Watch:
    """How a program is watched: who takes its lines, and how long it may run, in seconds.

    A long line comes in pieces. Its error output goes into the file ``errors``, or among its lines
    without such a file. ``stop`` can be read when nobody waits any more; -1 if only Ctrl-C ends the
    wait.
    """

    on_line: Callable[[str], None]
    timeout: float
    errors: Path | None = None
    stop: int = -1


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a program: its exit code, and the result that it wrote."""

    code: int | None  # as a shell gives it; None if the time was up, or the supervisor was lost
    result: bytes = b""
    lost: str = ""  # what became of who watched it, "" if that did its work


class Output:
    """The reader of a program's lines and its result, and of its status.

    Who watches the program writes the status: a line of JSON, ``{"code"}``.
    """

    def __init__(self, lines: int, status: int, result: int, watch: Watch) -> None:
        """Read these descriptors."""
        self._status, self._result = bytearray(), bytearray()
        self._lines, self._on_line = _Lines(), watch.on_line
        self._is_over = False
        self._selector = selectors.DefaultSelector()
        for reader, take in (
            (lines, self._take_lines),
            (status, self._take_status),
            (result, self._take_result),
        ):
            self._selector.register(reader, selectors.EVENT_READ, take)
        self._stop = watch.stop
        if self._stop >= 0:
            self._selector.register(self._stop, selectors.EVENT_READ)

    @property
    def is_told(self) -> bool:
        """Whether the status says that no process of the program is left."""
        return self._status.endswith(b"\n")

    def close(self) -> None:
        """Stop reading."""
        self._selector.close()

    def read(self, until: float) -> bool:
        """Read until the status tells how the program ended, or cannot tell it any more.

        Returns whether it did so in time.

        Raises:
            Interrupted: nobody waits for the program any more.
        """
        while not self._is_over:
            remaining = until - clock.seconds()
            if remaining <= 0:
                return False
            self._read_ready(min(remaining, _LONGEST_WAIT))
        return True

    def read_rest(self) -> None:
        """Read what the ended processes left in the pipes; a kill takes effect a little later."""
        self._ignore_stop()
        until = clock.seconds() + _KILLED  # what could not be ended may keep the output open
        while self._selector.get_map() and (remaining := until - clock.seconds()) > 0:
            self._read_ready(remaining)
        for line in self._lines.rest():
            self._on_line(line)

    def ended(self, lost: str) -> Ended:
        """Return how the program ended; ``lost`` is for a status that does not tell it."""
        try:
            status = json.loads(self._status)
        except ValueError:
            return Ended(None, bytes(self._result), lost)
        return Ended(status["code"], bytes(self._result))

    def _read_ready(self, timeout: float) -> None:
        for key, _ in self._selector.select(timeout):
            if key.fd == self._stop:
                self._ignore_stop()
                raise Interrupted
            data = os.read(key.fd, _CHUNK)
            if not data:
                self._selector.unregister(key.fd)
            key.data(data)

    def _ignore_stop(self) -> None:
        if self._stop >= 0:
            self._selector.unregister(self._stop)
            self._stop = -1

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


def pipe(stack: contextlib.ExitStack, writers: contextlib.ExitStack) -> tuple[int, int]:
    """Return the two ends of a pipe, which the stacks close."""
    reader, writer = os.pipe()
    stack.callback(os.close, reader)
    writers.callback(os.close, writer)
    return reader, writer
