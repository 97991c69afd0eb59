"""Downloads, from a server that lies, drips, hangs up and speaks in tongues."""

import gzip
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbship.edges.kaggle.downloads import incoming
from nbship.errors import DownloadRejected, KaggleError, ServerUnreachable
from nbship.model.run import OutputFile
from tests.support.scripted_server import CUT, Answer, Liar, dead_url, lying, reply
from tests.support.servers import CANARY, SECRET, check_words, near


@pytest.fixture
def liar(monkeypatch: pytest.MonkeyPatch) -> Iterator[Liar]:
    # Somebody else's, as a person has them in her shell.
    monkeypatch.setenv("KAGGLE_API_TOKEN", CANARY)
    with lying() as liar:
        yield liar


DATA = bytes(range(256)) * 1000


MOST = 1 << 20


def fetched(url: str, *, most: int = MOST, have: int = 0, validator: str = "") -> bytes:
    server, file = near("http://127.0.0.1:9"), OutputFile("a.bin", url)
    with incoming(server, file, most=most, have=have, validator=validator) as coming:
        return b"".join(coming.chunks)


def test_a_download_is_anonymous(liar: Liar, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc(monkeypatch)
    liar.script = lambda _: reply(DATA, kind="application/octet-stream")
    assert fetched(f"{liar.url}/a?X-Signature=abc") == DATA
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
        [
            reply(b"", Content_Length="-", Transfer_Encoding="chunked"),
            b"%x\r\n" % len(DATA) + DATA + b"\r\n0\r\n\r\n",
        ],
    ],
)
def test_a_download_comes_whole_in_every_coding(liar: Liar, answer: Answer) -> None:
    liar.script = lambda _: answer
    assert fetched(liar.url) == DATA


def test_of_a_download_that_is_too_long_only_what_was_promised_is_taken(liar: Liar) -> None:
    liar.script = lambda _: reply(b"12345") + b"678"
    assert fetched(liar.url) == b"12345"


def test_a_download_follows_to_where_the_file_lies(liar: Liar) -> None:
    with lying(lambda _: reply(b"there")) as other:
        liar.script = lambda _: reply(b"", 302, Location=f"{other.url}/b")
        assert fetched(liar.url) == b"there"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            reply(b"<Error>expired</Error>", 403, "application/xml"),
            "out (403): Words of the status",
        ),
        (reply(b"", 500), "(500)"),
        (reply(b"12345", Content_Length="10"), "broke off the connection"),
        (reply(b"12345", Content_Length="-1"), "a length that makes no sense"),
        (reply(b"12345", Content_Length="five"), "a length that makes no sense"),
        (reply(b"12345", Content_Length="9" * 19), "a length that makes no sense"),
        (reply(b"12345", Content_Length=str(MOST + 1)), "is larger than 1,048,576 bytes"),
        ([reply(b"", Content_Length="-"), DATA], "came without its length"),
        (
            reply(b"", Content_Length="-", Transfer_Encoding="chunked")
            + b"%x\r\n" % (MOST + 1)
            + b"x" * (MOST + 1)
            + b"\r\n0\r\n\r\n",
            "is larger than 1,048,576 bytes",
        ),
        (reply(b"12345", Content_Encoding="gzip"), "is no gzip"),
        (reply(gzip.compress(DATA)[:-20], Content_Encoding="gzip"), "in the middle of its gzip"),
        (reply(gzip.compress(bytes(1 << 24)), Content_Encoding="gzip"), "is larger than"),
        (reply(b"12345", Content_Encoding="br"), "in a coding that was not asked for"),
        (reply(b"12345", Content_Encoding="gzip, gzip"), "in a coding that was not asked for"),
        (reply(b"12345", 206, Content_Range="bytes 0-4/5"), "another part than the one"),
        (reply(b"", 204), "another part than the one"),
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
def test_a_download_that_fails_is_one_line(liar: Liar, answer: Answer, words: str) -> None:
    liar.script = lambda _: answer
    with pytest.raises(KaggleError) as error:
        fetched(liar.url)
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


def test_a_download_that_stops_is_given_up(liar: Liar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nbship.edges.kaggle.session._READ_TIMEOUT", 0.2)

    def script(_: object) -> Iterator[bytes]:
        yield reply(b"1", Content_Length="9")
        liar.over.wait(30)

    liar.script = script
    with pytest.raises(KaggleError, match=r"gave no answer in time|broke off") as error:
        fetched(liar.url)
    check_words(error)


def test_a_download_that_drips_is_too_slow(liar: Liar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nbship.edges.kaggle.downloads._GRACE", 0.0)
    liar.script = liar.drip(reply(b"1", Content_Length="99999"))
    with pytest.raises(KaggleError, match="comes too slowly") as error:
        fetched(liar.url)
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
    liar: Liar, tag: dict[str, str], validator: str
) -> None:
    liar.script = lambda _: reply(DATA, 200, "application/octet-stream", **tag)
    file = OutputFile("a.bin", liar.url)
    with incoming(near(liar.url), file, most=MOST) as coming:
        assert (coming.start, coming.total, coming.validator) == (0, len(DATA), validator)
    assert "range" not in liar.seen[0].headers


def test_only_the_rest_is_asked_for_where_the_server_has_the_same(liar: Liar) -> None:
    liar.script = lambda _: reply(DATA[5:], 206, Content_Range=f"bytes 5-{len(DATA) - 1}/*")
    assert fetched(liar.url, have=5, validator='"v1"') == DATA[5:]
    headers = liar.seen[0].headers
    assert (headers["range"], headers["if-range"]) == ("bytes=5-", '"v1"')
    liar.script = lambda _: reply(DATA)  # it has something else now
    assert fetched(liar.url, have=5, validator='"v1"') == DATA
    fetched(liar.url, have=5)  # nobody knows what it was
    assert "range" not in liar.seen[-1].headers


@pytest.mark.parametrize("told", ["bytes 4-9/10", "bytes 6-9/10", "bytes */10", "all of it", ""])
def test_a_rest_that_begins_elsewhere_is_refused(liar: Liar, told: str) -> None:
    liar.script = lambda _: reply(DATA[5:], 206, Content_Range=told)
    with pytest.raises(KaggleError, match="another part than the one asked for"):
        fetched(liar.url, have=5, validator='"v1"')


@pytest.mark.parametrize(
    ("status", "kind"),
    [(403, DownloadRejected), (404, DownloadRejected), (429, KaggleError), (503, KaggleError)],
)
def test_a_refusal_that_stays_is_told_from_one_that_passes(
    liar: Liar, status: int, kind: type[KaggleError]
) -> None:
    liar.script = lambda _: reply(b"", status)
    with pytest.raises(KaggleError) as error:
        fetched(liar.url)
    assert type(error.value) is kind


def test_who_stops_reading_a_download_hangs_up(liar: Liar) -> None:
    gone = threading.Event()

    def script(_: object) -> Iterator[bytes]:
        try:
            yield reply(b"x" * 100_000, Content_Length="9999999999")
            while not liar.over.is_set():
                yield b"x" * 1000
        finally:
            gone.set()

    liar.script = script
    with incoming(near(liar.url), OutputFile("a", liar.url), most=1 << 40) as coming:
        next(coming.chunks)
    assert gone.wait(30)
