"""Downloads of a run's output files, from URLs that need no credentials.

Side effects: sends requests to the URL that the server gives for a file.
"""

import contextlib
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import requests
from urllib3.exceptions import ProtocolError
from urllib3.exceptions import TimeoutError as SilenceError

from nbship.core.run.output_names import shown
from nbship.edges import clock
from nbship.edges.kaggle.errors import plain, translate_errors
from nbship.edges.kaggle.retry import with_deadline
from nbship.edges.kaggle.session import GuardedSession, Server
from nbship.errors import DownloadRejected, KaggleError
from nbship.model.run import OutputFile

_CHUNK = 1 << 18  # bytes
_SLOWEST = 1024  # bytes per second: the lowest average rate, once the grace period is over
_OK, _PARTIAL, _NO_SUCH_PART = 200, 206, 416
_PERMANENT = frozenset(range(400, 500)) - {408, 416, 429}  # statuses that a retry cannot change
_RANGE = re.compile(r"bytes (\d{1,18})-\d{1,18}/(?:\d{1,18}|\*)")
_SIZE = re.compile(r"\d{1,18}")
_GZIP = 31  # zlib's wbits for data with a gzip header


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file that is being downloaded, from byte ``start`` on.

    ``total`` is its size in bytes, or None if the server does not send it. ``validator`` (an ETag
    or a date) identifies its content; without one the download cannot be resumed.
    """

    start: int
    total: int | None
    validator: str
    chunks: Iterator[bytes]


@contextlib.contextmanager
def incoming(
    server: Server, file: OutputFile, *, most: int, have: int = 0, validator: str = ""
) -> Iterator[Incoming]:
    """Request an output file, of which the first ``have`` bytes exist locally.

    If the server still has the content that ``validator`` identifies, it sends the rest; otherwise
    the file starts again at byte 0.

    Raises:
        KaggleError: the server refuses the file, sends only a part of it or sends it too slowly,
            or the file is larger than ``most`` bytes. Iterating over the chunks raises it too.
    """
    headers = {"Accept-Encoding": "identity"}
    if have and validator:
        headers |= {"Range": f"bytes={have}-", "If-Range": validator}
    with translate_errors(server), GuardedSession(server, anonymous=True) as session:
        answer = _get(session, server, file.url, headers)
        if answer.status_code == _NO_SUCH_PART and "Range" in headers:
            del headers["Range"]
            answer.close()  # the file is shorter now: from its first byte
            answer = _get(session, server, file.url, headers)
        with contextlib.closing(answer):
            name = shown(file.name)
            _check_status(answer, name)
            start = _start(answer, name, have if "Range" in headers else 0)
            length = _length(answer, name)
            is_gzip = _is_gzip(answer, name)
            total = None if length is None or is_gzip else start + length
            if (length or 0) + start > most:
                raise _too_large(name, most)
            body = _body(server, answer, name, length)
            chunks = _decoded(body, name, most) if is_gzip else _capped(body, name, most - start)
            yield Incoming(start, total, _validator(answer), chunks)


def _get(
    session: GuardedSession, server: Server, url: str, headers: Mapping[str, str]
) -> requests.Response:
    return with_deadline(
        server.limits.file_start, lambda: session.get(url, stream=True, headers=headers)
    )


def _check_status(answer: requests.Response, name: str) -> None:
    if answer.status_code in _PERMANENT:
        raise DownloadRejected(
            f"the server refuses to send {name} ({answer.status_code}): {plain(answer.reason)}"
        )
    answer.raise_for_status()


def _start(answer: requests.Response, name: str, have: int) -> int:
    """Return the offset at which the answer starts: 0 or ``have``."""
    if answer.status_code == _OK:
        return 0
    found = _RANGE.fullmatch(answer.headers.get("Content-Range", ""))
    if answer.status_code != _PARTIAL or not found or int(found[1]) != have or not have:
        raise KaggleError(f"the server sent another part of {name} than requested")
    return have


def _length(answer: requests.Response, name: str) -> int | None:
    length = answer.headers.get("Content-Length")
    if length is None and answer.raw.chunked:
        return None
    if length is None:
        raise KaggleError(
            f"the server sent {name} without a length, so nbship cannot check that it is complete"
        )
    if not _SIZE.fullmatch(length):
        raise KaggleError(f"the server sent an invalid length of {name}")
    return int(length)


def _is_gzip(answer: requests.Response, name: str) -> bool:
    coding = answer.headers.get("Content-Encoding", "identity").strip().lower()
    if coding not in {"", "identity", "gzip"}:
        raise DownloadRejected(f"the server sent {name} in an encoding that was not requested")
    return coding == "gzip"


def _validator(answer: requests.Response) -> str:
    tag = answer.headers.get("ETag", "")
    # A weak tag does not promise the same bytes.
    return tag if tag.startswith('"') else answer.headers.get("Last-Modified", "")


def _body(
    server: Server, answer: requests.Response, name: str, length: int | None
) -> Iterator[bytes]:
    """Yield the body as it was sent, and check its rate and its length."""
    received, began = 0, clock.seconds()
    while data := _chunk(server, answer):
        received += len(data)
        yield data
        if received < _SLOWEST * (clock.seconds() - began - server.limits.file_grace):
            raise KaggleError(f"the download of {name} is too slow: {received:,} bytes so far")
    if length is not None and received != length:
        raise KaggleError(f"{name} is incomplete: received {received:,} of {length:,} bytes")


def _chunk(server: Server, answer: requests.Response) -> bytes:
    """Read the next bytes; translate errors here, so that those of the caller's disk are not."""
    with translate_errors(server):
        try:
            return bytes(answer.raw.read1(_CHUNK, decode_content=False))
        except ProtocolError as error:
            raise requests.exceptions.ChunkedEncodingError(error) from None
        except SilenceError as error:
            raise requests.Timeout(error) from None


def _capped(chunks: Iterator[bytes], name: str, most: int) -> Iterator[bytes]:
    received = 0
    for chunk in chunks:
        received += len(chunk)
        if received > most:
            raise _too_large(name, most)
        yield chunk


def _decoded(chunks: Iterator[bytes], name: str, most: int) -> Iterator[bytes]:
    """Unpack a gzip answer, which was not requested, in pieces of limited size."""
    decoder, made = zlib.decompressobj(_GZIP), 0
    try:
        for chunk in chunks:
            rest, is_full = chunk, True
            while (rest or is_full) and not decoder.eof:
                piece = decoder.decompress(rest, _CHUNK)
                rest, is_full = decoder.unconsumed_tail, len(piece) == _CHUNK
                made += len(piece)
                if made > most:
                    raise _too_large(name, most)
                yield piece
    except zlib.error:
        raise DownloadRejected(f"{name} is not gzip data, although the server says so") from None
    if not decoder.eof:
        raise KaggleError(f"the gzip data of {name} is incomplete")


def _too_large(name: str, most: int) -> DownloadRejected:
    return DownloadRejected(f"{name} is larger than {most:,} bytes: allow more with --most")
