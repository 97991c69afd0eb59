"""The bytes of an event stream → the events of a log; a line without end is bounded."""

import json
from dataclasses import dataclass, field

from nbship.core.run.log import as_event
from nbship.model.run import LogEvent

_LONGEST_LINE = 1 << 20  # bytes; what is beyond is dropped, and the event with it
_END_OF_LOG = b"END_OF_LOG"
_DATA = b"data:"


@dataclass(slots=True)
class Lines:
    """Cuts a stream into lines, however its bytes come."""

    _begun: bytearray = field(default_factory=bytearray)
    _is_overlong: bool = False

    def feed(self, data: bytes) -> list[bytes]:
        """Take the next bytes and return the lines that are whole now, without their ends."""
        *ended, rest = data.split(b"\n")
        lines = []
        for piece in ended:
            self._take(piece)
            lines.append(bytes(self._begun) if not self._is_overlong else b"")
            self._begun.clear()
            self._is_overlong = False
        self._take(rest)
        return lines

    def _take(self, piece: bytes) -> None:
        if len(self._begun) + len(piece) > _LONGEST_LINE:
            self._is_overlong = True
            self._begun.clear()
        if not self._is_overlong:
            self._begun += piece


def is_end(line: bytes) -> bool:
    """Whether a line of the stream says that the log has ended."""
    return line.startswith(_DATA) and line.removeprefix(_DATA).strip() == _END_OF_LOG


def event_of(line: bytes) -> LogEvent | None:
    """Return the event in a line of the stream, None where there is none."""
    if not line.startswith(_DATA):
        return None
    try:
        return as_event(json.loads(line.removeprefix(_DATA).decode(errors="replace")))
    except (ValueError, RecursionError):
        return None
