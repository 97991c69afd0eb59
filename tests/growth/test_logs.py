"""The work for a log grows with its size, and not with the square of it."""

from collections.abc import Callable, Iterable

import pytest

from nbship.core.run.deduplicate import SeenLines
from nbship.core.run.log import log_text, parse_log, render_log
from nbship.core.run.log_verdict import infer_outcome
from nbship.core.run.progress_bars import ProgressFolder
from nbship.core.run.runner_words import RunnerWords
from nbship.core.run.sse import Lines, event_of
from nbship.model.run import LogEvent
from tests.support.growth import is_linear, steps

TEXTS: dict[str, Callable[[int], Iterable[str]]] = {
    "lines": lambda n: (f"line {i}\n" for i in range(n)),
    "one line, always the same": lambda n: ("same\n" for _ in range(n)),
    "states of a bar": lambda n: (f"\r{i}%" for i in range(n)),
    "carriage returns alone": lambda n: ("\r" for _ in range(n)),
    "a bar that ends with a return": lambda n: ("5%\r" for _ in range(n)),
    "line ends alone": lambda n: ("\n" for _ in range(n)),
    "one long text": lambda n: ["x" * 100 * n],
    "escapes": lambda n: ["\x1b[" * 100 * n, "\x1b]" * 100 * n],
    "tracebacks that begin": lambda n: ("Traceback (most recent call last):\n" for _ in range(n)),
}
READERS: dict[str, Callable[[list[LogEvent]], object]] = {
    "the verdict": lambda events: infer_outcome(events, is_whole=True),
    "the text": lambda events: log_text(tuple(events)),
    "the file": lambda events: parse_log(render_log(events)),
    "a torn file": lambda events: parse_log(render_log(events)[:-3]),
    "the bars": lambda events: [*map(ProgressFolder().feed, events)],
    "the words of the runner": lambda events: [*map(RunnerWords().feed, events)],
    "what was seen": lambda events: [*map(SeenLines().is_new, events)],
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("text", TEXTS)
def test_a_log_is_read_in_linear_time(reader: str, text: str) -> None:
    def events(size: int) -> list[LogEvent]:
        return [LogEvent("stderr", 0.0, piece) for piece in TEXTS[text](size)]

    def time(size: int) -> int:
        log = events(size)
        return steps(lambda: READERS[reader](log))

    assert is_linear(time, 200)


@pytest.mark.parametrize("piece", [1, 100])
@pytest.mark.parametrize("text", [b"data: {}\n", b"x", b"data: "])
def test_a_live_log_is_divided_in_linear_time(piece: int, text: bytes) -> None:
    def work(size: int) -> int:
        data = text * size

        def read() -> None:
            lines = Lines()
            for begin in range(0, len(data), piece):
                for line in lines.feed(data[begin : begin + piece]):
                    event_of(line)

        return steps(read)

    assert is_linear(work, 500)
