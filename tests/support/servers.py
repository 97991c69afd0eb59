"""A server on loopback as an edge sees it, and what a person may be told of its answers."""

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
    """Return a message after a look whether a person and a terminal may have it."""
    words = error.value.message
    assert words.isprintable(), repr(words)  # one line, no escapes
    assert len(words) < 2000
    for secret in (SECRET, CANARY, "Authorization"):
        assert secret not in words + error.value.hint
    return words
