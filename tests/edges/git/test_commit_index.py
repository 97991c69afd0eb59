"""The index of the commit that is being made, in the hooks of this repository and of others."""

import os
from pathlib import Path

import pytest

from nbship.edges.git import repository
from nbship.edges.git.history import facts_of
from nbship.errors import WorkspaceError
from tests.support.repo import Repo

OTHER_OWNER = "GIT_TEST_ASSUME_DIFFERENT_OWNER"  # git's own tests set it


@pytest.fixture
def other_index(repo: Repo) -> Path:
    """Return an index of the repository that has a notebook which the usual index lacks."""
    repo.write("a.py")
    repo.commit()
    repo.write("x.ipynb", "{}")
    repo.git("add", "x.ipynb")
    index = repo.root / ".git/next-index-1.lock"
    (repo.root / ".git/index").rename(index)
    repo.git("reset", "-q")
    return index


def notebooks(root: Path) -> set[str]:
    return set(facts_of(root, "src_py").notebooks)


@pytest.mark.parametrize("is_relative", [True, False])
@pytest.mark.parametrize("folder", [".", "lab"])
def test_the_index_that_git_names_is_read(
    repo: Repo, other_index: Path, monkeypatch: pytest.MonkeyPatch, folder: str, *,
    is_relative: bool,
) -> None:  # fmt: skip
    (repo.root / "lab").mkdir()
    found = {"x.ipynb"} if folder == "." else set()
    assert notebooks(repo.root) == set()
    name = os.path.relpath(other_index, repo.root) if is_relative else str(other_index)
    monkeypatch.setenv("GIT_INDEX_FILE", name)
    assert notebooks(repo.root / folder) == found
    assert repository.commit_index(repo.root / folder) == {"GIT_INDEX_FILE": name}


def test_an_index_in_a_folder_of_its_own_is_read(
    repo: Repo, other_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Programs that make a commit without changing the usual index have one elsewhere."""
    monkeypatch.setenv("GIT_INDEX_FILE", str(other_index.rename(tmp_path / "index")))
    assert notebooks(repo.root) == {"x.ipynb"}


def test_the_index_of_another_repository_is_not_read(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Repo(tmp_path / "other")
    other.write("x.ipynb", "{}")
    other.git("init", "-q")
    other.git("add", "-A")
    repo.write("a.py")
    repo.commit()
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.root / ".git/index"))
    assert notebooks(repo.root) == set()
    assert repository.commit_index(tmp_path) == {}  # no repository


def test_the_first_commit_has_an_index(repo: Repo) -> None:
    repo.write("src_py/a.py")
    repo.write("x.ipynb", "{}")
    repo.write("Y.IPYNB", "{}")
    repo.git("add", "-A")
    facts = facts_of(repo.root, "src_py")
    assert set(facts.notebooks) == {"x.ipynb", "Y.IPYNB"}
    assert (facts.before, facts.known) == ({}, frozenset())


def test_a_repo_that_git_does_not_trust_is_told_with_gits_own_way_out(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo.write("src_py/a.py")
    repo.commit()
    monkeypatch.setenv(OTHER_OWNER, "1")
    for ask in (
        lambda: facts_of(repo.root, "src_py"),
        lambda: repository.state_of(repo.root, ["src_py/a.py"]),
        lambda: repository.commit_of(repo.root),
    ):
        with pytest.raises(WorkspaceError, match="dubious ownership") as error:
            ask()
        assert error.value.hint == f"git config --global --add safe.directory {repo.root}"


def test_a_worktree_whose_repo_is_gone_is_not_taken_for_a_folder_without_git(
    repo: Repo, tmp_path: Path
) -> None:
    repo.write("a.py")
    repo.commit()
    repo.git("worktree", "add", "-q", "--detach", str(tmp_path / "tree"))
    repo.root.rename(tmp_path / "moved")
    with pytest.raises(WorkspaceError, match="not a git repository: "):
        facts_of(tmp_path / "tree", "src_py")
