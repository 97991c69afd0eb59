"""Find the part of a run's log that tells why the run failed, and what was said before it.

A notebook prints tracebacks of its own, and a script logs them and goes on: neither is why the run
failed. A notebook's failure stands in papermill's report, a script's in the last traceback.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from nbship.core.failure.traceback import is_link
from nbship.model.run import LogEvent
from nbship.sanitize import readable

BEFORE = 10  # lines that were said before the error and are kept
_MOST = 4 << 20  # characters of a report that are read
_LONGEST = 4000  # characters of a line
_WENT_ON = 1.0  # seconds after a traceback: what is said then is no part of it
_RUNNER = 'Traceback (most recent call last):\n  File "<string>", line 1, in <module>\n'
_ENCOUNTERED = re.compile(r'^Exception encountered at "In \[(?P<count>\d+)\]":', re.MULTILINE)
_MARK = 'Exception encountered at "In ['
_BEGINS = re.compile(
    r"^(?:(?:  \+ Exception Group )?Traceback \(most recent call last\):"
    r"|\w+ +Traceback \(most recent call last\)"
    r"|[\w.]*RemoteTraceback: ?"
    r"|  File \"[^\"]*\", line \d+)$"
)
_ENDS = re.compile(r"^(?:  \| )?[^\W\d][\w.]*(?::(?: |$)|$)")
_NOT_FATAL = re.compile(r"^(?:Exception in thread |Exception ignored |Task exception was never )")
_LOGGED = re.compile(r"^(?:\[?\d{4}-\d\d-\d\d|\[?(?:DEBUG|INFO|WARNING|ERROR|CRITICAL)\b)")
# What is said around every failure and tells nothing.
_NOISE = re.compile(
    r"^\[NbConvertApp\] |^\d+\.\d+s - (?:Debugger warning|make the debugger|to python|Note: Debug)"
)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The lines that tell why a run failed, the cell that they name, what was said before them."""

    lines: tuple[str, ...]
    count: int | None = None  # the cell ran as In [count]
    before: tuple[str, ...] = ()


def excerpt_of(events: Sequence[LogEvent]) -> Excerpt:
    """Return the report of a failure in a log; no lines where there is none.

    The time that it takes grows with the log's size and no faster, whatever stands in it.
    """
    told = _LogText(events)
    text = told.text
    runner = text.rfind(_RUNNER)
    mark = text.find(_MARK, max(runner, 0)) if runner >= 0 else text.rfind(_MARK)
    encountered = _ENCOUNTERED.match(text, mark) if mark >= 0 else None
    if encountered:
        begins = runner if runner >= 0 else mark
        end, count = encountered.end(), int(encountered["count"])
        if text[end + 1 : end + _LONGEST].partition("\n")[0].strip():
            return Excerpt(_lines(text[end : end + _MOST]), count, told.before(begins))
        # Of an ExceptionGroup, IPython 8 and 9 leave nothing but what they printed before.
        return _last_before(told, begins, count)
    if runner >= 0:
        return Excerpt(_lines(text[runner : runner + _MOST]), None, told.before(runner))
    return _last_before(told, len(text), None)


def _last_before(told: "_LogText", stop: int, count: int | None) -> Excerpt:
    found = _last_traceback(told, stop)
    if found is None:
        return Excerpt((), count, told.before(stop))
    begin, end = found
    return Excerpt(_lines(told.text[begin:end]), count, told.before(begin))


class _LogText:
    """The error output of a log as one text, and the way back from its places to the events."""

    def __init__(self, events: Sequence[LogEvent]) -> None:
        self._events = events
        stream = "stderr" if any(event.stream == "stderr" for event in events) else None
        self._chosen = [n for n, e in enumerate(events) if stream in {None, e.stream}]
        texts = [events[n].text for n in self._chosen]
        self.text = "".join(texts)
        self._begins = [0, *accumulate(map(len, texts))][:-1]

    def event_at(self, place: int) -> int:
        """Return the number of the event that a place in the text stands in."""
        return self._chosen[bisect_right(self._begins, place) - 1] if self._chosen else 0

    def time_at(self, place: int) -> float:
        """Return when that was said, in seconds since the session began."""
        return self._events[self.event_at(place)].time

    def before(self, place: int) -> tuple[str, ...]:
        """Return the last lines that any stream said before a place in the text."""
        stop = len(self._events) if place >= len(self.text) else self.event_at(place)
        kept: list[str] = []
        for event in reversed(self._events[:stop]):
            line = readable(event.text[-_LONGEST:])
            if line.strip() and not _NOISE.match(line):
                kept.append(line)
            if len(kept) == BEFORE:
                break
        return tuple(reversed(kept))


def _lines(text: str) -> tuple[str, ...]:
    return tuple(readable(line[:_LONGEST]) for line in text.split("\n"))


def _last_traceback(told: _LogText, stop: int) -> tuple[int, int] | None:
    """Return where the last traceback begins and ends, if nothing went on after it."""
    first = max(0, stop - _MOST)
    text = told.text[:stop]
    last: tuple[int, int, int] | None = None
    for begin, error, end in _tracebacks(text, first):
        last = (begin, error, end)
    if last is None:
        return None
    begin, error, end = last
    for place, line in _placed(text, error):
        is_later = told.time_at(place) - told.time_at(error) > _WENT_ON
        if (is_later or _LOGGED.match(line)) and line.strip() and not _NOISE.match(line):
            return None
    return begin, end


def _tracebacks(text: str, first: int) -> Iterator[tuple[int, int, int]]:
    """Yield where each chain of tracebacks begins, where its last error stands, and its end."""
    begin: int | None = None
    error: int | None = None
    previous, is_linked, is_fatal = "", False, True
    for place, line in _placed(text, first):
        if _BEGINS.match(line) and (begin is None or error is not None):
            if begin is not None and error is not None and not is_linked and is_fatal:
                yield begin, error, place
            if begin is None or not is_linked:
                begin, is_fatal = place, not _NOT_FATAL.match(previous)
            error, is_linked = None, False
        elif is_link(line):
            is_linked = True
        elif begin is not None and error is None and _ENDS.match(line):
            error = place
        if line.strip() and line.strip() != '"""':
            previous = line
    if begin is not None and error is not None and is_fatal:
        yield begin, error, len(text)


def _placed(text: str, place: int) -> Iterator[tuple[int, str]]:
    """Yield the lines from a place on, each with its own place."""
    while place < len(text):
        end = text.find("\n", place)
        end = len(text) if end < 0 else end
        yield place, readable(text[place : min(end, place + _LONGEST)])
        place = end + 1
