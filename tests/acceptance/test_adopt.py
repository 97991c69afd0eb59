"""Tests of nbship adopt: another workflow's notebooks come over whole, as one change."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from nbship.core.artifact.session import without_session
from tests.support.old_lab import old_lab, old_notebook
from tests.support.paths import CORPUS
from tests.support.workspace import Workspace

pytestmark = pytest.mark.usefixtures("quick_imports")
NAMES = ("helper", "train_colab", "train_fula", "trainer")


@pytest.fixture
def lab(tmp_path: Path) -> Workspace:
    """Return the repository of the lab before it has nbship."""
    return old_lab(tmp_path / "lab")


def state(workspace: Workspace) -> list[str]:
    """Return what git and the disk have: the index, the settings, and each file's digest."""
    digests = [
        f"{path.relative_to(workspace.root)} {hashlib.sha256(path.read_bytes()).hexdigest()}"
        for path in sorted(workspace.root.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(workspace.root).parts
    ]
    index = workspace.git("ls-files", "--stage").out
    return [index, workspace.git("config", "--local", "--list").out, *digests]


def outputs(workspace: Workspace, name: str) -> str:
    """Return the texts of all outputs of a working copy."""
    content = json.loads((workspace.root / "notebooks" / f"{name}.ipynb").read_text())
    found = [output for cell in content["cells"] for output in cell.get("outputs", ())]
    return "".join("".join(output["text"]) for output in found)


def test_the_lab_moves_over_and_each_clone_keeps_its_outputs(
    lab: Workspace, tmp_path: Path
) -> None:
    other = Workspace(tmp_path / "other")
    lab.git("clone", "-q", ".", str(other.root))
    before = state(lab)
    dry = lab.inside("adopt", "--dry-run")
    assert dry.code == 0, dry.err
    assert "→ src_py/trainer.py, the kernel ous-sow/sahel-kaggle-master-trainer" in dry.out
    assert "Makefile:2  kaggle kernels push -p notebooks/trainer  → doit push:NAME" in dry.out
    assert state(lab) == before

    done = lab.inside("adopt", "--commit", "--samples")
    assert done.code == 0, done.err
    assert "4 of 4 adopted notebooks build to the cells and metadata that they had" in done.out
    assert "git log -- notebooks/trainer/trainer.ipynb" in done.out
    assert lab.git("status", "--porcelain").out == ""
    assert not list(lab.root.glob("tests/inputs/notebooks/ous-sow/*"))  # of kernels that are here
    assert outputs(lab, "trainer") == "epochs 3\nTrue\ndone\n"
    assert not [path for path in lab.git("ls-files").out.split() if path.endswith(".ipynb")]
    assert "both files" not in lab.inside("sync").out  # it needs not compare them
    green = lab.doit()
    assert green.code == 0, green.all
    assert green.out.count("passed in") == len(NAMES)
    again = lab.inside("adopt")
    assert again.code == 0
    assert "there is nothing to adopt" in again.out

    other.git("pull", "-q")
    assert not (other.root / "notebooks" / "trainer.ipynb").exists()
    assert other.inside("doctor", "--fix").code == 0
    assert other.inside("sync").code == 0
    for name in NAMES:
        assert outputs(other, name) == outputs(lab, name)
    assert other.git("status", "--porcelain").out == ""


def test_outputs_of_an_earlier_commit_come_back_where_the_last_one_had_none(
    lab: Workspace, tmp_path: Path
) -> None:
    path = "notebooks/helper/helper.ipynb"
    content = json.loads((lab.root / path).read_text())
    content["cells"][0]["outputs"] = []
    lab.write(path, json.dumps(content, indent=1))
    lab.commit()
    other = Workspace(tmp_path / "other")
    lab.git("clone", "-q", ".", str(other.root))
    assert lab.inside("adopt", "--commit").code == 0
    other.git("pull", "-q")
    assert other.inside("sync", "helper").code == 0
    assert outputs(other, "helper") == "helper\n"


@pytest.mark.parametrize("is_committed", [False, True])
def test_undo_gives_the_same_bytes_the_same_index_and_the_same_settings(
    lab: Workspace, *, is_committed: bool
) -> None:
    # A notebook whose working copy has the path that it had: git is to forget it.
    lab.write("notebooks/flat.ipynb", old_notebook(("print('flat')", "flat")))
    (lab.root / "Makefile").chmod(0o755)
    lab.commit()
    before = state(lab)
    done = lab.inside("adopt", *(["--commit"] if is_committed else []))
    assert done.code == 0, done.err
    following = "doit" if is_committed else "git add --all && git commit, then doit"
    revert = " && git commit --message 'Take back the adoption'" if is_committed else ""
    assert f"next: {following}; to take all of it back: nbship adopt --undo{revert}\n" in done.out
    assert "notebooks/flat.ipynb" not in lab.git("ls-files").out
    assert outputs(lab, "flat") == "flat\n"
    undone = lab.inside("adopt", "--undo")
    assert undone.code == 0, undone.err
    if is_committed:
        lab.git("commit", "--quiet", "--message", "Take back the adoption")
    assert state(lab) == before
    assert lab.git("status", "--porcelain").out == ""
    assert len(lab.git("rev-list", "HEAD").out.split()) == (4 if is_committed else 2)
    assert lab.inside("adopt", "--undo").code == 2
    assert lab.inside("adopt").code == 0


def test_a_workspace_below_the_top_of_its_repository_is_undone_as_well(lab: Workspace) -> None:
    inner = Workspace(lab.root / "kaggle" / "work")
    inner.write("notebooks/flat.ipynb", old_notebook(("print('flat')", "flat")))
    inner.write("old/deep.ipynb", old_notebook(("print('deep')", "deep")))
    lab.commit()
    before = state(lab)
    done = inner.inside("adopt")
    assert done.code == 0, done.err
    assert "kaggle/work/notebooks/flat.ipynb" not in lab.git("ls-files").out
    assert inner.inside("adopt", "--undo").code == 0
    assert state(lab) == before
    assert lab.git("status", "--porcelain").out == ""


def test_a_file_that_has_changed_since_is_not_undone(lab: Workspace) -> None:
    assert lab.inside("adopt").code == 0
    lab.replace("src_py/trainer.py", "EPOCHS = 3", "EPOCHS = 4")
    after = state(lab)
    result = lab.inside("adopt", "--undo")
    assert result.code == 2
    assert "src_py/trainer.py has changed since" in result.err
    assert state(lab) == after


def test_changes_of_a_person_are_not_mixed_with_ours(lab: Workspace) -> None:
    lab.write("README.md", "# Changed\n")
    refused = lab.inside("adopt")
    assert refused.code == 2
    assert "not committed: README.md" in refused.err
    assert not (lab.root / "src_py").exists()
    assert lab.inside("adopt", "--allow-dirty").code == 0
    assert (lab.root / "README.md").read_text() == "# Changed\n"


def test_one_that_cannot_be_held_stays_and_the_others_are_adopted(lab: Workspace) -> None:
    lab.write("notebooks/broken.ipynb", "{ not JSON")
    lab.write("kaggle/noowner.ipynb", old_notebook(("print(1)", "1")))
    lab.write("kaggle/kernel-metadata.json", '{"id": "INSERT_OWNER/a-kernel", "title": "A Kernel"}')
    lab.commit()
    result = lab.inside("adopt")
    assert result.code == 1
    assert "notebooks/broken.ipynb:1:3: not a notebook" in result.err
    assert "--owner OWNER" in result.err
    assert "adopt: not adopted: 2" in result.err
    assert (lab.root / "notebooks/broken.ipynb").read_text() == "{ not JSON"
    assert (lab.root / "src_py/trainer.py").exists()
    lab.commit()
    # Below the top of a workspace, a path is relative to where it is typed.
    more = Workspace(lab.root / "kaggle").inside("adopt", "noowner.ipynb", "--owner", "awa")
    assert more.code == 0, more.err
    assert 'id = "awa/a-kernel"' in (lab.root / "src_py/noowner.py").read_text()


def test_what_only_a_person_knows_is_left_out_and_named(tmp_path: Path) -> None:
    plain = Workspace(tmp_path)
    plain.git("init", "-q")
    plain.write("a.ipynb", old_notebook(("print(1)", "1"), kaggle={"accelerator": "none"}))
    key = "hf_" + "abcdefghijklmnopqrstuvwxyzABCDEFGH"
    plain.write("k/b.ipynb", old_notebook((f"token = '{key}'", "")))
    raw = {"id": "awa/kernel-b", "title": "x" * 60, "machine_shape": "NvidiaTeslaP100",
           "enable_internet": False, "gpu_type": "P100"}  # fmt: skip
    plain.write("k/kernel-metadata.json", json.dumps(raw))
    result = plain.inside("adopt")
    assert result.code == 1
    assert "--kernel a=OWNER/SLUG" in result.err
    assert "--gpu NAME" in result.err
    assert "take it back with 'nbship adopt --undo', and type the command again" in result.err
    assert "k/b.ipynb" in result.err
    assert "this looks like a secret" in result.err
    assert key not in result.all
    assert "has a length of 60" in result.out
    assert "'gpu_type' is no key" in result.out


def test_percent_sources_scripts_and_pairs_come_over(tmp_path: Path) -> None:
    old = Workspace(tmp_path)
    old.git("init", "-q")
    old.write("kaggle/train.py", "import os\n\n# %% train\n# Train it.\nprint('train')\n")
    old.write("kaggle/train.ipynb", old_notebook(("import os", "kept"), ("1", "other")))
    script = {"id": "awa/a-script", "title": "A Script", "code_file": "run.py",
              "kernel_type": "script", "enable_internet": "false"}  # fmt: skip
    old.write("kaggle/kernel-metadata.run.json", json.dumps(script))
    old.write("kaggle/run.py", '"""Run."""\n\nprint("run")\n')
    old.write("tools/make.py", "nb = new_notebook()\nwrite(nb, 'x.ipynb')\n")
    old.write("explore.py", "# %%\nprint('explore')\n")
    old.commit()
    result = old.inside("adopt")
    assert result.code == 0, result.err
    assert "tools/make.py writes notebooks" in result.out
    assert "explore.py has cells: to adopt it, name it" in result.out
    assert (old.root / "kaggle/train.ipynb").exists()  # it has other cells
    assert outputs(old, "train") == "kept\n"
    assert "git add --renormalize kaggle/train.ipynb" in result.out
    old.git("add", "--renormalize", "--", "kaggle/train.ipynb")
    assert old.inside("check").code == 0
    assert old.inside("build").code == 0
    built = (old.root / "build/run/run.py").read_text()
    assert without_session(built).endswith('"""Run."""\n\nprint("run")\n')
    named = old.inside("adopt", "explore.py", "--allow-dirty")
    assert named.code == 0, named.err
    assert (old.root / "src_py/explore.py").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nothing.ipynb"], "there is no nothing.ipynb"),
        (["/"], "is outside of"),
        (["--set", "x"], "is not NAME=VALUE"),
        (["--undo"], "there is nothing to undo"),
    ],
)
def test_a_wrong_command_line_is_one_line(lab: Workspace, words: list[str], message: str) -> None:
    before = state(lab)
    result = lab.inside("adopt", *words)
    assert result.code == 2
    assert message in result.err
    assert state(lab) == before


