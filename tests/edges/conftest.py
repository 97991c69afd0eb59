"""Fixtures of the edges: an empty workspace, a repo, a scripted server and a client of it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nbship.edges.kaggle.client import Kaggle
from nbship.model.workspace import Workspace
from tests.support.client import connect
from tests.support.repo import Repo
from tests.support.scripted_server import ScriptedServer, serving_script
from tests.support.servers import CANARY


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Give an empty workspace."""
    root = tmp_path / "lab"
    (root / "src_py").mkdir(parents=True)
    (root / "inputs").mkdir()
    return Workspace(root, root / "inputs")


@pytest.fixture
def write(workspace: Workspace) -> Callable[[str, str | bytes], Path]:
    """Give a function that puts a file into the workspace."""

    def write(path: str, text: str | bytes) -> Path:
        file = workspace.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return file

    return write


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """Give a repo before its first commit."""
    repo = Repo(tmp_path / "repo")
    repo.root.mkdir()
    repo.git("init", "-q", "-b", "main")
    return repo


@pytest.fixture
def scripted() -> Iterator[ScriptedServer]:
    """Give a server that says what the test has it say."""
    with serving_script() as scripted:
        yield scripted


@pytest.fixture
def kaggle(scripted: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> Kaggle:
    """Give a connection to the scripted, in a shell with somebody else's credentials."""
    monkeypatch.setenv("KAGGLE_API_TOKEN", CANARY)
    monkeypatch.setenv("KAGGLE_USERNAME", "somebody")
    monkeypatch.setenv("KAGGLE_KEY", CANARY)
    return connect(scripted.url)
