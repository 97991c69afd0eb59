"""Outputs, live logs and downloads from a server that lies, hangs up and speaks in tongues."""

import gzip
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from nbship.edges.kaggle import Kaggle
from nbship.edges.refusals import ServerUnreachable
from nbship.errors import KaggleError
from nbship.model.run import LogEvent, OutputFile
from tests.edges.liar import CUT, Answer, Liar, dead_url, lying, refusal, reply, steps
from tests.edges.speaking import CANARY, KERNEL, SECRET, check_words, connect


def test_outputs_are_all_pages_and_the_first_log(liar: Liar, kaggle: Kaggle) -> None:
    liar.script = steps(
        reply({"files": [{"fileName": "a/b.txt", "url": "u1"}], "log": "[]", "nextPageToken": "2"}),
        reply({"files": [{"fileName": "c", "url": "u2"}], "log": "other"}),
    )
    outputs = kaggle.outputs(KERNEL, 2)
    assert outputs.files == (OutputFile("a/b.txt", "u1"), OutputFile("c", "u2"))
    assert outputs.log == "[]"
    assert [seen.json.get("pageToken") for seen in liar.seen] == [None, "2"]


def test_a_list_of_outputs_without_end_is_given_up(
    liar: Liar, kaggle: Kaggle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nbship.edges.kaggle._MOST_PAGES", 3)
    liar.script = lambda _: reply({"files": [], "nextPageToken": "again"})
    with pytest.raises(KaggleError, match="has no end") as error:
        kaggle.outputs(KERNEL, 2)
    check_words(error)
    assert len(liar.seen) == 3


@pytest.mark.parametrize(
    "answer",
    [
        {"files": [None]},
        {"files": ["a"]},
        {"files": "abc"},
        {"files": 5},
        {"files": [{"url": "u"}]},
        {"files": [{"fileName": ["a"], "url": "u"}]},
        {"files": [{"fileName": "a", "url": 5}]},
        {"files": [{"fileName": "a"}]},
        {"files": [], "log": ["x"]},
        {"files": [], "log": {"x": 1}},
    ],
)
def test_a_list_of_outputs_of_another_shape_makes_no_sense(
    liar: Liar, kaggle: Kaggle, answer: object
) -> None:
    liar.script = lambda _: reply(answer)
    with pytest.raises(KaggleError, match="makes no sense") as error:
        kaggle.outputs(KERNEL, 2)
    check_words(error)


# --- the live log ------------------------------------------------------------------------------

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
    liar: Liar, kaggle: Kaggle, answer: Answer, expected: list[LogEvent]
) -> None:
    liar.script = lambda _: answer
    assert list(kaggle.stream(KERNEL, 2)) == expected
    seen = liar.seen[0]
    assert (seen.method, seen.path) == (
        "GET",
        "/api/v1/kernels/logs/stream/awa/tiny-kernel?versionLabel=v2",
    )
    assert seen.headers["accept"] == "text/event-stream, */*"
    assert "content-type" not in seen.headers
    assert CANARY not in str(seen)


def test_a_live_log_where_nobody_listens_is_empty() -> None:
    assert list(connect(dead_url()).stream(KERNEL, 2)) == []


def test_a_live_log_is_live(liar: Liar, kaggle: Kaggle) -> None:
    """A line is there before the next one is sent."""

    def script(_: object) -> Iterator[bytes]:
        yield CHUNKED + chunk(FIRST)
        liar.over.wait(30)

    liar.script = script
    lines = kaggle.stream(KERNEL, 2)
    assert next(lines) == EVENTS[0]
    liar.over.set()
    assert list(lines) == []


def test_a_live_log_that_leads_far_away_is_refused(liar: Liar, kaggle: Kaggle) -> None:
    liar.script = lambda _: reply(b"", 302, Location="http://192.0.2.1/")
    with pytest.raises(KaggleError, match="not on this machine") as error:
        list(kaggle.stream(KERNEL, 2))
    check_words(error)


def test_the_key_does_not_follow_a_live_log_to_another_host(liar: Liar, kaggle: Kaggle) -> None:
    with lying(lambda _: reply(FIRST, kind=SSE)) as other:
        liar.script = lambda _: reply(b"", 302, Location=f"{other.url}/log")
        assert list(kaggle.stream(KERNEL, 2)) == EVENTS[:1]
        assert "authorization" not in other.seen[0].headers


# --- downloads ---------------------------------------------------------------------------------

DATA = bytes(range(256)) * 1000


def download(kaggle: Kaggle, url: str) -> bytes:
    return b"".join(kaggle.download(OutputFile("a.bin", url)))


