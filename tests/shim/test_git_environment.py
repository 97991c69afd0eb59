"""git in a rehearsal: the repository and the settings of the user are not found."""

import os
import subprocess
from pathlib import Path

import pytest

from nbship.shim._launch.git_environment import git_environment


@pytest.mark.parametrize("is_linked", [False, True])
def test_git_finds_nothing_of_the_user(tmp_path: Path, *, is_linked: bool) -> None:
    repo = tmp_path / "repo"
    folder = repo / ".nbship/smoke/one"
    for inner in ("kaggle/working", "home", "tmp"):
        (folder / inner).mkdir(parents=True)
    git(repo, {}, "init", "-q", "-b", "main", ".")
    before = (repo / ".git/config").read_bytes()
    if is_linked:
        (tmp_path / "link").symlink_to(folder)
        folder = tmp_path / "link"
    variables = git_environment(str(folder), str(folder / "home"))

    for inner in ("kaggle/working", "kaggle", "home", "tmp", "."):
        assert "not a git repository" in failed(folder / inner, variables, "add", "-A")
    failed(folder / "kaggle/working", variables, "config", "--local", "user.name", "x")
    git(folder / "kaggle/working", variables, "config", "--global", "user.name", "Ada")
    git(folder / "kaggle/working", variables, "config", "--global", "user.email", "ada@example.com")
    assert (folder / "home/.gitconfig").is_file()
    git(folder / "kaggle/working", variables, "init", "-q", "-b", "own", ".")
    git(folder / "kaggle/working", variables, "commit", "-q", "--allow-empty", "-m", "one")
    assert git(folder / "kaggle/working", variables, "log", "--format=%an") == "Ada\n"
    assert (repo / ".git/config").read_bytes() == before
    assert git(repo, {}, "branch") == ""


def git(folder: Path, variables: dict[str, str], *arguments: str) -> str:
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)} | variables
    return subprocess.run(
        ["git", *arguments],
        cwd=folder, env=environment, check=True, capture_output=True, text=True, timeout=60,
    ).stdout  # fmt: skip


def failed(folder: Path, variables: dict[str, str], *arguments: str) -> str:
    with pytest.raises(subprocess.CalledProcessError) as caught:
        git(folder, variables, *arguments)
    return str(caught.value.stderr)
