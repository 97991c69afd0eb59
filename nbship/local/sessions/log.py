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
_LONGEST_LINE = 1 << 16  # characters of an event: as JSON, it is shorter than 1 MiB

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
    even without a newline. A line of more than ``longest`` characters is divided into pieces. The
    time is linear in the size of the stream, and at most one piece is held in memory.
    """

    def __init__(self, mark: str, longest: int = _LONGEST_LINE) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._mark, self._longest = mark, longest
        self._end = re.compile(f"\n|{re.escape(mark)}")
        self._parts: list[str] = []  # the beginning of a line, without an end
        self._size = 0  # of the parts, in characters
        self._tail = ""  # the text after the parts: it may be the beginning of a mark

    def feed(self, data: bytes) -> Iterator[str]:
        """Add bytes of the stream, and yield each complete line."""
        text, begin = self._tail + self._decoder.decode(data), 0
        self._tail = ""
        for match in self._end.finditer(text):
            self._add(text[begin : match.start()] + match[0].removesuffix(self._mark))
            yield from self._pieces(least=1)
            begin = match.end()
        end = self._mark_begins(text, begin)
        self._tail = text[end:]
        self._add(text[begin:end])
        yield from self._pieces(least=self._longest)

    def rest(self) -> Iterator[str]:
        """Yield the last line of the stream if it has no newline."""
        self._add(self._tail + self._decoder.decode(b"", final=True))
        self._tail = ""
        yield from self._pieces(least=1)

    def _mark_begins(self, text: str, begin: int) -> int:
        """Return where a mark begins that the next bytes may complete, or the text's length."""
        found = text.rfind(self._mark[0], max(begin, len(text) - len(self._mark) + 1))
        return found if found >= 0 and self._mark.startswith(text[found:]) else len(text)

    def _add(self, text: str) -> None:
        if text:
            self._parts.append(text)
            self._size += len(text)

    def _pieces(self, least: int) -> Iterator[str]:
        """Yield pieces of the line, as long as what is left has at least ``least`` characters."""
        if self._size < least:
            return
        line, begin = "".join(self._parts), 0
        while len(line) - begin >= least:
            end = begin + self._longest
            # A progress bar is cut where its next state begins.
            cut = line.rfind("\r", begin + 1, end) if end < len(line) else -1
            end = end if cut < 0 else cut
            yield line[begin:end]
            begin = end
        self._parts, self._size = [line[begin:]], max(0, len(line) - begin)
