"""The words for a request that failed contain no word of a library."""

import errno
import http.client
import json
import re
import socket
import ssl
import zlib

import pytest
import requests
from urllib3 import exceptions as urllib3
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool

from nbship.edges.kaggle.failed_requests import in_words
from tests.support.scripted_server import dead_url

POOL = HTTPConnection("127.0.0.1", 9)
# A word of a library, an address in memory, the name of a class, or an error number.
FOREIGN = re.compile(r"0x|Pool|Max retries|Errno|urllib3|requests|http\.client|Error|Exception|\(")


def wrapped(error: BaseException) -> requests.ConnectionError:
    """Return an error as requests wraps it: in one of urllib3, in its own."""
    return requests.ConnectionError(urllib3.MaxRetryError(POOL, "/", error))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ConnectionResetError(errno.ECONNRESET, "reset by peer"), "the connection was reset"),
        (ConnectionResetError("reset"), "the connection was reset"),
        (BrokenPipeError(errno.EPIPE, "pipe"), "was closed while the request was sent"),
        (BrokenPipeError("pipe"), "was closed while the request was sent"),
        (ConnectionRefusedError(errno.ECONNREFUSED, "no"), "the connection was refused"),
        (OSError(errno.ENETUNREACH, "no route"), "there is no network"),
        (OSError(errno.EHOSTUNREACH, "no route"), "cannot be reached from this network"),
        (OSError(errno.EMFILE, "too many"), "too many open files"),
        (socket.gaierror(-2, "Name or service not known"), "the name of the server was not found"),
        (urllib3.NewConnectionError(POOL, "failed"), "no connection could be made"),
        (ssl.SSLCertVerificationError("self-signed"), "the certificate of the server is not valid"),
        (ssl.SSLError("wrong version"), "no secure connection could be made"),
        (urllib3.ProxyError("proxy", OSError("odd")), "the proxy failed"),
        (
            urllib3.ReadTimeoutError(HTTPConnectionPool("127.0.0.1", 9), "/", "slow"),
            "no answer came in time",
        ),
        (TimeoutError("slow"), "no answer came in time"),
        (http.client.RemoteDisconnected("gone"), "was closed before an answer"),
        (http.client.IncompleteRead(b"12", 3), "the answer was cut off"),
        (urllib3.IncompleteRead(2, 3), "the answer was cut off"),
        (http.client.BadStatusLine("garbage"), "the answer is not HTTP"),
        (urllib3.ProtocolError("Connection broken", OSError("odd")), "was broken off"),
        (urllib3.DecodeError("gzip"), "could not be unpacked"),
        (zlib.error("gzip"), "could not be unpacked"),
        (requests.TooManyRedirects("30"), "redirects in a circle"),
        (requests.exceptions.InvalidURL("http://["), "names an address that is not valid"),
        (requests.exceptions.InvalidSchema("ftp"), "names an address that is not valid"),
        (requests.JSONDecodeError("Expecting value", "", 0), "the answer is not JSON"),
    ],
)
def test_every_error_of_a_connection_has_words(error: BaseException, words: str) -> None:
    for known in (error, wrapped(error)):
        assert words in in_words(known)
        assert not FOREIGN.search(in_words(known))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            json.JSONDecodeError("Expecting value", "", 0),
            "the answer has another form than Kaggle's",
        ),
        (RecursionError("maximum depth"), "the answer is too large or too deep"),
        (KeyError("NEW_STATE"), "the answer has another form than Kaggle's"),
        (AttributeError("'list' object has no"), "the answer has another form than Kaggle's"),
        (RuntimeError("odd"), "an error of the kind RuntimeError"),
        (requests.ConnectionError("odd"), "the connection failed"),
    ],
)
def test_every_other_error_has_words(error: BaseException, words: str) -> None:
    assert in_words(error) == words


def test_an_error_that_contains_itself_has_words() -> None:
    error = urllib3.ProtocolError("odd")
    error.args = (error,)
    error.__context__ = error
    assert in_words(error) == "the connection was broken off"


def test_a_real_connection_to_nobody_has_words() -> None:
    session = requests.Session()
    with pytest.raises(requests.ConnectionError) as error:
        session.get(dead_url(), timeout=5)
    assert in_words(error.value) == "the connection was refused"
