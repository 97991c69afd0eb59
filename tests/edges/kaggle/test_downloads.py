"""Downloads from a server that sends wrong, slow, incomplete or unreadable answers."""

import gzip
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from nbship.edges.kaggle.downloads import incoming
from nbship.edges.kaggle.session import DEFAULT_LIMITS, AnswerLimits
from nbship.errors import DownloadRejected, KaggleError, ServerUnreachable
from nbship.model.run import OutputFile
from tests.support.scripted_server import (
    CUT,
    Answer,
    ScriptedServer,
    dead_url,
    reply,
    serving_script,
)
from tests.support.servers import CANARY, SECRET, check_words, server_at


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedServer]:
    # A real token of the user, as it may be in the environment.
    monkeypatch.setenv("KAGGLE_API_TOKEN", CANARY)
    with serving_script() as scripted:
        yield scripted


DATA = bytes(range(256)) * 1000
MOST = 1 << 20  # bytes


def fetched(
    url: str, *, have: int = 0, validator: str = "", limits: AnswerLimits = DEFAULT_LIMITS
) -> bytes:
    server = replace(server_at("http://127.0.0.1:9"), limits=limits)
    file = OutputFile("a.bin", url)
    with incoming(server, file, most=MOST, have=have, validator=validator) as coming:
        return b"".join(coming.chunks)


def test_a_download_is_anonymous(scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc(monkeypatch)
    scripted.script = lambda _: reply(DATA, kind="application/octet-stream")
    assert fetched(f"{scripted.url}/a?X-Signature=abc") == DATA
    [seen] = scripted.seen
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
        [
            reply(b"", Content_Length="-", Transfer_Encoding="chunked"),
            b"%x\r\n" % len(DATA) + DATA + b"\r\n0\r\n\r\n",
        ],
    ],
)
def test_a_download_comes_whole_in_every_coding(scripted: ScriptedServer, answer: Answer) -> None:
    scripted.script = lambda _: answer
    assert fetched(scripted.url) == DATA


def test_of_a_download_that_is_too_long_only_what_was_promised_is_taken(
    scripted: ScriptedServer,
) -> None:
    scripted.script = lambda _: reply(b"12345") + b"678"
    assert fetched(scripted.url) == b"12345"


def test_a_download_follows_to_where_the_file_lies(scripted: ScriptedServer) -> None:
    with serving_script(lambda _: reply(b"there")) as other:
        scripted.script = lambda _: reply(b"", 302, Location=f"{other.url}/b")
        assert fetched(scripted.url) == b"there"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            reply(b"<Error>expired</Error>", 403, "application/xml"),
            "refuses to send 'a.bin' (403): Words of the status",
        ),
        (reply(b"", 500), "(500)"),
        (reply(b"12345", Content_Length="10"), "broke off the connection"),
        (reply(b"12345", Content_Length="-1"), "an invalid length"),
        (reply(b"12345", Content_Length="five"), "an invalid length"),
        (reply(b"12345", Content_Length="9" * 19), "an invalid length"),
        (reply(b"12345", Content_Length=str(MOST + 1)), "is larger than 1,048,576 bytes"),
        ([reply(b"", Content_Length="-"), DATA], "without a length"),
        (
            reply(b"", Content_Length="-", Transfer_Encoding="chunked")
            + b"%x\r\n" % (MOST + 1)
            + b"x" * (MOST + 1)
            + b"\r\n0\r\n\r\n",
            "is larger than 1,048,576 bytes",
        ),
        (reply(b"12345", Content_Encoding="gzip"), "is not gzip data"),
        (
            reply(gzip.compress(DATA)[:-20], Content_Encoding="gzip"),
            "the gzip data of 'a.bin' is incomplete",
        ),
        (reply(gzip.compress(bytes(1 << 24)), Content_Encoding="gzip"), "is larger than"),
        (reply(b"12345", Content_Encoding="br"), "in an encoding that was not requested"),
        (reply(b"12345", Content_Encoding="gzip, gzip"), "in an encoding that was not requested"),
        (
            reply(b"12345", 206, Content_Range="bytes 0-4/5"),
            "another part of 'a.bin' than requested",
        ),
        (reply(b"", 204), "another part of 'a.bin' than requested"),
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
    scripted: ScriptedServer, answer: Answer, words: str
) -> None:
    scripted.script = lambda _: answer
    with pytest.raises(KaggleError) as error:
        fetched(scripted.url)
    assert words in check_words(error)


@pytest.mark.parametrize(
    "url", ["", "no address", "file:///etc/passwd", "http://", "http://[", "ftp://127.0.0.1/x"]
)
def test_an_address_that_is_none_is_one_line(url: str) -> None:
    with pytest.raises(KaggleError) as error:
        fetched(url)
    check_words(error)


