"""A session's log: lines of output become events, and events the very text that Kaggle serves.

Pure: text in, text out. The event file is append-only and has one event a line; a last line
without its newline was torn by a crash or a full disk and counts for nothing.
"""

import codecs
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

END_OF_LOG = "END_OF_LOG"

# Kaggle's writer is Go, which escapes these in JSON for the sake of HTML and JavaScript.
_GO_ESCAPES = {ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"}


@dataclass(frozen=True, slots=True)
class Event:
    """One line of output."""

    stream_name: str
    time: float
    data: str


def render_event(event: Event) -> str:
    """Return one event as Kaggle writes it: compact, escaped as Go does."""
    data = json.dumps(event.data, ensure_ascii=False).translate(_GO_ESCAPES)
    return f'{{"stream_name":"{event.stream_name}","time":{_go_float(event.time)},"data":{data}}}'


def render_array(rendered: Iterable[str]) -> str:
    """Return a finished session's log from its rendered events: the comma at the line start."""
    return "[" + "\n,".join(rendered) + "\n]\n"


def rendered_events(written: bytes) -> tuple[list[str], int]:
    """Return the rendered events that stand whole in a part of an event file, and their length."""
    length = written.rfind(b"\n") + 1
    return written[:length].decode("utf-8", "replace").split("\n")[:-1], length


def _go_float(value: float) -> str:
    """Return a number as Go does: the shortest that reads back, without exponent or ``.0``."""
    shortest = repr(value)
    if "e" in shortest:
        shortest = f"{value:.9f}".rstrip("0")
    return shortest.removesuffix(".0").removesuffix(".")


class Lines:
    """Joins the bytes of one stream to lines; a mark in the stream ends a line early.

    The mark says that a cell is over: what it printed without a newline is then a line too.
    """

    def __init__(self, mark: str) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._line = re.compile(f"([^\n]*?)(\n|{re.escape(mark)})")
        self._pending = ""

    def feed(self, data: bytes) -> Iterator[str]:
        """Take bytes as they come and yield each line that is complete."""
        self._pending += self._decoder.decode(data)
        end = 0
        for match in self._line.finditer(self._pending):
            end = match.end()
            line = match[1] + ("\n" if match[2] == "\n" else "")
            if line:
                yield line
        self._pending = self._pending[end:]

    def rest(self) -> Iterator[str]:
        """Yield what the stream left without a newline when it ended."""
        rest = self._pending + self._decoder.decode(b"", final=True)
        self._pending = ""
        if rest:
            yield rest
