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