def test_a_download_where_nobody_listens() -> None:
    with pytest.raises(ServerUnreachable) as error:
        fetched(dead_url())
    check_words(error)


def test_a_download_that_stops_is_given_up(scripted: ScriptedServer) -> None:
    def script(_: object) -> Iterator[bytes]:
        yield reply(b"1", Content_Length="9")
        scripted.over.wait(30)

    scripted.script = script
    with pytest.raises(KaggleError, match=r"did not answer in time|broke off") as error:
        fetched(scripted.url, limits=AnswerLimits(read=0.2))
    check_words(error)


def test_a_download_that_drips_is_too_slow(scripted: ScriptedServer) -> None:
    scripted.script = scripted.drip(reply(b"1", Content_Length="99999"))
    with pytest.raises(KaggleError, match=r"the download of 'a\.bin' is too slow") as error:
        fetched(scripted.url, limits=AnswerLimits(file_grace=0.0))
    check_words(error)


@pytest.mark.parametrize(
    ("tag", "validator"),
    [
        ({"ETag": '"v1"'}, '"v1"'),
        ({"Last_Modified": "Wed, 25 Nov 2026 01:00:00 GMT"}, "Wed, 25 Nov 2026 01:00:00 GMT"),
        ({"ETag": 'W/"v1"', "Last_Modified": "Wed"}, "Wed"),
        ({"ETag": 'W/"v1"'}, ""),
        ({}, ""),
    ],
)
def test_contents_are_known_again_by_what_the_server_calls_them(
    scripted: ScriptedServer, tag: dict[str, str], validator: str
) -> None:
    scripted.script = lambda _: reply(DATA, 200, "application/octet-stream", **tag)
    file = OutputFile("a.bin", scripted.url)
    with incoming(server_at(scripted.url), file, most=MOST) as coming:
        assert (coming.start, coming.total, coming.validator) == (0, len(DATA), validator)
    assert "range" not in scripted.seen[0].headers


def test_only_the_rest_is_asked_for_where_the_server_has_the_same(scripted: ScriptedServer) -> None:
    scripted.script = lambda _: reply(DATA[5:], 206, Content_Range=f"bytes 5-{len(DATA) - 1}/*")
    assert fetched(scripted.url, have=5, validator='"v1"') == DATA[5:]
    headers = scripted.seen[0].headers
    assert (headers["range"], headers["if-range"]) == ("bytes=5-", '"v1"')
    scripted.script = lambda _: reply(DATA)  # it has something else now
    assert fetched(scripted.url, have=5, validator='"v1"') == DATA
    fetched(scripted.url, have=5)  # without a validator
    assert "range" not in scripted.seen[-1].headers


def test_a_file_that_is_shorter_now_is_fetched_from_its_first_byte(
    scripted: ScriptedServer,
) -> None:
    scripted.script = lambda request: reply(b"", 416) if "range" in request.headers else reply(DATA)
    assert fetched(scripted.url, have=500, validator='"v1"') == DATA
    assert ["range" in seen.headers for seen in scripted.seen] == [True, False]


@pytest.mark.parametrize(
    "content_range", ["bytes 4-9/10", "bytes 6-9/10", "bytes */10", "all of it", ""]
)
def test_a_rest_that_begins_elsewhere_is_refused(
    scripted: ScriptedServer, content_range: str
) -> None:
    scripted.script = lambda _: reply(DATA[5:], 206, Content_Range=content_range)
    with pytest.raises(KaggleError, match=r"another part of 'a\.bin' than requested"):
        fetched(scripted.url, have=5, validator='"v1"')


@pytest.mark.parametrize(
    ("status", "kind"),
    [(403, DownloadRejected), (404, DownloadRejected), (429, KaggleError), (503, KaggleError)],
)
def test_a_refusal_that_stays_is_told_from_one_that_passes(
    scripted: ScriptedServer, status: int, kind: type[KaggleError]
) -> None:
    scripted.script = lambda _: reply(b"", status)
    with pytest.raises(KaggleError) as error:
        fetched(scripted.url)
    assert type(error.value) is kind


def test_who_stops_reading_a_download_hangs_up(scripted: ScriptedServer) -> None:
    gone = threading.Event()

    def script(_: object) -> Iterator[bytes]:
        try:
            yield reply(b"x" * 100_000, Content_Length="9999999999")
            while not scripted.over.is_set():
                yield b"x" * 1000
        finally:
            gone.set()

    scripted.script = script
    with incoming(server_at(scripted.url), OutputFile("a", scripted.url), most=1 << 40) as coming:
        next(coming.chunks)
    assert gone.wait(30)
