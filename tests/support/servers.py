"""Servers on loopback for the tests of the edges, and a check of the messages."""

import pytest

from nbship.edges.kaggle.credentials import Credentials
from nbship.edges.kaggle.session import Server
from nbship.errors import KaggleError

SECRET = "the-key-of-the-local-kaggle"  # noqa: S105 - made up
CANARY = "KGAT_0123456789abcdef-of-somebody-else"
KERNEL = "awa/tiny-kernel"


def server_at(url: str) -> Server:
    return Server("local", url, Credentials("awa", SECRET), uses_proxy=False)


def check_words(error: pytest.ExceptionInfo[KaggleError]) -> str:
    """Return a message after checking that it is printable and has no secret."""
    words = error.value.message
    assert words.isprintable(), repr(words)  # one line, no escapes
    assert len(words) < 2000
    for secret in (SECRET, CANARY, "Authorization"):
        assert secret not in words + error.value.hint
    return words
