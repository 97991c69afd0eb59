"""The words for a request that failed: the only place that describes an error of a library.

requests wraps the error of urllib3, which wraps that of http.client, the system or the TLS library.
The innermost error that is known says most; the names of libraries, classes and addresses in memory
say nothing to a user. It changes nothing.
"""

import errno
import http.client
import socket
import ssl
import zlib
from collections.abc import Iterator

import requests
from urllib3 import exceptions as urllib3

# The errors of the system, by number: all that a connection can end with.
_BY_NUMBER = {
    errno.ECONNRESET: "the connection was reset",
    errno.ECONNABORTED: "the connection was reset",
    errno.EPIPE: "the connection was closed while the request was sent",
    errno.ECONNREFUSED: "the connection was refused",
    errno.ETIMEDOUT: "the connection timed out",
    errno.EHOSTUNREACH: "the server cannot be reached from this network",
    errno.ENETUNREACH: "there is no network",
    errno.ENETDOWN: "there is no network",
    errno.EMFILE: "this process has too many open files",
    errno.ENFILE: "this machine has too many open files",
}
# The errors of the libraries, the most specific first.
_BY_TYPE: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
    ((socket.gaierror, urllib3.NameResolutionError), "the name of the server was not found"),
    (
        (ssl.SSLCertVerificationError,),
        "the certificate of the server is not valid for this machine",
    ),
    (
        (ssl.SSLError, urllib3.SSLError, requests.exceptions.SSLError),
        "no secure connection could be made",
    ),
    ((http.client.RemoteDisconnected,), "the connection was closed before an answer"),
    (
        (http.client.IncompleteRead, urllib3.IncompleteRead, urllib3.InvalidChunkLength),
        "the answer was cut off",
    ),
    (
        (http.client.HTTPException, urllib3.HeaderParsingError, requests.exceptions.InvalidHeader),
        "the answer is not HTTP",
    ),
    (
        (zlib.error, urllib3.DecodeError, requests.exceptions.ContentDecodingError),
        "the answer could not be unpacked",
    ),
    ((requests.TooManyRedirects,), "the server redirects in a circle"),
    (
        (
            requests.exceptions.InvalidURL,
            requests.exceptions.MissingSchema,
            requests.exceptions.InvalidSchema,
            urllib3.LocationValueError,
        ),
        "the server names an address that is not valid",
    ),
    ((requests.JSONDecodeError,), "the answer is not JSON"),
    ((urllib3.NewConnectionError,), "no connection could be made"),
    (
        (TimeoutError, urllib3.TimeoutError, requests.Timeout),
        "no answer came in time",
    ),
    ((ConnectionResetError, ConnectionAbortedError), "the connection was reset"),
    ((BrokenPipeError,), "the connection was closed while the request was sent"),
    ((ConnectionRefusedError,), "the connection was refused"),
    ((urllib3.ProxyError, requests.exceptions.ProxyError), "the proxy failed"),
    (
        (urllib3.ProtocolError, requests.exceptions.ChunkedEncodingError),
        "the connection was broken off",
    ),
    ((requests.ConnectionError,), "the connection failed"),
    ((MemoryError, OverflowError, RecursionError), "the answer is too large or too deep"),
    (
        (ValueError, TypeError, LookupError, AttributeError),
        "the answer has another form than Kaggle's",
    ),
)
_DEEPEST = 20  # errors that wrap each other


def in_words(error: BaseException) -> str:
    """Return why a request failed, as a part of a sentence without the words of a library."""
    chain = [*_chain(error)]
    for wrapped in reversed(chain):
        if words := _BY_NUMBER.get(getattr(wrapped, "errno", None) or 0):
            return words
    for kinds, words in _BY_TYPE:
        if any(isinstance(wrapped, kinds) for wrapped in chain):
            return words
    return f"an error of the kind {type(error).__name__}"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and those that it wraps, the outermost first."""
    seen: set[int] = set()
    todo = [error]
    while todo and len(seen) < _DEEPEST:
        current = todo.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        inner = (
            current.__cause__,
            current.__context__,
            getattr(current, "reason", None),
            getattr(current, "original_error", None),
            *current.args,
        )
        todo += [wrapped for wrapped in inner if isinstance(wrapped, BaseException)]
