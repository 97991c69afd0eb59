"""git's merge of notebooks: by cells, and a conflict leaves a notebook that opens."""

import json
import re
import sys
from pathlib import Path

import nbformat
import pytest

from tests.support.notebooks import cell, notebook, sources
from tests.support.pair import NOTEBOOK, SOURCE, TEXT, pair_up
from tests.support.workspace import CommandResult, Workspace

pytestmark = pytest.mark.unmeasured

PATH = "notebooks/x.ipynb"
CELLS = [cell("a = 1", "aa"), cell("b = 2", "bb"), cell("c = 3", "cc")]


@pytest.fixture
def ready(bare: Workspace) -> Workspace:
    """Return a clone with git's settings and a committed notebook."""
    assert "merge.ipynb.driver" in bare.inside("doctor", "--fix").out
    bare.write(PATH, notebook(*CELLS))
    bare.commit()
    return bare


def merged(workspace: Workspace, ours: str, theirs: str, path: str = PATH) -> CommandResult:
    """Commit two versions of a file on two branches, and merge them."""
    workspace.git("checkout", "-q", "-b", "theirs")
    workspace.write(path, theirs)
    workspace.commit()
    workspace.git("checkout", "-q", "main")
    workspace.write(path, ours)
    workspace.commit()
    return workspace.run("git", "merge", "-q", "--no-edit", "theirs")


def text(workspace: Workspace, path: str = PATH) -> str:
    return (workspace.root / path).read_text(encoding="utf-8")


def test_changes_of_neighbouring_cells_merge_with_their_ids(ready: Workspace) -> None:
    a, b, c = CELLS
    ours = notebook(cell("a = 10", "aa"), b, cell("mine = 0", "mm"), c)
    theirs = notebook(cell("theirs = 0", "tt"), a, b, cell("c = 30", "cc"))
    result = merged(ready, ours, theirs)
    assert result.code in {0, 1}
    nbformat.validate(json.loads(text(ready)))
    if result.code == 0:
        assert list(sources(text(ready))) == ["tt", "aa", "bb", "mm", "cc"]


def test_a_change_in_one_cell_and_a_new_cell_elsewhere_merge(ready: Workspace) -> None:
    a, b, c = CELLS
    result = merged(
        ready, notebook(cell("a = 10", "aa"), b, c), notebook(a, b, c, cell("new = 4", "nn"))
    )
    assert result.code == 0, result.all
    assert sources(text(ready)) == {"aa": "a = 10", "bb": "b = 2", "cc": "c = 3", "nn": "new = 4"}


def test_a_conflict_is_in_its_cell_and_the_file_opens(ready: Workspace) -> None:
    result = merged(
        ready,
        notebook(cell("a = 10", "aa"), *CELLS[1:]),
        notebook(cell("a = 20", "aa"), *CELLS[1:]),
    )
    assert result.code == 1
    content = json.loads(text(ready))
    nbformat.validate(content)
    lines = "".join(content["cells"][0]["source"]).splitlines()
    assert lines == ["<<<<<<< ours", "a = 10", "=======", "a = 20", ">>>>>>> theirs"]
    assert sources(text(ready))["cc"] == "c = 3"
    assert "both modified" in ready.git("status").out


@pytest.mark.parametrize("broken", ["{", '{"cells": 3}'])
def test_what_is_no_notebook_keeps_our_version(ready: Workspace, broken: str) -> None:
    ready.git("config", "filter.nbstripout.clean", "cat")
    result = merged(ready, notebook(cell("a = 10", "aa")), broken)
    assert result.code == 1
    assert sources(text(ready)) == {"aa": "a = 10"}
    assert "git checkout --theirs notebooks/x.ipynb" in result.err


def test_without_its_python_git_keeps_our_version_and_says_what_to_type(
    ready: Workspace, tmp_path: Path
) -> None:
    b, c = CELLS[1:]
    ready.git("checkout", "-q", "-b", "theirs")
    ready.write(PATH, notebook(cell("a = 20", "aa"), b, c))
    ready.commit()
    ready.git("checkout", "-q", "main")
    ready.write(PATH, notebook(cell("a = 10", "aa"), b, c))
    ready.commit()
    gone = str(tmp_path / "gone")
    for key in ("merge.ipynb.driver", "filter.nbstripout.clean", "diff.ipynb.textconv"):
        value = ready.git("config", key).out.strip()
        ready.git("config", key, value.replace(str(Path(sys.executable).parent), gone))
    result = ready.run("git", "merge", "-q", "--no-edit", "theirs")
    assert result.code != 0
    assert re.search(rf"If {gone}/\S+ is gone, .* type: nbship doctor --fix", result.err)
    assert sources(text(ready))["aa"] == "a = 10"
    # Where git had to filter the notebook first, there is no merge to abort.
    ready.run("git", "merge", "--abort")
    ready.write(PATH, notebook(cell("a = 100", "aa"), b, c))
    status = ready.run("git", "add", PATH)
    assert status.code != 0
    assert "then type: nbship doctor --fix" in status.err
    assert ready.run("git", "show", "HEAD").code == 0  # as JSON


def test_of_a_pair_the_source_decides(bare: Workspace) -> None:
    """The source merges cleanly after the person's choice; the notebook follows."""
    paired = pair_up(bare)
    assert paired.inside("doctor", "--fix").code == 0
    paired.commit()
    paired.git("add", "-f", NOTEBOOK)
    paired.commit()
    for branch, value in (("theirs", "N = 20"), ("main", "N = 10")):
        paired.git("checkout", "-q", "-B", branch, *(() if branch == "main" else ("main",)))
        assert paired.inside("sync").code == 0
        paired.write(SOURCE, TEXT.replace("N = 3", value))
        assert paired.inside("sync").code == 0
        paired.commit()
        if branch == "theirs":
            paired.git("checkout", "-q", "main")
    assert paired.run("git", "merge", "-q", "--no-edit", "theirs").code == 1
    json.loads(text(paired, NOTEBOOK))
    result = paired.doit("sync")
    assert result.code == 1
    assert f"{SOURCE}:" in result.err
    paired.write(SOURCE, TEXT.replace("N = 3", "N = 10"))  # as at the last sync
    assert paired.inside("sync").code == 0
    assert "N = 10" in text(paired, NOTEBOOK)
    assert "<<<<<<<" not in (paired.root / SOURCE).read_text()
    assert "<<<<<<<" not in text(paired, NOTEBOOK)
