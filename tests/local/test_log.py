"""Logs are rendered byte for byte as on Kaggle."""

import json

import pytest

from nbship.local.sessions.log import Event, Lines, render_array, render_event, rendered_events
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
