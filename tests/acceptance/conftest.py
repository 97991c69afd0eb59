"""Fixtures of the acceptance tests: a workspace in a git repo, and a local Kaggle."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from nbship.model.target import RUNGS, Rung
from tests.support import neighbours
from tests.support.rungs import take
from tests.support.wheels import serve_wheels
from tests.support.workspace import TINY, WORDS, Local, Workspace, new_workspace, serving


@pytest.fixture
def bare(tmp_path: Path) -> Workspace:
    """Return a workspace in a git repository, with only a dodo.py."""
    return new_workspace(tmp_path / "lab")


@pytest.fixture(params=RUNGS)
def rung(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Rung:
    """Let the rehearsals of a test take one rung, and then the other."""
    return take(request.param, monkeypatch)


@pytest.fixture
def offline_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let uv find its packages in a folder of this machine."""
    serve_wheels(tmp_path, monkeypatch)


@pytest.fixture(scope="module")
def made_beside(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Make the workspace that all tests of a module share."""
    return neighbours.new_lab(tmp_path_factory.mktemp("neighbours") / "lab")


@pytest.fixture
def beside(made_beside: Workspace) -> Iterator[Workspace]:
    """Return a workspace with other tasks beside ours, without any built files."""
    yield made_beside
    neighbours.make_as_new(made_beside)


@pytest.fixture
def tiny() -> str:
    """Return the kernel of the small workspace; a module of tests may have another one."""
    return TINY


@pytest.fixture
def lab(bare: Workspace, tiny: str) -> Workspace:
    """Return a workspace with one small kernel and a module, committed."""
    bare.write("src_py/tiny.py", tiny)
    bare.write("src_py/words.py", WORDS)
    bare.commit()
    return bare


@pytest.fixture
def up(lab: Workspace) -> Iterator[Local]:
    """Return the running local Kaggle of the small workspace."""
    with serving(lab) as local:
        yield local
