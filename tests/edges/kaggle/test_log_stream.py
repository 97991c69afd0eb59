"""The live log, from a server that sends wrong, slow, incomplete or unreadable answers."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest

from nbship.edges.kaggle.log_stream import stream
from nbship.edges.kaggle.session import AnswerLimits
from nbship.errors import KaggleError
from nbship.model.run import LogEvent, StreamEnd
from tests.support.scripted_server import (
    CUT,
    Answer,
    ScriptedServer,
    dead_url,
    refusal,
    reply,
    serving_script,
)
from tests.support.servers import CANARY, KERNEL, SECRET, check_words, server_at


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedServer]:
    # A real token of the user, as it may be in the environment.
    monkeypatch.setenv("KAGGLE_API_TOKEN", CANARY)
    with serving_script() as scripted:
        yield scripted


FIRST = b'data: {"stream_name":"stdout","time":1.5,"data":"one\\n"}\n\n'
SECOND = b'data: {"stream_name":"stderr","time":2,"data":"two\\r\\n"}\r\n\r\n'
EVENTS = [LogEvent("stdout", 1.5, "one\n"), LogEvent("stderr", 2.0, "two\r\n")]
KEPT = b"""[{"stream_name":"stdout","time":1.5,"data":"one\\n"}
,{"stream_name":"stderr","time":2,"data":"two\\r\\n"}
]"""
SSE = "text/event-stream; charset=utf-8"
CHUNKED = reply(b"", kind=SSE, Content_Length="-", Transfer_Encoding="chunked")


def sse(*parts: bytes) -> Iterable[bytes]:
    """Return a stream that is sent in these parts and ends with the connection."""
    return [reply(b"", kind=SSE, Content_Length="-"), *parts]


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (sse(FIRST, SECOND, b"data: END_OF_LOG\n\n", FIRST), [*EVENTS, "finished"]),
        (sse(FIRST, SECOND), [*EVENTS, "cut"]),
        (sse(b": a comment\n\n", FIRST, b"event: x\nid: 1\n", SECOND), [*EVENTS, "cut"]),
        (sse(FIRST[:20], FIRST[20:] + SECOND[:9], SECOND[9:]), [*EVENTS, "cut"]),
        (sse(b"data: junk\ndata: 5\ndata: []\ndata: {}\ndata:\ndata\n", FIRST), [EVENTS[0], "cut"]),
        (sse(b'data: {"data": 5}\ndata: {"data": null}\n', FIRST), [EVENTS[0], "cut"]),
        (sse(b"data: " + b"[" * 100_000 + b"\n", FIRST), [EVENTS[0], "cut"]),
        (sse(b"\xff\xfe\x00data: x\n", FIRST), [EVENTS[0], "cut"]),
        (sse(b"data: \xff\n", FIRST), [EVENTS[0], "cut"]),
        (sse(FIRST, SECOND[:-8]), [EVENTS[0], "cut"]),
        (sse(b'data:{"data":"one\\n","stream_name":"stdout","time":1.5}\n'), [EVENTS[0], "cut"]),
        ([CHUNKED, chunk(FIRST), chunk(SECOND)[:9]], [EVENTS[0], "cut"]),
        ([CHUNKED, b"Z\r\n"], ["cut"]),
        (reply(b"[]", kind="application/json"), ["absent"]),
        (reply(KEPT, kind="application/json"), [*EVENTS, "finished"]),
        (reply(KEPT[:-20], kind="text/plain"), [EVENTS[0], "finished"]),
        (reply(FIRST, kind="-"), ["absent"]),
        (reply(FIRST, 404, SSE), ["absent"]),
        (refusal(404, "not yet"), ["absent"]),
        (reply(b"x", 302, Location="/elsewhere/for/ever"), ["cut"]),
        (b"", ["cut"]),
        (reply(FIRST, kind=SSE, Content_Encoding="gzip"), ["absent"]),
        (sse(b"data: " + b"x" * (1 << 20) + b"\n", FIRST), [EVENTS[0], "cut"]),
        (CUT, ["cut"]),
        (b"garbage", ["cut"]),
    ],
)
def test_the_lines_of_a_live_log_come_until_it_ends_in_any_way(
    scripted: ScriptedServer, answer: Answer, expected: list[LogEvent | StreamEnd]
) -> None:
    scripted.script = lambda _: answer
    assert list(stream(server_at(scripted.url), KERNEL, 2)) == expected
    seen = scripted.seen[0]
    assert (seen.method, seen.path) == (
        "GET",
        "/api/v1/kernels/logs/stream/awa/tiny-kernel?versionLabel=v2",
    )
    assert seen.headers["accept"] == "text/event-stream, */*"
    assert "content-type" not in seen.headers
    assert CANARY not in str(seen)


def test_a_live_log_where_nobody_listens_is_cut() -> None:
    assert list(stream(server_at(dead_url()), KERNEL, 2)) == ["cut"]


def test_a_live_log_is_live(scripted: ScriptedServer) -> None:
    """A line arrives before the server sends the next one."""

    def script(_: object) -> Iterator[bytes]:
        yield CHUNKED + chunk(FIRST)
        scripted.over.wait(30)

    scripted.script = script
    lines = stream(server_at(scripted.url), KERNEL, 2)
    assert next(lines) == EVENTS[0]
    scripted.over.set()
    assert list(lines) == ["cut"]


def test_a_live_log_that_leads_far_away_is_refused(scripted: ScriptedServer) -> None:
    scripted.script = lambda _: reply(b"", 302, Location="http://192.0.2.1/")
    with pytest.raises(KaggleError, match="not on this machine") as error:
        list(stream(server_at(scripted.url), KERNEL, 2))
    check_words(error)


def test_the_key_does_not_follow_a_live_log_to_another_host(scripted: ScriptedServer) -> None:
    with serving_script(lambda _: reply(FIRST, kind=SSE)) as other:
        scripted.script = lambda _: reply(b"", 302, Location=f"{other.url}/log")
        assert list(stream(server_at(scripted.url), KERNEL, 2)) == [EVENTS[0], "cut"]
        assert "authorization" not in other.seen[0].headers


@pytest.mark.parametrize(
    "limits",
    [AnswerLimits(log_quiet=0.0), AnswerLimits(log_longest=0.0), AnswerLimits(log_size=0)],
)
def test_a_live_log_is_left_when_it_is_time_to_ask_for_the_status(
    scripted: ScriptedServer, limits: AnswerLimits
) -> None:
    """Comments keep the connection open, but they say nothing about the run."""
    scripted.script = scripted.drip(CHUNKED + chunk(FIRST))
    server = replace(server_at(scripted.url), limits=limits)
    assert list(stream(server, KERNEL, 2)) == [EVENTS[0], "cut"]


@pytest.mark.parametrize("limits", [AnswerLimits(log_silence=0.1), AnswerLimits(log_start=0.1)])
def test_a_server_that_falls_silent_is_left(scripted: ScriptedServer, limits: AnswerLimits) -> None:
    scripted.script = scripted.hang
    assert list(stream(replace(server_at(scripted.url), limits=limits), KERNEL, 2)) == ["cut"]


def test_of_a_kept_log_without_end_only_so_much_is_read(scripted: ScriptedServer) -> None:
    line = b'{"data":"x\\n"}\n,'
    scripted.script = lambda _: [reply(b"", Content_Length="-"), *[b"[" + line * 20_000] * 20]
    server = replace(server_at(scripted.url), limits=AnswerLimits(log_size=1 << 20))
    *events, end = stream(server, KERNEL, 2)
    assert end == "finished"
    assert 0 < len(events) < 200_000


def test_a_line_that_says_our_secret_comes_without_it(scripted: ScriptedServer) -> None:
    scripted.script = lambda _: sse(
        b'data: {"stream_name":"stdout","data":"%b!"}\n\n' % SECRET.encode()
    )
    assert list(stream(server_at(scripted.url), KERNEL, 2)) == [
        LogEvent("stdout", 0.0, "[secret]!"),
        "cut",
    ]
