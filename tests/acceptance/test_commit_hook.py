"""The hook sees what is about to be committed, whatever the way of committing."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.notebooks import cell, notebook
from tests.support.workspace import CommandResult, Workspace, program

pytestmark = pytest.mark.unmeasured

PATH = "notebooks/x.ipynb"
RAN = notebook(cell("a = 1", "aa"))
CLEAN = notebook(cell("a = 1", "aa") | {"outputs": [], "execution_count": None})
OTHER = "notebooks/other.ipynb"
Way = Callable[[Workspace], CommandResult]


def hook(workspace: Workspace, folder: str = ".") -> Workspace:
    """Install the hook, in a clone without the filter."""
    path = workspace.git("rev-parse", "--git-path", "hooks/pre-commit").out.strip()
    file = workspace.root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\ncd '{folder}'\nexec {program('nbship')} check\n")
    file.chmod(0o755)
    return workspace


@pytest.fixture
def hooked(lab: Workspace) -> Workspace:
    """Return a clone with the hook and two committed notebooks without outputs."""
    lab.write(PATH, CLEAN)
    lab.write(OTHER, CLEAN)
    lab.commit()
    return hook(lab)


def in_parts(workspace: Workspace) -> CommandResult:
    """Answer yes to each part that `git commit -p` shows."""
    done = subprocess.run(
        ["git", "commit", "-q", "-p", "-m", "x"], cwd=workspace.root, input="y\n" * 20, text=True,
        capture_output=True, check=False,
    )  # fmt: skip
    return CommandResult(done.returncode, done.stdout, done.stderr)


def after_add(*arguments: str) -> Way:
    def commit(workspace: Workspace) -> CommandResult:
        workspace.git("add", "-A")
        return workspace.run("git", "commit", "-q", *arguments)

    return commit


def at_once(*arguments: str) -> Way:
    return lambda workspace: workspace.run("git", "commit", "-q", *arguments)


WAYS = {
    "plain": after_add("-m", "x"),
    "all": at_once("-a", "-m", "x"),
    "file": at_once("-m", "x", PATH),
    "folder": at_once("-m", "x", "--", "notebooks"),
    "include": at_once("-m", "x", "-i", PATH),
    "parts": in_parts,
    "amend": after_add("--amend", "--no-edit"),
    "amend all": at_once("--amend", "--no-edit", "-a"),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_notebook_with_outputs_stops_every_way_of_committing(hooked: Workspace, way: str) -> None:
    before = hooked.git("rev-parse", "HEAD").out
    hooked.write(PATH, RAN)
    result = WAYS[way](hooked)
    assert result.code == 1, result.all
    assert PATH in result.all
    assert hooked.git("rev-parse", "HEAD").out == before


def test_what_is_not_part_of_the_commit_stops_none(hooked: Workspace) -> None:
    """The notebook with outputs is changed, and in another commit's index."""
    hooked.write(PATH, RAN)
    hooked.replace("src_py/tiny.py", "COUNT = 3", "COUNT = 4")
    assert hooked.run("git", "commit", "-q", "-m", "x", "src_py").code == 0
    hooked.git("add", PATH)
    hooked.replace("src_py/tiny.py", "COUNT = 4", "COUNT = 5")
    assert hooked.run("git", "commit", "-q", "-m", "x", "src_py").code == 0
    assert hooked.run("git", "commit", "-q", "-m", "x").code == 1


def test_the_first_commit_is_stopped(bare: Workspace) -> None:
    bare.write(PATH, RAN)
    bare.git("add", "-A")
    assert hook(bare).run("git", "commit", "-q", "-m", "x").code == 1


@pytest.mark.sample(2)
@pytest.mark.parametrize("place", ["worktree", "submodule", "subfolder"])
def test_the_hook_works_in_every_kind_of_clone(
    hooked: Workspace, tmp_path: Path, place: str
) -> None:
    other, folder = Workspace(tmp_path / "other"), "."
    if place == "worktree":
        hooked.git("worktree", "add", "-q", "--detach", str(other.root))
    elif place == "submodule":
        other.write("README", "")
        other.git("init", "-q")
        allowed = ("-c", "protocol.file.allow=always")
        other.git(*allowed, "submodule", "-q", "add", str(hooked.root), "inner")
        other = Workspace(other.root / "inner")
    else:
        other.root.mkdir()
        hooked.root.rename(other.root / "lab")
        other.run("rm", "-rf", "lab/.git")
        other.git("init", "-q")
        other.commit()
        other, folder = Workspace(other.root / "lab"), "lab"
    hook(other, folder)
    other.write(PATH, RAN)
    for way in ("all", "file"):
        assert WAYS[way](other).code == 1
    other.write(PATH, CLEAN)
    other.replace("src_py/tiny.py", "COUNT = 3", "COUNT = 4")
    assert WAYS["all"](other).code == 0
