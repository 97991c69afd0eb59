"""The live log: its bytes, its replays, its progress bars and its end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.run.deduplicate import SeenLines
from nbship.core.run.log import bounded, parse_log, render_log
from nbship.core.run.log_verdict import infer_outcome
from nbship.core.run.progress_bars import ProgressFolder
from nbship.core.run.sse import Lines, event_of, is_end
from nbship.model.run import LogEvent, RunState

BIG = 1 << 20


def event(text: str, stream: str = "stdout") -> LogEvent:
    return LogEvent(stream, 1.0, text)


# --- bytes → lines → events --------------------------------------------------------------------


@given(st.lists(st.binary().filter(lambda line: b"\n" not in line)), st.integers(1, 9))
def test_every_line_comes_once_and_whole(written: list[bytes], size: int) -> None:
    data = b"".join(line + b"\n" for line in written)
    lines, found = Lines(), []
    for start in range(0, len(data), size):
        found += lines.feed(data[start : start + size])
    assert found == written


def test_a_line_without_end_is_dropped_and_the_next_is_read() -> None:
    lines = Lines()
    for _ in range(40):
        assert lines.feed(b"x" * (BIG // 8)) == []
    assert lines.feed(b"x\nshort\n") == [b"", b"short"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b'data: {"data": "a", "stream_name": "err", "time": 2}\r', LogEvent("err", 2, "a")),
        (b'data:{"data": "a"}', LogEvent("", 0, "a")),
        (b'{"data": "a"}', None),
        (b": keepalive", None),
        (b"data: junk", None),
        (b"data: " + b"[" * 100_000, None),
        (b"data: END_OF_LOG", None),
    ],
)  # fmt: skip
def test_an_event_is_read_from_its_line(line: bytes, expected: LogEvent | None) -> None:
    assert event_of(line) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [(b"data: END_OF_LOG", True), (b"data:END_OF_LOG\r", True), (b"END_OF_LOG", False),
     (b'data: "END_OF_LOG"', False)],
)  # fmt: skip
def test_the_end_of_the_log_is_a_line_of_its_own(line: bytes, *, expected: bool) -> None:
    assert is_end(line) is expected


# --- replays -----------------------------------------------------------------------------------


def shown_lines(replays: list[list[str]]) -> list[str]:
    lines, shown = SeenLines(), []
    for replay in replays:
        lines.begin()
        shown += [text for text in replay if lines.is_new(event(text))]
    return shown


TEXTS = st.lists(st.sampled_from(["a\n", "b\n", "\n", "epoch\n"]))


@given(TEXTS, st.lists(st.integers(0, 30)))
def test_a_log_that_is_sent_again_from_its_start_is_shown_once(
    log: list[str], cuts: list[int]
) -> None:
    assert shown_lines([*[log[:cut] for cut in cuts], log]) == log


@given(st.lists(TEXTS))
def test_no_line_is_shown_more_often_than_one_replay_has_it_and_none_is_lost(
    replays: list[list[str]],
) -> None:
    shown = shown_lines(replays)
    for text in {text for replay in replays for text in replay}:
        assert shown.count(text) == max(replay.count(text) for replay in replays)


# --- progress bars -----------------------------------------------------------------------------


def folded(*events: LogEvent) -> tuple[list[str], list[str]]:
    """Return the lines that are complete, and the states of bars in between."""
    fold, lines, bars = ProgressFolder(), list[str](), list[str]()
    for one in events:
        shown = fold.feed(one)
        lines += shown.lines
        bars += [shown.bar] if shown.bar else []
    return [*lines, *fold.rest()], bars


@pytest.mark.parametrize(
    ("texts", "lines", "bars"),
    [
        (["one\n", "two\r\n"], ["one", "two"], []),
        (["no end", "next\n"], ["no end", "next"], []),
        (["1/2\r", "2/2\r\n"], ["2/2"], ["1/2"]),
        (["\r 50%", "\r100%", "\n", "done\n"], ["100%", "done"], [" 50%", "100%"]),
        (["\r 50%", "\r100%\n"], ["100%"], [" 50%"]),
        (["\r 50%", "a line of its own\n"], [" 50%", "a line of its own"], [" 50%"]),
        (["\r 50%", "X\n"], [" 50%", "X"], [" 50%"]),
        (["\r 50%"], [" 50%"], [" 50%"]),
        (["1\r2\r3\n"], ["3"], []),
        (["\n", "\n"], ["", ""], []),
        (["x" * 9999 + "\n"], ["x" * 4096], []),
        (["\r\x1b[31mred\x1b[0m\x1b]0;title\x07"], ["red"], ["red"]),
    ],
)
def test_a_progress_bar_is_one_line_when_it_is_done(
    texts: list[str], lines: list[str], bars: list[str]
) -> None:
    assert folded(*map(event, texts)) == (lines, bars)


def test_a_bar_of_one_stream_goes_on_below_the_lines_of_another() -> None:
    fold = ProgressFolder()
    assert fold.feed(event("\r 1%", "stderr")).bar == " 1%"
    shown = fold.feed(event("epoch 1\n"))
    assert (shown.lines, shown.bar) == (("epoch 1",), " 1%")
    assert fold.feed(event("\r 2%\n", "stderr")).lines == (" 2%",)
    assert fold.rest() == ()


# --- the end -----------------------------------------------------------------------------------

CONVERTED = [
    event("[NbConvertApp] Converting notebook __notebook__.ipynb to html\n", "stderr"),
    event("[NbConvertApp] Writing 5 bytes to __results__.html\n", "stderr"),
]
FAILED = [event("papermill.exceptions.PapermillExecutionError: \n", "stderr")]
TRACEBACK = [
    event("Traceback (most recent call last):\n", "stderr"),
    event('  File "/kaggle/src/script.py", line 1, in <module>\n', "stderr"),
    event("    1 / 0\n", "stderr"),
    event("ZeroDivisionError: division by zero\n", "stderr"),
]
WARNINGS = [event("  warnings.warn(\n", "stderr")] * 3


@pytest.mark.parametrize(
    ("events", "is_whole", "expected"),
    [
        ([], True, None),
        ([event("hello\n")], True, None),
        (CONVERTED, False, "complete"),
        ([event("hello\n"), *CONVERTED, *WARNINGS], True, "complete"),
        ([*FAILED, *CONVERTED], False, "error"),
        (FAILED, True, None),
        ([*CONVERTED, *[event("more\n")] * 39], True, "complete"),
        ([*CONVERTED, *[event("more\n")] * 40], True, None),
        (TRACEBACK, False, None),
        (TRACEBACK, True, "error"),
        ([*TRACEBACK, event("\n")], True, "error"),
        ([*TRACEBACK, event("caught it\n")], True, None),
        ([*TRACEBACK, event("done\n")], True, None),
        (TRACEBACK[:1], True, None),
        ([*TRACEBACK, *TRACEBACK], True, "error"),
        ([TRACEBACK[0], event("caught it\n"), *TRACEBACK], True, "error"),
        ([TRACEBACK[0], TRACEBACK[-1]], True, "error"),
        ([TRACEBACK[0], event("not an error's name!\n")], True, None),
    ],
)
def test_a_log_shows_its_end_or_nothing(
    events: list[LogEvent], *, is_whole: bool, expected: RunState | None
) -> None:
    assert infer_outcome(events, is_whole=is_whole) == expected


# --- the log as it is kept ---------------------------------------------------------------------


@given(st.lists(st.builds(LogEvent, st.text(), st.floats(0, 1e6), st.text())))
def test_events_are_read_back_as_they_are_kept(events: list[LogEvent]) -> None:
    assert parse_log(render_log(events)) == tuple(events)


def test_a_log_that_is_too_long_keeps_its_first_lines() -> None:
    log = render_log(event(f"Ɓalli {number}\n") for number in range(1000))
    kept = bounded(log, 2000)
    assert 1900 < len(kept.encode()) <= 2000
    events = parse_log(kept)
    assert [one.text for one in events] == [f"Ɓalli {n}\n" for n in range(len(events))]
    assert bounded(log, len(log.encode())) == log
    assert bounded(log, 4 * len(log)) == log


def test_a_line_may_be_a_mebibyte_long_and_one_that_is_too_long_leaves_nothing_behind() -> None:
    whole = b"x" * BIG
    assert Lines().feed(whole + b"\n") == [whole]
    assert Lines().feed(whole + b"x\nnext\n") == [b"", b"next"]
    lines = Lines()
    assert lines.feed(whole) == []
    assert lines.feed(b"x") == []
    assert lines.feed(b"end\nnext\n") == [b"", b"next"]


def test_a_line_of_letters_that_look_like_a_line_end_is_a_line() -> None:
    fold = ProgressFolder()
    fold.feed(event("10 %\r"))
    assert fold.feed(event("X\n")).lines == ("X",)
    fold.feed(event("10 %\r"))
    assert fold.feed(event("\n")).lines == ("10 %",)


@pytest.mark.parametrize("size", [4095, 4096, 4097])
def test_a_line_is_shown_up_to_4096_signs_a_bar_its_last_ones(size: int) -> None:
    text = "a" + "b" * (size - 2) + "c"
    fold = ProgressFolder()
    (line,) = fold.feed(event(f"{text}\n")).lines
    assert line == f"{text}\n"[:4096].rstrip("\n")
    bar = fold.feed(event(f"{text}\r")).bar
    assert bar == f"{text}\r"[-4096:].rstrip("\r")


@pytest.mark.parametrize(
    ("text", "most", "expected"),
    [
        ("a\nb\n", 4, "a\nb\n"),
        ("a\nb\n", 3, "a"),
        ("a\nbc", 3, "a"),
        ("abc", 2, ""),
        ("😀😀\n😀", 12, "😀😀"),  # four bytes each
        ("😀\n", 5, "😀\n"),
        ("😀\n", 4, ""),
        ("a\ud800\nb", 3, "a?"),
        ("", 0, ""),
    ],
)
def test_a_log_is_bounded_by_its_bytes_at_a_line(text: str, most: int, expected: str) -> None:
    assert bounded(text, most) == expected


def test_a_log_without_its_beginning_is_read_to_its_end() -> None:
    text = '{"data": "a"}\n,{"data": "b"}]'
    assert [found.text for found in parse_log(text)] == ["a", "b"]
