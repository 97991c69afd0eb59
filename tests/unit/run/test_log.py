"""The log of a run: events from any text, and lines that are safe on a terminal."""

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.run.log import as_event, log_text, parse_log, seconds_of
from nbship.model.run import LogEvent
from nbship.sanitize import readable

# The form of Kaggle: Go's escapes, commas at the start of lines, a line break at the end.
LOG = r"""[{"stream_name":"stderr","time":6.409935486,"data":"0.00s - warning: \u003cx\u003e\n"}
,{"stream_name":"stdout","time":8,"data":"Ɓalli 1/2\r"}
,{"stream_name":"stdout","time":8.5,"data":"Ɓalli 2/2\r\n"}
]
"""
EVENTS = (
    LogEvent("stderr", 6.409935486, "0.00s - warning: <x>\n"),
    LogEvent("stdout", 8.0, "Ɓalli 1/2\r"),
    LogEvent("stdout", 8.5, "Ɓalli 2/2\r\n"),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.sampled_from(["data", "time", "stream_name"]) | st.text(), inner)
    ),
    max_leaves=10,
)


def test_a_log_of_kaggles_form_is_read() -> None:
    assert parse_log(LOG) == EVENTS


@pytest.mark.parametrize(
    ("end", "count"), [(len(LOG) - 3, 3), (len(LOG) - 5, 2), (100, 1), (20, 0)]
)
def test_of_a_log_cut_short_the_whole_events_are_read(end: int, count: int) -> None:
    assert parse_log(LOG[:end]) == EVENTS[:count]


def test_a_torn_log_is_cut_at_line_feeds_alone() -> None:
    assert parse_log('[{"data":"a\x85b\u2028c"}\n,{"da') == (LogEvent("", 0.0, "a\x85b\u2028c"),)


@pytest.mark.parametrize("text", ["", "not JSON", "{}", "3", "null", '"x"', "[" * 100_000])
def test_what_is_no_log_has_no_events(text: str) -> None:
    assert parse_log(text) == ()


@pytest.mark.parametrize("entry", [None, 1, "x", [], {}, {"data": 1}, {"time": 1.0}])
def test_an_entry_without_text_is_no_event(entry: Any) -> None:
    assert as_event(entry) is None


@pytest.mark.parametrize("time", [None, "1", [], float("nan"), float("inf"), 10**400])
def test_an_event_with_an_odd_time_keeps_its_text(time: Any) -> None:
    assert as_event({"data": "x", "time": time}) == LogEvent("", 0.0, "x")


@given(JSON)
def test_no_json_whatever_makes_the_reader_fail(entries: Any) -> None:
    written = json.dumps(entries)
    for text in (written, f"[{written}", written[: len(written) // 2]):
        assert all(isinstance(event, LogEvent) for event in parse_log(text))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\n", "plain"),
        ("plain\r\n", "plain"),
        ("\x1b[1;31mred\x1b[0m\n", "red"),
        ("\x1b]8;;https://example.org\x1b\\link\x1b]8;;\x07", "link"),
        ("\x1b]0;title\x07text", "text"),
        ("a\x1bMb\x1b=c", "ab=c"),
        (" 10%|#   |\r 50%|##  |\r100%|####|\n", "100%|####|"),
        ("\r 10%\r 20%", " 20%"),
        ("100%\r\x1b[0m\n", "100%"),
        ("bell\x07 \x9bback\x08 nul\x00", "bell back nul"),
        ("tab\tstays", "tab\tstays"),
        ("ɓalli 😀", "ɓalli 😀"),
        ("", ""),
    ],
)
def test_readable_keeps_the_words_and_the_last_state(text: str, shown: str) -> None:
    assert readable(text) == shown


NOISE = st.lists(
    st.text(max_size=3)
    | st.sampled_from(
        ["\x1b[", "\x1b]", "\x1b", "\x9b", "31m", "\x07", "\x1b\\", "\r", "\x00", "8"]
    )
).map("".join)


@given(NOISE)
def test_no_control_character_reaches_the_terminal(text: str) -> None:
    shown = readable(text)
    assert not [char for char in shown if unicodedata.category(char) == "Cc" and char not in "\t\n"]


@given(NOISE)
def test_what_is_readable_stays_as_it_is(text: str) -> None:
    shown = readable(text).rstrip("\n")
    assert readable(shown) == shown


def test_the_whole_log_has_a_line_for_each_event() -> None:
    assert log_text(EVENTS) == "0.00s - warning: <x>\nƁalli 1/2\nƁalli 2/2\n"
    assert log_text(()) == ""


def test_a_run_took_as_long_as_the_latest_time_in_its_log() -> None:
    events = tuple(LogEvent("stdout", time, "x") for time in (0.5, 61.5, 60.0))
    assert seconds_of(events) == 61.5
    assert seconds_of(()) is None
    assert seconds_of((LogEvent("stdout", 0.0, "x"),)) is None
