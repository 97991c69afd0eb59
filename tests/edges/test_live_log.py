"""The live log, from a server that lies, drips, hangs up and speaks in tongues."""

from collections.abc import Iterable, Iterator

import pytest

from nbship.edges.live_log import stream
from nbship.errors import KaggleError
from nbship.model.run import LogEvent
from tests.edges.liar import CUT, Answer, Liar, dead_url, lying, refusal, reply
from tests.edges.near import CANARY, KERNEL, check_words, near


@pytest.fixture
def liar(monkeypatch: pytest.MonkeyPatch) -> Iterator[Liar]:
    # Somebody else's, as a person has them in her shell.
    monkeypatch.setenv("KAGGLE_API_TOKEN", CANARY)
    with lying() as liar:
        yield liar


FIRST = b'data: {"stream_name":"stdout","time":1.5,"data":"one\\n"}\n\n'
SECOND = b'data: {"stream_name":"stderr","time":2,"data":"two\\r\\n"}\r\n\r\n'
EVENTS = [LogEvent("stdout", 1.5, "one\n"), LogEvent("stderr", 2.0, "two\r\n")]
SSE = "text/event-stream; charset=utf-8"
CHUNKED = reply(b"", kind=SSE, Content_Length="-", Transfer_Encoding="chunked")


def sse(*parts: bytes) -> Iterable[bytes]:
    """Return a stream whose parts come one by one, and whose end is the end of the connection."""
    return [reply(b"", kind=SSE, Content_Length="-"), *parts]


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (sse(FIRST, SECOND, b"data: END_OF_LOG\n\n", FIRST), EVENTS),
        (sse(FIRST, SECOND), EVENTS),
        (sse(b": a comment\n\n", FIRST, b"event: x\nid: 1\n", SECOND), EVENTS),
        (sse(FIRST[:20], FIRST[20:] + SECOND[:9], SECOND[9:]), EVENTS),
        (sse(b"data: junk\ndata: 5\ndata: []\ndata: {}\ndata:\ndata\n", FIRST), EVENTS[:1]),
        (sse(b'data: {"data": 5}\ndata: {"data": null}\n', FIRST), EVENTS[:1]),
        (sse(b"data: " + b"[" * 100_000 + b"\n", FIRST), EVENTS[:1]),
        (sse(b"\xff\xfe\x00data: x\n", FIRST), EVENTS[:1]),
        (sse(b"data: \xff\n", FIRST), EVENTS[:1]),
        (sse(FIRST, SECOND[:-8]), EVENTS[:1]),
        (sse(b'data:{"data":"one\\n","stream_name":"stdout","time":1.5}\n'), EVENTS[:1]),
        ([CHUNKED, chunk(FIRST), chunk(SECOND)[:9]], EVENTS[:1]),
        ([CHUNKED, b"Z\r\n"], []),
        (reply(b"[]", kind="application/json"), []),
        (reply(FIRST, kind="-"), []),
        (reply(FIRST, 404, SSE), []),
        (refusal(404, "not yet"), []),
        (reply(b"x", 302, Location="/elsewhere/for/ever"), []),
        (b"", []),
        (CUT, []),
        (b"garbage", []),
    ],
)
def test_the_lines_of_a_live_log_come_until_it_ends_in_any_way(
    liar: Liar, answer: Answer, expected: list[LogEvent]
) -> None:
    liar.script = lambda _: answer
    assert list(stream(near(liar.url), KERNEL, 2)) == expected
    seen = liar.seen[0]
    assert (seen.method, seen.path) == (
        "GET",
        "/api/v1/kernels/logs/stream/awa/tiny-kernel?versionLabel=v2",
    )
    assert seen.headers["accept"] == "text/event-stream, */*"
    assert "content-type" not in seen.headers
    assert CANARY not in str(seen)


def test_a_live_log_where_nobody_listens_is_empty() -> None:
    assert list(stream(near(dead_url()), KERNEL, 2)) == []


def test_a_live_log_is_live(liar: Liar) -> None:
    """A line is there before the next one is sent."""

    def script(_: object) -> Iterator[bytes]:
        yield CHUNKED + chunk(FIRST)
        liar.over.wait(30)

    liar.script = script
    lines = stream(near(liar.url), KERNEL, 2)
    assert next(lines) == EVENTS[0]
    liar.over.set()
    assert list(lines) == []


def test_a_live_log_that_leads_far_away_is_refused(liar: Liar) -> None:
    liar.script = lambda _: reply(b"", 302, Location="http://192.0.2.1/")
    with pytest.raises(KaggleError, match="not on this machine") as error:
        list(stream(near(liar.url), KERNEL, 2))
    check_words(error)


def test_the_key_does_not_follow_a_live_log_to_another_host(liar: Liar) -> None:
    with lying(lambda _: reply(FIRST, kind=SSE)) as other:
        liar.script = lambda _: reply(b"", 302, Location=f"{other.url}/log")
        assert list(stream(near(liar.url), KERNEL, 2)) == EVENTS[:1]
        assert "authorization" not in other.seen[0].headers
