"""The scripted Kaggle, and a workspace that pushes to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from nbship.edges.kaggle.client import Kaggle
from nbship.model.workspace import Context, Workspace
from tests.support.client import QuickClock, connect
from tests.support.report import RecordedReport
from tests.support.scripted_server import (
    ScriptedServer,
    serving_script,
)
from tests.support.sending import PATIENCE, Server


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def scripted(server: Server) -> Iterator[ScriptedServer]:
    with serving_script(server) as scripted:
        yield scripted


@pytest.fixture
def clock() -> QuickClock:
    return QuickClock()


@pytest.fixture
def kaggle(scripted: ScriptedServer, clock: QuickClock) -> Kaggle:
    return connect(scripted.url, PATIENCE, clock)


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(Workspace(tmp_path, tmp_path / "inputs"), {}, RecordedReport())
