"""Fixtures: a local Kaggle for a module or for one test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.local_kaggle import Server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Share one server among the tests of a module."""
    shared = Server(tmp_path_factory.mktemp("kaggle")).start()
    yield shared
    assert shared.stop() == 0
    assert "Traceback" not in shared.stderr


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """Start a server for one test, which may stop or damage it."""
    alone = Server(tmp_path).start()
    yield alone
    if alone.process.poll() is None:
        alone.stop()


@pytest.fixture
def no_leftovers(server: Server) -> Iterator[None]:
    """Cancel sessions that a test leaves running: the server runs only two at once."""
    yield
    for kernel in server.call("ListKernels", group="PROFILE", pageSize=100)["kernels"]:
        server.call("DeleteKernel", **server.named(kernel["slug"]))
