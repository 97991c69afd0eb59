"""Logs are rendered byte for byte as on Kaggle."""

import json
from collections.abc import Callable
from functools import partial
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.local.sessions.log import Event, Lines, render_array, render_event, rendered_events
from tests.support.growth import is_linear, peak, steps
from tests.support.paths import SHARED

_CORPUS = SHARED / "corpus" / "logs"


@pytest.mark.skipif(not _CORPUS.is_dir(), reason="the corpus is missing")
def test_real_logs_are_rendered_byte_for_byte() -> None:
    logs = sorted(_CORPUS.glob("*.log"))
    assert logs
    for path in logs:
        text = path.read_text(encoding="utf-8")
        events = [render_event(Event(**event)) for event in json.loads(text)]
        assert render_array(events) == text, path.name


@pytest.mark.parametrize(
    ("data", "rendered"),
    [
        ("a<b>&c\n", r'"a\u003cb\u003e\u0026c\n"'),
        ("\u2028\u2029", r'"\u2028\u2029"'),
        ('é ✅ "q" \\', '"é ✅ \\"q\\" \\\\"'),
        ("10%\r20%\r\n", r'"10%\r20%\r\n"'),
        ("\x1b[0m", r'"\u001b[0m"'),
    ],
)
def test_data_is_escaped_as_go_does(data: str, rendered: str) -> None:
    assert render_event(Event("stdout", 1.5, data)) == (
        f'{{"stream_name":"stdout","time":1.5,"data":{rendered}}}'
    )


@pytest.mark.parametrize(
    ("time", "rendered"),
    [(5.0, "5"), (0.0, "0"), (0.00005, "0.00005"), (1.5366373800000002, "1.5366373800000002")],
)
def test_times_have_no_exponent(time: float, rendered: str) -> None:
    assert f'"time":{rendered},' in render_event(Event("stdout", time, ""))


def test_an_empty_log_is_an_array() -> None:
    assert json.loads(render_array([])) == []


def test_a_torn_last_event_does_not_count() -> None:
    assert rendered_events(b'{"a":1}\n{"b":') == (['{"a":1}'], 8)
    assert rendered_events(b'{"b":') == ([], 0)


def test_lines_are_joined_until_newline_or_mark() -> None:
    lines = Lines("\x1eMARK")
    assert list(lines.feed(b"one\ntw")) == ["one\n"]
    assert list(lines.feed(b"o\r2\n\nthree")) == ["two\r2\n", "\n"]
    assert list(lines.feed(b"\x1eMA")) == []
    assert list(lines.feed(b"RKfour\x1eMARKfive")) == ["three", "four"]
    assert list(lines.rest()) == ["five"]
    assert list(lines.rest()) == []


def test_a_mark_after_a_newline_adds_nothing() -> None:
    lines = Lines("\x1eM")
    assert list(lines.feed(b"one\n\x1eM\x1eM")) == ["one\n"]


def test_letters_torn_between_two_reads_are_whole() -> None:
    lines = Lines("\x1e")
    first, second = "é\n".encode()[:1], "é\n".encode()[1:]
    assert [*lines.feed(first), *lines.feed(second)] == ["é\n"]
    assert [*lines.feed(b"\xff\n"), *lines.feed(b"\xc3"), *lines.rest()] == ["\ufffd\n", "\ufffd"]


# --- lines without an end ---

_TEXT = st.text(st.sampled_from(["a", "é", "\r", "\n", "\x1e", "M"]), max_size=60)


@given(_TEXT, st.lists(st.integers(0, 100), max_size=8), st.integers(1, 9))
def test_pieces_are_the_stream_whatever_it_arrives_in(
    text: str, cuts: list[int], longest: int
) -> None:
    data = text.encode()
    bounds = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    lines = Lines("\x1eM", longest)
    pieces = [p for a, b in pairwise(bounds) for p in lines.feed(data[a:b])] + [*lines.rest()]
    assert "".join(pieces) == text.replace("\x1eM", "")
    assert all(0 < len(piece) <= longest for piece in pieces)
    assert all("\n" not in piece[:-1] for piece in pieces)


def test_a_long_progress_bar_is_cut_where_a_state_begins() -> None:
    lines = Lines("\x1e", 10)
    assert list(lines.feed(b"\r 10%\r 20%\r 3")) == ["\r 10%"]
    assert list(lines.rest()) == ["\r 20%\r 3"]


def test_a_line_without_an_end_takes_linear_time_and_bounded_memory() -> None:
    """A print of 500,000 characters arrives in pieces, and as characters of their own."""

    def fed(size: int, piece: int) -> Lines:
        lines = Lines("\x1eMARK", 1000)
        for _ in range(0, size, piece):
            for _line in lines.feed(b"x" * piece):
                pass
        return lines

    for piece, size in ((1, 4_000), (7, 28_000), (4096, 40_960)):
        assert is_linear(partial(_steps_of, partial(fed, piece=piece)), size)
        assert peak(partial(fed, 10 * size, piece)) < 10 * size


def _steps_of(fed: Callable[[int], object], size: int) -> int:
    return steps(lambda: fed(size))
