"""A renamed pair, synced in this process: no other pair hinders it, or is read without need."""

import json
from pathlib import Path

import pytest

from nbship.edges.workspace import sources
from nbship.errors import SourceError
from nbship.model.workspace import Context
from nbship.verbs.sync import sync
from tests.support.report import RecordedReport
from tests.support.workspace import Workspace

RENAMED = "notebooks/one.ipynb is renamed to notebooks/two.ipynb, as its source was"


@pytest.fixture
def paired(tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path)
    workspace.write("src_py/one.py", "# %%\na = 1\n\n# %%\nb = 2\n")
    sync(context(workspace), "one")
    return workspace


def context(workspace: Workspace) -> Context:
    opened = sources.open_workspace(workspace.root)
    return Context(opened, sources.read_catalogue(opened), RecordedReport("| ", "~ "))


def spoil(workspace: Workspace, name: str) -> None:
    """Make a pair that cannot be read: its notebook is a folder."""
    (workspace.root / f"notebooks/{name}.ipynb").mkdir(parents=True)
    workspace.write(f"src_py/{name}.py", "# %%\nc = 3\n")


def test_a_new_source_is_synced_beside_a_pair_that_cannot_be_read(paired: Workspace) -> None:
    spoil(paired, "spoilt")
    paired.write("src_py/new.py", "# %%\nd = 4\n")
    assert "updated from the source" in sync(context(paired), "new")


def test_a_notebook_that_cannot_be_read_is_named_with_a_way_out(paired: Workspace) -> None:
    spoil(paired, "spoilt")
    with pytest.raises(SourceError) as caught:
        sync(context(paired), "spoilt")
    assert str(caught.value) == "notebooks/spoilt.ipynb: cannot be read: it is a folder"
    assert caught.value.hint.endswith("or move it out of notebooks/.")


@pytest.mark.parametrize("asked", ["one", "two"])
def test_a_rename_is_followed_beside_a_pair_that_cannot_be_read(
    paired: Workspace, asked: str
) -> None:
    spoil(paired, "spoilt")
    paired.write(".nbship/sync/spoilt.json", "{}")
    (paired.root / "src_py/spoilt.py").unlink()  # as if it were the old name of a pair, too
    (paired.root / "src_py/one.py").rename(paired.root / "src_py/two.py")
    now = context(paired)
    sync(now, asked)
    assert isinstance(now.report, RecordedReport)
    assert any(RENAMED in line for line in now.report.lines)
    moved = json.loads((paired.root / "notebooks/two.ipynb").read_text())
    assert [cell["source"] for cell in moved["cells"]] == [["a = 1"], ["b = 2"]]
