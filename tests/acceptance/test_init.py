"""Tests of nbship init and nbship new: from a folder to a workspace, and to its next notebook."""

import os
import pty
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.workspace import Workspace, program

PYPROJECT = """\
# our project
[project]
name = 'voices'  # not on PyPI

[tool.ruff]
line-length = 90
"""
TASKS = '''"""Our own tasks."""

DOIT_CONFIG = {"verbosity": 2}


def task_mine():
    return {"actions": ["echo mine"]}
'''


@pytest.fixture
def folder(tmp_path: Path) -> Workspace:
    """Return an empty git repository."""
    found = Workspace(tmp_path / "x")
    found.root.mkdir()
    found.git("init", "-q")
    return found


def files(workspace: Workspace) -> dict[str, bytes]:
    """Return the files of a workspace, without those of git."""
    return {
        str(path.relative_to(workspace.root)): path.read_bytes()
        for path in workspace.root.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(workspace.root).parts
    }


def test_an_empty_repository_becomes_a_workspace_in_which_doit_is_green(folder: Workspace) -> None:
    dry = folder.inside("init", "--dry-run")
    assert dry.code == 0
    assert files(folder) == {}
    made = folder.inside("init")
    assert made.code == 0, made.err
    assert made.out.endswith("the folder is a workspace; next: doit\n")
    for path in ("pyproject.toml", "src_py/hello.py", "dodo.py", ".gitattributes"):
        assert path in made.out
        assert path in dry.out
    green = folder.doit()
    assert green.code == 0, green.all
    assert "smoke    hello  passed" in green.out
    folder.write("notebooks/hello.ipynb", "{}")
    folder.git("add", "-A")
    assert folder.git("ls-files", "notebooks").out == "notebooks/README.md\n"
    (folder.root / "notebooks/hello.ipynb").unlink()
    doctor = folder.inside("doctor")
    assert doctor.code == 0
    before = files(folder)
    again = folder.inside("init")
    assert again.code == 0
    assert "make" not in again.out
    assert "extend" not in again.out
    assert files(folder) == before


def test_a_project_keeps_its_files_and_its_own_tasks(folder: Workspace) -> None:
    folder.write("pyproject.toml", PYPROJECT)
    folder.write("dodo.py", TASKS)
    folder.write(".gitignore", "/data/")
    made = folder.inside("init", "--agents", "--ci", "github")
    assert made.code == 0
    assert made.out.endswith("next: doit check build smoke\n")  # `doit` may run the person's own
    now = files(folder)
    assert now["pyproject.toml"].startswith(PYPROJECT.encode())
    tool = tomllib.loads(now["pyproject.toml"].decode())["tool"]
    assert {"nbship", "jupytext", "ruff"} <= tool.keys()
    assert now[".gitignore"].startswith(b"/data/\n")
    assert b"uses: actions/checkout@" in now[".github/workflows/notebooks.yml"]
    assert b"doit ship:NAME -t local" in now["AGENTS.md"]
    listed = folder.doit("list")
    assert "mine" in listed.out
    assert "build" in listed.out


def test_a_bare_repository_stays_as_it_is(folder: Workspace) -> None:
    folder.git("config", "core.bare", "true")
    refused = folder.inside("init")
    assert refused.code == 2
    assert "a bare repository" in refused.err
    assert files(folder) == {}


def test_a_project_with_notebooks_in_git_keeps_them_there(folder: Workspace) -> None:
    folder.write("notebooks/old.ipynb", "{}")
    folder.git("add", "-A")
    assert folder.inside("init").code == 0
    assert "/notebooks/" not in files(folder)[".gitignore"].decode()


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        (lambda root: (root / "pyproject.toml").write_text("[tool"), "pyproject.toml: not TOML"),
        (lambda root: (root / "dodo.py").write_text("def ("), "dodo.py:1: not Python"),
        (lambda root: (root / "dodo.py").symlink_to("nowhere"), "a link that leads nowhere"),
        (lambda root: (root / "dodo.py").symlink_to(__file__), "dodo.py: a link"),
        (lambda root: (root / "pyproject.toml").write_bytes(b"\xff"), "pyproject.toml: not UTF-8"),
        (lambda root: (root / "src_py").write_text("a file"), "src_py"),
    ],
)
def test_a_file_that_cannot_be_extended_is_one_line(
    folder: Workspace, prepare: Callable[[Path], object], words: str
) -> None:
    prepare(folder.root)
    result = folder.inside("init")
    assert result.code == 2
    assert words in result.err
    assert len([line for line in result.err.splitlines() if not line.startswith("  →")]) == 1


def test_outside_git_the_last_line_says_what_to_do(tmp_path: Path) -> None:
    plain = Workspace(tmp_path)
    result = plain.inside("init", GIT_CEILING_DIRECTORIES=str(tmp_path.parent))
    assert result.code == 0
    assert result.out.endswith("next: git init && nbship doctor --fix\n")
    assert (tmp_path / "dodo.py").exists()


def test_a_folder_of_a_workspace_does_not_become_another_one(folder: Workspace) -> None:
    assert folder.inside("init").code == 0
    inner = Workspace(folder.root / "src_py" / "tts")
    inner.root.mkdir()
    result = inner.inside("init")
    assert result.code == 2
    assert "is in the workspace" in result.err
    assert files(inner) == {}


def test_a_new_kernel_is_valid_and_built_at_once(folder: Workspace) -> None:
    folder.inside("init")
    made = folder.inside(
        "new", "tts/trainer", "--kaggle", "awa/train-fula", "--gpu", "t4x2", "--dataset", "a/b"
    )  # fmt: skip
    assert made.code == 0, made.err
    assert "mkdir -p tests/inputs/datasets/a/b" in made.out
    assert "next: edit src_py/tts/trainer.py" in made.out
    # The owner is known from the first kernel.
    assert folder.inside("new", "script", "--kaggle", "a-script", "--script").code == 0
    assert 'id = "awa/a-script"' in (folder.root / "src_py/script.py").read_text()
    assert folder.inside("check", "--strict").code == 0
    assert folder.inside("build").code == 0
    for words, message in (
        (["tts/trainer"], "there is src_py/tts/trainer.py already"),
        (["tts"], "would contain"),
        (["Script"], "differs from 'script' only by case"),
        (["a/../b"], "has a part that does not begin with a letter"),
        (["my notebook?"], "may only have"),
        ([], "give one NAME"),
        (["x", "--colab", "--kaggle", "a/abcde"], "not both"),
        (["x", "--gpu", "t4x2"], "--gpu needs"),
    ):
        refused = folder.inside("new", *words)
        assert refused.code == 2
        assert message in refused.err


def test_a_missing_owner_is_asked_for_on_a_terminal_and_named_elsewhere(folder: Workspace) -> None:
    folder.inside("init")
    refused = folder.nbship("new", "t", "--kaggle", "train-fula", HOME=str(folder.root))
    assert refused.code == 2
    assert "--kaggle OWNER/train-fula" in refused.err
    leader, follower = pty.openpty()
    os.write(leader, b"awa\n")
    argv = [program("nbship"), "new", "t", "--kaggle", "train-fula"]
    env = {**os.environ, "HOME": str(folder.root)}
    subprocess.run(
        argv, cwd=folder.root, stdin=follower, stdout=follower, stderr=follower, env=env,
        timeout=60, check=True,
    )  # fmt: skip
    os.close(follower)
    os.close(leader)
    assert 'id = "awa/train-fula"' in (folder.root / "src_py/t.py").read_text()
