"""The log of a session: lines of output become events, and events the text that Kaggle serves.

Pure: text in, text out. The event file is append-only, with one event per line. A last line without
a newline was cut by a crash or a full disk, and is ignored.
"""

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

END_OF_LOG = "END_OF_LOG"

# Kaggle writes the log in Go, whose JSON encoder escapes these for HTML and JavaScript.
_GO_ESCAPES = {ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"}


@dataclass(frozen=True, slots=True)
class Event:
    """One line of output; ``time`` is in seconds since the start of the session."""

    stream_name: str
    time: float
    data: str


def render_event(event: Event) -> str:
    """Return one event as Kaggle writes it: compact JSON, escaped as in Go."""
    data = json.dumps(event.data, ensure_ascii=False).translate(_GO_ESCAPES)
    return f'{{"stream_name":"{event.stream_name}","time":{_go_float(event.time)},"data":{data}}}'


def render_array(rendered: Iterable[str]) -> str:
    """Return the log of an ended session; as on Kaggle, a comma starts each line but the first."""
    return "[" + "\n,".join(rendered) + "\n]\n"


def rendered_events(data: bytes) -> tuple[list[str], int]:
    """Return the complete events in a part of an event file, and their length in bytes."""
    length = data.rfind(b"\n") + 1
    return data[:length].decode("utf-8", "replace").split("\n")[:-1], length


def _go_float(value: float) -> str:
    """Return a number as Go writes it: the shortest exact form, without exponent or ``.0``."""
    shortest = repr(value)
    if "e" in shortest:
        shortest = f"{value:.9f}".rstrip("0")
    return shortest.removesuffix(".0").removesuffix(".")


class Lines:
    """Joins the bytes of one stream to lines; a mark in the stream also ends a line.

    The runner writes the mark after each cell, so that a cell's last output is a line of its own
    even without a newline.
    """

    def __init__(self, mark: str) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._line = re.compile(f"([^\n]*?)(\n|{re.escape(mark)})")
        self._pending = ""

    def feed(self, data: bytes) -> Iterator[str]:
        """Add bytes of the stream, and yield each complete line."""
        self._pending += self._decoder.decode(data)
        end = 0
        for match in self._line.finditer(self._pending):
            end = match.end()
            line = match[1] + ("\n" if match[2] == "\n" else "")
            if line:
                yield line
        self._pending = self._pending[end:]

    def rest(self) -> Iterator[str]:
        """Yield the last line of the stream if it has no newline."""
        rest = self._pending + self._decoder.decode(b"", final=True)
        self._pending = ""
        if rest:
            yield rest
