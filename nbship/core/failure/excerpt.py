"""The part of a run's log that explains the failure, and the lines before it.

A notebook may print a traceback and a script may log one without failing. So a notebook's failure
is read from papermill's report, and a script's from the last traceback.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from nbship.core.failure.traceback import is_link
from nbship.core.run.forms import REMOTE, RUNNER_LINE, TRACEBACK
from nbship.model.run import LogEvent
from nbship.sanitize import readable

BEFORE = 10  # lines before the error that are kept
_MOST = 4 << 20  # characters of a report that are read
_LONGEST = 4000  # characters of a line that are read
_WENT_ON = 1.0  # seconds after a traceback: output later than that means that the script went on
_RUNNER = f'{TRACEBACK}:\n  File "<string>", line 1, in <module>\n'
_ENCOUNTERED = re.compile(
    r'^Exception encountered at "In \[(?P<count>\d+)\]":\n?(?P<first>.*)', re.MULTILINE
)
_MARK = 'Exception encountered at "In ['
_BEGINS = re.compile(
    rf"^(?:(?:  \+ Exception Group )?{re.escape(TRACEBACK)}:"
    rf"|\w+ +{re.escape(TRACEBACK)}"
    rf"|{REMOTE}: ?"
    r"|  File \"[^\"]*\", line \d+)$"
)
_ENDS = re.compile(r"^(?:  \| )?[^\W\d][\w.]*(?::(?: |$)|$)")
_NOT_FATAL = re.compile(r"^(?:Exception in thread |Exception ignored |Task exception was never )")
_LOGGED = re.compile(r"^(?:\[?\d{4}-\d\d-\d\d|\[?(?:DEBUG|INFO|WARNING|ERROR|CRITICAL)\b)")


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The lines that explain a failure, the cell that they name, and the lines before them."""

    lines: tuple[str, ...]
    count: int | None = None  # the cell ran as In [count]
    before: tuple[str, ...] = ()


def excerpt_of(events: Sequence[LogEvent]) -> Excerpt:
    """Return the part of a log that explains the failure; it has no lines if the log has no error.

    The time is linear in the size of the log, whatever the log contains.
    """
    log = _LogText(events)
    text = log.text
    runner = text.rfind(_RUNNER)
    mark = text.find(_MARK, runner) if runner >= 0 else text.rfind(_MARK)
    encountered = _ENCOUNTERED.match(text, mark) if mark >= 0 else None
    if encountered:
        begins = runner if runner >= 0 else mark
        first, count = encountered.start("first"), int(encountered["count"])
        if encountered["first"].strip():
            return Excerpt(_readable_lines(text[first : first + _MOST]), count, log.before(begins))
        # For an ExceptionGroup, the report of IPython 8 and 9 is empty; the traceback is above it.
        return _last_before(log, begins, count)
    if runner >= 0:
        return Excerpt(_readable_lines(text[runner : runner + _MOST]), None, log.before(runner))
    return _last_before(log, len(text), None)


def _last_before(log: "_LogText", stop: int, count: int | None) -> Excerpt:
    found = _last_traceback(log, stop)
    if found is None:
        return Excerpt((), count, log.before(stop))
    begin, end = found
    return Excerpt(_readable_lines(log.text[begin:end]), count, log.before(begin))


class _LogText:
    """The error output of a log as one text, with a map from positions in it to the events."""

    def __init__(self, events: Sequence[LogEvent]) -> None:
        self._events = events
        stream = "stderr" if any(event.stream == "stderr" for event in events) else None
        self._chosen = [n for n, e in enumerate(events) if stream in {None, e.stream}]
        texts = [events[n].text for n in self._chosen]
        self.text = "".join(texts)
        self._begins = [0, *accumulate(map(len, texts))][:-1]

    def event_at(self, position: int) -> int:
        """Return the index of the event that contains a position in the text."""
        return self._chosen[bisect_right(self._begins, position) - 1] if self._chosen else 0

    def time_at(self, position: int) -> float:
        """Return the time of the event at a position, in seconds since the session began."""
        return self._events[self.event_at(position)].time

    def before(self, position: int) -> tuple[str, ...]:
        """Return the last lines of all streams before a position in the text, without noise."""
        stop = len(self._events) if position >= len(self.text) else self.event_at(position)
        kept: list[str] = []
        for event in reversed(self._events[:stop]):
            line = readable(event.text[-_LONGEST:])
            if line.strip() and not RUNNER_LINE.match(line):
                kept.append(line)
            if len(kept) == BEFORE:
                break
        return tuple(reversed(kept))


def _readable_lines(text: str) -> tuple[str, ...]:
    return tuple(readable(line[:_LONGEST]) for line in text.split("\n"))


def _last_traceback(log: _LogText, stop: int) -> tuple[int, int] | None:
    """Return where the last traceback begins and ends; None if the run went on after it."""
    first = max(0, stop - _MOST)
    text = log.text[:stop]
    last: tuple[int, int, int] | None = None
    for begin, error, end in _tracebacks(text, first):
        last = (begin, error, end)
    if last is None:
        return None
    begin, error, end = last
    for position, line in _lines_from(text, error):
        is_later = log.time_at(position) - log.time_at(error) > _WENT_ON
        if (is_later or _LOGGED.match(line)) and line.strip() and not RUNNER_LINE.match(line):
            return None
    return begin, end


def _tracebacks(text: str, first: int) -> Iterator[tuple[int, int, int]]:
    """Yield the positions of each chain of tracebacks: its start, its last error and its end."""
    begin: int | None = None
    error: int | None = None
    previous, is_linked, is_fatal = "", False, True
    for position, line in _lines_from(text, first):
        if _BEGINS.match(line) and (begin is None or error is not None):
            if begin is not None and error is not None and not is_linked and is_fatal:
                yield begin, error, position
            if begin is None or not is_linked:
                begin, is_fatal = position, not _NOT_FATAL.match(previous)
            error, is_linked = None, False
        elif is_link(line):
            is_linked = True
        elif begin is not None and error is None and _ENDS.match(line):
            error = position
        if line.strip() and line.strip() != '"""':
            previous = line
    if begin is not None and error is not None and is_fatal:
        yield begin, error, len(text)


def _lines_from(text: str, position: int) -> Iterator[tuple[int, str]]:
    """Yield the lines from a position on, each with its own position."""
    while position < len(text):
        end = text.find("\n", position)
        end = len(text) if end < 0 else end
        yield position, readable(text[position : min(end, position + _LONGEST)])
        position = end + 1
