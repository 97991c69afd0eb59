"""The environments of uv: made once for the same header, again if torn, and refused in one line."""

import sys
from pathlib import Path

import pytest

from nbship.core.python.newer_syntax import KAGGLE
from nbship.edges.rehearsal import environment
from nbship.errors import SourceError, WorkspaceError
from nbship.model.workspace import Workspace
from tests.support.wheels import THIS_PYTHON, serve_wheels


@pytest.fixture(autouse=True)
def _offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    serve_wheels(tmp_path, monkeypatch)


def test_it_is_made_once_and_again_where_it_is_torn(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    assert environment.made(workspace, THIS_PYTHON, ["aardvark"]) is None
    facts = environment.find(workspace, THIS_PYTHON, ["aardvark"], said.append)
    (packages,) = map(Path, facts["packages"])
    assert (packages / "aardvark.py").is_file()
    assert facts["version"] == list(sys.version_info[:3])
    folder = packages.parents[3]
    assert environment.made(workspace, THIS_PYTHON, ["aardvark"]) == facts
    assert environment.made(workspace, THIS_PYTHON, []) is None
    assert said[0] == "uv makes an environment with 1 package"
    assert len(said) == 1 + (sys.version_info[:2] != KAGGLE)
    with monkeypatch.context() as without:
        without.setattr(environment, "_PROGRAM", "no-such-program")
        assert environment.find(workspace, THIS_PYTHON, ["aardvark"], said.append) == facts
        with pytest.raises(WorkspaceError, match="uv is not installed") as error:
            environment.find(workspace, "", ["aardvark"], said.append)
    assert error.value.hint.startswith("pip install uv")
    for torn in ("", "{", '{"executable": "/no/such", "version": [], "packages": []}'):
        (folder / "made.json").write_text(torn)
        assert environment.find(workspace, THIS_PYTHON, ["aardvark"], said.append) == facts
    packages.rename(packages.with_name("moved"))
    assert environment.made(workspace, THIS_PYTHON, ["aardvark"]) is None
    assert environment.find(workspace, THIS_PYTHON, ["aardvark"], said.append) == facts
    assert said.count(said[0]) == 5


@pytest.mark.parametrize(
    ("python", "packages", "words"),
    [
        (
            THIS_PYTHON,
            ["aardvark>=2"],
            "only aardvark==1.0 is available",
        ),
        (THIS_PYTHON, ["no-such-thing"], "no-such-thing was not found"),
        ("==3.99.*", [], "3.99"),
    ],
)
def test_what_uv_cannot_make_is_told_in_one_line_and_leaves_nothing(
    workspace: Workspace, python: str, packages: list[str], words: str
) -> None:
    with pytest.raises(SourceError, match=words) as error:
        environment.find(workspace, python, packages, lambda _: None)
    assert error.value.message.isprintable()
    assert not list(workspace.path(workspace.layout.environments).iterdir())