def test_a_download_is_anonymous(
    liar: Liar, kaggle: Kaggle, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc(monkeypatch)
    liar.script = lambda _: reply(DATA, kind="application/octet-stream")
    assert download(kaggle, f"{liar.url}/a?X-Signature=abc") == DATA
    [seen] = liar.seen
    assert seen.path == "/a?X-Signature=abc"
    assert not {"authorization", "content-type", "cookie"} & set(seen.headers)
    assert SECRET not in str(seen)


def netrc(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lay out a ~/.netrc with a password for this machine."""
    file = Path.home() / ".netrc"
    file.write_text(f"machine 127.0.0.1 login awa password {CANARY}\n")
    file.chmod(0o600)
    monkeypatch.setenv("NETRC", str(file))


@pytest.mark.parametrize(
    "answer",
    [
        reply(gzip.compress(DATA), Content_Encoding="gzip"),
        [reply(b"", Content_Length="-"), DATA],
        [
            reply(b"", Content_Length="-", Transfer_Encoding="chunked"),
            b"%x\r\n" % len(DATA) + DATA + b"\r\n0\r\n\r\n",
        ],
    ],
)
def test_a_download_comes_whole_in_every_coding(liar: Liar, kaggle: Kaggle, answer: Answer) -> None:
    liar.script = lambda _: answer
    assert download(kaggle, liar.url) == DATA


def test_of_a_download_that_is_too_long_only_what_was_promised_is_taken(
    liar: Liar, kaggle: Kaggle
) -> None:
    liar.script = lambda _: reply(b"12345") + b"678"
    assert download(kaggle, liar.url) == b"12345"


def test_a_download_follows_to_where_the_file_lies(liar: Liar, kaggle: Kaggle) -> None:
    with lying(lambda _: reply(b"there")) as other:
        liar.script = lambda _: reply(b"", 302, Location=f"{other.url}/b")
        assert download(kaggle, liar.url) == b"there"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (reply(b"<Error>expired</Error>", 403, "application/xml"), "(403): Words of the status"),
        (reply(b"", 500), "(500)"),
        (reply(b"12345", Content_Length="10"), "broke off the connection"),
        (reply(b"12345", Content_Length="-1"), "5 of -1 bytes"),
        (reply(b"12345", Content_Length="five"), "makes no sense"),
        (reply(b"12345", Content_Encoding="gzip"), "makes no sense"),
        (
            [reply(b"", Content_Length="-", Transfer_Encoding="chunked"), b"5\r\n123"],
            "broke off the connection",
        ),
        (reply(b"", 302, Location="http://192.0.2.1/a"), "192.0.2.1 is not on this machine"),
        (reply(b"", 302, Location="file:///etc/passwd"), "file:///etc/passwd is not on"),
        (reply(b"", 302, Location="http://["), "makes no sense"),
        (reply(b"", 302, Location="/round/and/round"), "makes no sense"),
        (b"", "broke off the connection"),
        (CUT, "broke off the connection"),
    ],
)
def test_a_download_that_fails_is_one_line(
    liar: Liar, kaggle: Kaggle, answer: Answer, words: str
) -> None:
    liar.script = lambda _: answer
    with pytest.raises(KaggleError) as error:
        download(kaggle, liar.url)
    assert type(error.value) is KaggleError
    assert words in check_words(error)


@pytest.mark.parametrize(
    "url", ["", "no address", "file:///etc/passwd", "http://", "http://[", "ftp://127.0.0.1/x"]
)
def test_an_address_that_is_none_is_one_line(kaggle: Kaggle, url: str) -> None:
    with pytest.raises(KaggleError) as error:
        download(kaggle, url)
    check_words(error)


def test_a_download_where_nobody_listens(kaggle: Kaggle) -> None:
    with pytest.raises(ServerUnreachable) as error:
        download(kaggle, dead_url())
    check_words(error)


def test_a_download_that_stops_is_given_up(
    liar: Liar, kaggle: Kaggle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nbship.edges.network._READ_TIMEOUT", 0.2)

    def script(_: object) -> Iterator[bytes]:
        yield reply(b"1", Content_Length="9")
        liar.over.wait(30)

    liar.script = script
    with pytest.raises(KaggleError, match=r"gave no answer in time|broke off") as error:
        download(kaggle, liar.url)
    check_words(error)


def test_who_stops_reading_a_download_hangs_up(liar: Liar, kaggle: Kaggle) -> None:
    gone = threading.Event()

    def script(_: object) -> Iterator[bytes]:
        try:
            yield reply(b"x" * 100_000, Content_Length="9999999999")
            while not liar.over.is_set():
                yield b"x" * 1000
        finally:
            gone.set()

    liar.script = script
    chunks = kaggle.download(OutputFile("a", liar.url))
    for _ in chunks:
        break
    del chunks
    assert gone.wait(30)