def test_a_change_that_cannot_be_made_whole_is_taken_back(lab: Workspace) -> None:
    lab.write("src_py", "a file where the folder belongs\n")
    lab.commit()
    before = state(lab)
    result = lab.inside("adopt")
    assert result.code == 2
    assert "src_py" in result.err
    assert state(lab) == before


def test_outside_git_everything_but_the_history_comes_over(tmp_path: Path) -> None:
    plain = Workspace(tmp_path / "plain")
    plain.write("a.ipynb", old_notebook(("print(1)", "1")))
    result = plain.inside("adopt", GIT_CEILING_DIRECTORIES=str(tmp_path))
    assert result.code == 0, result.err
    assert outputs(plain, "a") == "1\n"
    assert plain.inside("check").code == 0


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not part of this repo")
def test_every_real_kernel_comes_over_with_equal_cells_and_metadata(tmp_path: Path) -> None:
    real = Workspace(tmp_path / "real")
    shutil.copytree(CORPUS, real.root)
    shutil.rmtree(real.root / "logs")
    real.git("init", "-q")
    real.commit()
    result = real.inside("adopt", "--owner", "awa")
    total = len(list(CORPUS.glob("*/*.ipynb")))
    assert result.out.count("→ src_py/") == total, result.err
    # One of them is not Python: it is adopted, and cannot be built as it was.
    assert f"{total - 1} of {total} adopted notebooks build" in result.out
    assert result.code == 1
    real.commit()
    checked = real.inside("check", "--format", "json")
    errors = [each for each in json.loads(checked.out) if each["level"] == "error"]
    assert {each["code"] for each in errors} == {"not-python"}
