"""Server-sent events: the bytes of Kaggle's live log, divided into lines and parsed as log events.

A line of more than 1 MiB is dropped.
"""

import json
from dataclasses import dataclass, field

from nbship.core.run.log import as_event
from nbship.model.run import LogEvent

_LONGEST_LINE = 1 << 20  # bytes; a longer line is dropped, and its event with it
_END_OF_LOG = b"END_OF_LOG"
_DATA = b"data:"


@dataclass(slots=True)
class Lines:
    """Divides a stream into lines, whatever pieces its bytes arrive in."""

    _partial: bytearray = field(default_factory=bytearray)
    _is_overlong: bool = False

    def feed(self, data: bytes) -> list[bytes]:
        """Add the next bytes and return the lines that they complete, without line ends."""
        *ended, rest = data.split(b"\n")
        lines = []
        for piece in ended:
            self._take(piece)
            lines.append(bytes(self._partial) if not self._is_overlong else b"")
            self._partial.clear()
            self._is_overlong = False
        self._take(rest)
        return lines

    def _take(self, piece: bytes) -> None:
        if len(self._partial) + len(piece) > _LONGEST_LINE:
            self._is_overlong = True
            self._partial.clear()
        if not self._is_overlong:
            self._partial += piece


def is_end(line: bytes) -> bool:
    """Return whether a line of the stream marks the end of the log."""
    return line.startswith(_DATA) and line.removeprefix(_DATA).strip() == _END_OF_LOG


def event_of(line: bytes) -> LogEvent | None:
    """Return the event in a line of the stream, or None if the line is not an event."""
    if not line.startswith(_DATA):
        return None
    try:
        return as_event(json.loads(line.removeprefix(_DATA).decode(errors="replace")))
    except (ValueError, RecursionError):
        return None
