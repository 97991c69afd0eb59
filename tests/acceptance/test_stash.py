"""The outputs of a notebook survive git's stash, checkout and reset."""

import json

import pytest

from tests.support.notebooks import cell, notebook
from tests.support.workspace import Workspace

pytestmark = pytest.mark.unmeasured

PATH = "notebooks/x.ipynb"
RAN = notebook(cell("a = 1", "aa"), cell("b = 2", "bb"))


@pytest.fixture
def ready(bare: Workspace) -> Workspace:
    """Return a clone with the filter, and a pair whose committed notebook was run again."""
    assert bare.inside("doctor", "--fix").code == 0
    bare.write(PATH, RAN)
    assert bare.inside("sync").code == 0
    bare.commit()
    bare.write(PATH, (bare.root / PATH).read_text().replace("OUTPUT of", "NEW OUTPUT of"))
    return bare


def outputs(workspace: Workspace) -> list[str]:
    cells = json.loads((workspace.root / PATH).read_text())["cells"]
    return ["".join(output["text"]) for each in cells for output in each["outputs"]]


@pytest.mark.sample(2)
@pytest.mark.parametrize(
    "commands",
    [
        [["stash"], ["stash", "pop"]],
        [["add", "-A"], ["rm", "-q", "--cached", PATH], ["reset", "-q", "--hard"]],
        [["diff"], ["checkout", "-q", "-f", "HEAD"], ["checkout", "-q", "HEAD", "--", PATH]],
    ],
    ids=lambda commands: commands[0][0],
)
def test_outputs_come_back_with_the_next_sync(ready: Workspace, commands: list[list[str]]) -> None:
    ready.write("README", "another change\n")
    ready.git("add", "README")
    for command in commands:
        ready.run("git", *command)
    result = ready.doit("sync")
    assert result.code == 0, result.all
    assert outputs(ready) == ["NEW OUTPUT of aa\n", "NEW OUTPUT of bb\n"]
    if "gets the outputs back" in result.out:
        assert ".nbship/outputs/x.ipynb" in result.out
    assert ready.inside("sync").out.endswith("sync: nothing to do for x\n")


@pytest.mark.sample(2)
@pytest.mark.parametrize("commands", [[], [["add", "-A"]], [["stash"], ["stash", "pop"]]])
def test_outputs_that_a_person_clears_stay_away(
    ready: Workspace, commands: list[list[str]]
) -> None:
    """Jupyter saves what git's filter would make, but without git's mark in the second line."""
    ready.git("add", "-A")
    content = json.loads((ready.root / PATH).read_text())
    for each in content["cells"]:
        each |= {"outputs": [], "execution_count": None}
    ready.write(PATH, json.dumps(content, indent=1) + "\n")
    ready.write("README", "another change\n")
    ready.git("add", "README")
    for command in commands:
        ready.git(*command)
    assert ready.nbship("sync").code == 0
    assert outputs(ready) == []


def test_who_wants_no_outputs_removes_the_copy(ready: Workspace) -> None:
    ready.git("stash", "-q")
    (ready.root / ".nbship/outputs/x.ipynb").unlink()
    assert ready.inside("sync").code == 0
    assert outputs(ready) == []


def test_another_notebook_is_not_filled_with_old_outputs(ready: Workspace) -> None:
    ready.git("stash", "-q")
    ready.replace("src_py/x.py", "a = 1", "a = 2")
    assert ready.inside("sync").code == 0
    assert outputs(ready) in ([], ["NEW OUTPUT of bb\n"])


def test_notebooks_outside_a_workspace_are_not_kept(ready: Workspace) -> None:
    ready.write("elsewhere/y.ipynb", RAN)
    ready.git("add", "-A")
    assert not list((ready.root / ".nbship").rglob("y.ipynb"))
    assert not list((ready.root / ".nbship").rglob("nbship-doctor.ipynb"))


def test_a_change_of_the_branch_is_no_change_of_a_file(ready: Workspace) -> None:
    """The last sync was on the other branch; since then a person changed the notebook alone."""
    ready.git("checkout", "-q", "-b", "other")
    ready.replace("src_py/x.py", "a = 1", "a = 2")
    assert ready.inside("sync").code == 0
    ready.commit()
    ready.git("checkout", "-q", "main")
    ready.replace(PATH, "a = 1", "a = 3")
    result = ready.inside("sync")
    assert result.code == 0, result.all
    assert "src_py/x.py is updated from the notebook" in result.out
    assert "a = 3" in (ready.root / "src_py/x.py").read_text()
