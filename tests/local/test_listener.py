"""A server without a free descriptor waits, and does not spin."""

import resource
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from nbship.local.http.server import bind


@contextmanager
def no_descriptor() -> Iterator[None]:
    """Take away the descriptors that are not in use."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    with closing(socket.socket()) as lowest:
        number = lowest.fileno()
    resource.setrlimit(resource.RLIMIT_NOFILE, (number, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_connection_without_a_descriptor_waits(caplog: pytest.LogCaptureFixture) -> None:
    [listener] = bind(0)
    with closing(listener), closing(socket.create_connection(listener.getsockname())):
        with no_descriptor():
            for _ in range(3):
                with pytest.raises(BlockingIOError):
                    listener.accept()
        assert caplog.messages == ["connections wait: Too many open files"]
        connection, _ = listener.accept()
        connection.close()
        with pytest.raises(BlockingIOError):  # there is no other one
            listener.accept()
