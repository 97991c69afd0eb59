"""A renamed source takes its notebook along, with the outputs."""

import pytest

from tests.support.pair import NOTEBOOK, SOURCE, outputs, pair_up
from tests.support.workspace import Workspace

pytestmark = pytest.mark.unmeasured


@pytest.mark.sample(2)
@pytest.mark.parametrize("new", ["hausa", "able", "deep/er/fula", "Fula"])
def test_the_notebook_follows_with_its_outputs(bare: Workspace, new: str) -> None:
    """The new name is before or after the old one, in another folder, or another case of it."""
    paired = pair_up(bare)
    before = (paired.root / NOTEBOOK).read_bytes()
    target = paired.root / f"src_py/{new}.py"
    target.parent.mkdir(parents=True, exist_ok=True)
    (paired.root / SOURCE).rename(target)
    result = paired.doit("sync")
    assert result.code == 0, result.all
    assert f"{NOTEBOOK} is renamed to notebooks/{new}.ipynb, as its source was" in result.out
    assert (paired.root / f"notebooks/{new}.ipynb").read_bytes() == before
    assert not (paired.root / NOTEBOOK).exists()
    again = paired.doit("sync")
    assert again.code == 0
    assert paired.inside("sync").out.count("renamed") == 0


def test_an_edit_at_the_same_time_is_synced_and_outputs_stay(bare: Workspace) -> None:
    paired = pair_up(bare)
    (paired.root / SOURCE).rename(paired.root / "src_py/new.py")
    paired.replace("src_py/new.py", "N = 3", "N = 4")
    assert paired.inside("sync").code == 0
    kept = outputs(paired, "notebooks/new.ipynb")
    assert kept["def f(x):\n    return x"] == ["ran def f(x):\n    return x\n"]


def test_a_copy_is_no_rename(bare: Workspace) -> None:
    paired = pair_up(bare)
    paired.write("src_py/copy.py", (paired.root / SOURCE).read_text())
    result = paired.doit("sync")
    assert (result.code, "renamed" in result.out) == (0, False)
    assert (paired.root / NOTEBOOK).exists()
    assert (paired.root / "notebooks/copy.ipynb").exists()


def test_the_artifact_of_a_source_that_is_gone_is_named_and_cleaned(lab: Workspace) -> None:
    assert lab.inside("build").code == 0
    (lab.root / "src_py/tiny.py").rename(lab.root / "src_py/other.py")
    assert lab.inside("build").code == 0
    lab.write("build/mine/notes.txt", "a person's")
    assert "artifacts" in lab.inside("doctor").out
    assert "build/tiny" in lab.inside("doctor").out
    dry = lab.doit("clean", "-n", "build")
    assert dry.code == 0
    assert (lab.root / "build/tiny/tiny.ipynb").exists()
    result = lab.doit("clean")
    assert result.code == 0, result.all
    assert [path.name for path in (lab.root / "build").iterdir()] == ["mine"]
    assert "build/tiny" not in lab.inside("doctor").out
    assert lab.inside("build").code == 0


def test_an_artifact_that_was_changed_by_hand_is_not_removed(lab: Workspace) -> None:
    assert lab.inside("build").code == 0
    (lab.root / "src_py/tiny.py").unlink()
    lab.write("build/tiny/tiny.ipynb", "{}")
    assert lab.doit("clean").code == 0
    assert (lab.root / "build/tiny/tiny.ipynb").read_text() == "{}"
