"""Downloads of what a run left: the bytes of one file, from an address that needs no credentials.

Side effects: sends requests to wherever the server says that the file lies.
"""

import contextlib
import re
import zlib
from collections.abc import Iterator
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

_ANSWER = 60.0  # seconds until the file begins
_CHUNK = 1 << 18
_SLOWEST = 1024  # bytes a second on the average, after the time that is given to each file
_GRACE = 60.0  # seconds
_OK, _PARTIAL = 200, 206
_FOR_GOOD = frozenset(range(400, 500)) - {408, 416, 429}  # the refusals that stay
_RANGE = re.compile(r"bytes (\d{1,18})-\d{1,18}/(?:\d{1,18}|\*)")
_SIZE = re.compile(r"\d{1,18}")
_GZIP = 31  # zlib: with gzip's own header


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file that is on its way, from byte ``start`` on.

    ``total`` is its size in bytes, None where the server does not say; ``validator`` names these
    contents, and is empty where the server has no name for them: then no rest can be asked for.
    """

    start: int
    total: int | None
    validator: str
    chunks: Iterator[bytes]


@contextlib.contextmanager
def incoming(
    server: Server, file: OutputFile, *, most: int, have: int = 0, validator: str = ""
) -> Iterator[Incoming]:
    """Give the bytes of an output file, of which the first ``have`` may be here already.

    Only a server that still has the same contents gives the rest; another one begins again.

    Raises:
        KaggleError: the server does not hand it out, stops in the middle, is too slow, or the file
            is larger than ``most`` bytes; from the chunks, too.
    """
    headers = {"Accept-Encoding": "identity"}
    if have and validator:
        headers |= {"Range": f"bytes={have}-", "If-Range": validator}
    with translate_errors(server), GuardedSession(server, anonymous=True) as session:
        answer = with_deadline(_ANSWER, lambda: session.get(file.url, stream=True, headers=headers))
        with contextlib.closing(answer):
            name = shown(file.name)
            _see_whether_handed_out(answer, name)
            start = _start(answer, name, have if "Range" in headers else 0)
            length = _length(answer, name)
            is_gzip = _is_gzip(answer, name)
            total = None if length is None or is_gzip else start + length
            if (length or 0) + start > most:
                raise _too_large(name, most)
            came = _bytes(server, answer, name, length)
            chunks = _decoded(came, name, most) if is_gzip else _capped(came, name, most - start)
            yield Incoming(start, total, _validator(answer), chunks)


def _see_whether_handed_out(answer: requests.Response, name: str) -> None:
    if answer.status_code in _FOR_GOOD:
        raise DownloadRejected(
            f"{name} is not handed out ({answer.status_code}): {plain(answer.reason)}"
        )
    answer.raise_for_status()


def _start(answer: requests.Response, name: str, have: int) -> int:
    """Return with which byte the answer begins; one that was not asked for has no use."""
    if answer.status_code == _OK:
        return 0
    found = _RANGE.fullmatch(answer.headers.get("Content-Range", ""))
    if answer.status_code != _PARTIAL or not found or int(found[1]) != have or not have:
        raise KaggleError(f"{name} was answered with another part than the one asked for")
    return have


def _length(answer: requests.Response, name: str) -> int | None:
    told = answer.headers.get("Content-Length")
    if told is None and answer.raw.chunked:
        return None
    if told is None:
        raise KaggleError(f"{name} came without its length: nobody could tell whether it is whole")
    if not _SIZE.fullmatch(told):
        raise KaggleError(f"{name} has a length that makes no sense")
    return int(told)


def _is_gzip(answer: requests.Response, name: str) -> bool:
    coding = answer.headers.get("Content-Encoding", "identity").strip().lower()
    if coding not in {"", "identity", "gzip"}:
        raise DownloadRejected(f"{name} comes in a coding that was not asked for")
    return coding == "gzip"


def _validator(answer: requests.Response) -> str:
    tag = answer.headers.get("ETag", "")
    # A weak tag does not promise the same bytes.
    return tag if tag.startswith('"') else answer.headers.get("Last-Modified", "")


def _bytes(
    server: Server, answer: requests.Response, name: str, length: int | None
) -> Iterator[bytes]:
    """Yield the body as it comes over the line, and see that all of it comes."""
    received, began = 0, clock.seconds()
    while data := _chunk(server, answer):
        received += len(data)
        yield data
        if received < _SLOWEST * (clock.seconds() - began - _GRACE):
            raise KaggleError(f"{name} comes too slowly: {received:,} bytes until now")
    if length is not None and received != length:
        raise KaggleError(f"{name}: {received:,} of {length:,} bytes came")


def _chunk(server: Server, answer: requests.Response) -> bytes:
    """Read what is there; what goes wrong is translated here, apart from what the disk says."""
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
    """Unpack what the server packed unasked, a bounded piece at a time."""
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
        raise DownloadRejected(f"{name} is no gzip, although the server says so") from None
    if not decoder.eof:
        raise KaggleError(f"{name} ends in the middle of its gzip")


def _too_large(name: str, most: int) -> DownloadRejected:
    return DownloadRejected(f"{name} is larger than {most:,} bytes: allow more with --most")
