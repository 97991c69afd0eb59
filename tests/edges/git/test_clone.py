"""The state of files in git, for every kind and name; reading it changes no repository."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from nbship.core.clone.repairs import settings_for
from nbship.core.ipynb.clean import clean_ipynb, is_as_git_wrote_it
from nbship.core.ipynb.writer import render_ipynb
from nbship.edges.git import repository
from nbship.errors import WorkspaceError
from nbship.model.git import GitState
from tests.support.repo import NAMES, Repo


def test_before_the_first_commit_everything_differs(repo: Repo) -> None:
    repo.write("a")
    repo.git("add", "a")
    assert repository.state_of(repo.root, ["b", "a"]) == GitState(None, ("a", "b"))


def test_outside_a_repo_everything_differs(tmp_path: Path) -> None:
    assert repository.state_of(tmp_path, ["a"]) == GitState(None, ("a",))


@pytest.mark.parametrize(
    ("act", "differs"),
    [
        (lambda _: None, False),
        (lambda repo: repo.write("src/a.py", "other\n"), True),
        (lambda repo: (repo.write("src/a.py", "other\n"), repo.git("add", "-A")), True),
        (lambda repo: (repo.write("src/a.py", "1"), repo.git("add", "-A"), repo.write("src/a.py")),
         True),
        (lambda repo: (repo.root / "src/a.py").unlink(), True),
        (lambda repo: repo.git("rm", "-q", "src/a.py"), True),
        (lambda repo: repo.git("rm", "-q", "--cached", "src/a.py"), True),
        (lambda repo: repo.git("mv", "src/a.py", "src/c.py"), True),
        (lambda repo: (repo.root / "src/a.py").chmod(0o755), True),
        (lambda repo: repo.write("src/b.py", "changed, not asked about\n"), False),
        (lambda repo: repo.write("src/new.py"), False),
        (lambda repo: os.utime(repo.root / "src/a.py", (1, 1)), False),
    ],
)  # fmt: skip
def test_a_file_differs_from_the_commit_or_not(
    repo: Repo, act: Callable[[Repo], object], *, differs: bool
) -> None:
    repo.write("src/a.py")
    repo.write("src/b.py")
    commit = repo.commit()
    act(repo)
    assert repository.state_of(repo.root, ["src/a.py"]) == GitState(
        commit, ("src/a.py",) if differs else ()
    )


def test_the_new_name_of_a_renamed_file_differs(repo: Repo) -> None:
    repo.write("a.py", "a text that is long enough to be known again\n")
    commit = repo.commit()
    repo.git("mv", "a.py", "b.py")
    assert repository.state_of(repo.root, ["b.py"]) == GitState(commit, ("b.py",))
    assert repository.state_of(repo.root, ["a.py", "b.py"]) == GitState(commit, ("a.py", "b.py"))


def test_what_git_does_not_know_or_ignores_differs(repo: Repo) -> None:
    repo.write(".gitignore", "hidden.py\nfolder/\n")
    commit = repo.commit()
    for name in ("hidden.py", "folder/x.py", "new.py", "deep/new.py"):
        repo.write(name)
    assert repository.state_of(repo.root, ["hidden.py", "new.py", "deep/new.py"]) == GitState(
        commit, ("deep/new.py", "hidden.py", "new.py")
    )
    assert repository.state_of(repo.root, ["folder/x.py"]).changed == ("folder/x.py",)


def test_a_file_in_a_repo_within_the_repo_differs(repo: Repo) -> None:
    commit = repo.commit()
    inner = Repo(repo.root / "inner")
    inner.write("a.py")
    inner.git("init", "-q")
    inner.commit()
    assert repository.state_of(repo.root, ["inner/a.py"]) == GitState(commit, ("inner/a.py",))


def test_a_file_behind_a_link_differs(repo: Repo) -> None:
    """The commit contains the link and not the file behind it."""
    repo.write("lib/a.py")
    (repo.root / "src").symlink_to("lib")
    commit = repo.commit()
    assert repository.state_of(repo.root, ["lib/a.py", "src/a.py"]) == GitState(
        commit, ("src/a.py",)
    )


@pytest.mark.sample(4)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("folder", [".", "lab", "my lab", " lab ", "Ɓalli\nlab"])
def test_every_name_is_taken_as_it_is(repo: Repo, name: str, folder: str) -> None:
    """The workspace is the top folder of a repository, or a folder below it."""
    lab = Repo(repo.root / folder)
    lab.write(name)
    lab.write("other.py")
    commit = repo.commit()
    assert repository.state_of(lab.root, [name]) == GitState(commit)
    lab.write(name, "changed\n")
    assert repository.state_of(lab.root, [name, "other.py"]) == GitState(commit, (name,))
    lab.git("rm", "-q", "--cached", "--", f":(literal){name}")
    assert repository.state_of(lab.root, [name]) == GitState(commit, (name,))
    assert not list(repo.root.rglob("pwned*"))


def test_of_no_path_none_differs(repo: Repo) -> None:
    commit = repo.commit()
    repo.write("new.py")
    assert repository.state_of(repo.root, []) == GitState(commit)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GIT_DIR", "{other}/.git"),
        ("GIT_WORK_TREE", "{other}"),
        ("GIT_INDEX_FILE", "{other}/.git/index"),
        ("GIT_OBJECT_DIRECTORY", "{other}/.git/objects"),
        ("GIT_COMMON_DIR", "{other}/.git"),
        ("GIT_NAMESPACE", "elsewhere"),
        ("GIT_PREFIX", "elsewhere/"),
        ("GIT_LITERAL_PATHSPECS", "0"),
        ("GIT_GLOB_PATHSPECS", "1"),
        ("GIT_CEILING_DIRECTORIES", "/"),
        ("LC_ALL", "fr_FR.UTF-8"),
    ],
)
def test_what_a_hook_leaves_in_the_environment_leads_nowhere_else(
    repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    other = Repo(tmp_path / "other")
    other.write("b.py")
    other.git("init", "-q")
    other.commit()
    repo.write("a.py")
    commit = repo.commit()
    monkeypatch.setenv(name, value.format(other=other.root))
    assert repository.state_of(repo.root, ["a.py"]) == GitState(commit)
    repo.write("a.py", "changed\n")
    assert repository.state_of(repo.root, ["a.py"]) == GitState(commit, ("a.py",))


def test_no_lock_is_taken_and_none_disturbs(repo: Repo) -> None:
    repo.write("a.py")
    commit = repo.commit()
    index = repo.root / ".git/index"
    # If a file's time differs from the index, git would normally refresh the index.
    os.utime(repo.root / "a.py", (1, 1))
    before = (index.read_bytes(), index.stat().st_mtime_ns, index.stat().st_ino)
    assert repository.state_of(repo.root, ["a.py"]) == GitState(commit)
    (repo.root / ".git/index.lock").touch()
    assert repository.state_of(repo.root, ["a.py"]) == GitState(commit)
    assert (index.read_bytes(), index.stat().st_mtime_ns, index.stat().st_ino) == before
    assert sorted(path.name for path in (repo.root / ".git").glob("*.lock")) == ["index.lock"]


def test_a_repo_that_git_cannot_read_is_never_clean(repo: Repo) -> None:
    repo.write("a.py")
    repo.commit()
    (repo.root / ".git/index").write_bytes(b"garbage")
    with pytest.raises(WorkspaceError, match="git status failed: ") as error:
        repository.state_of(repo.root, ["a.py"])
    assert error.value.message.isprintable()


def test_a_head_that_leads_nowhere_is_no_commit(repo: Repo) -> None:
    repo.commit()
    (repo.root / ".git/HEAD").write_text("ref: refs/heads/gone\n")
    assert repository.state_of(repo.root, ["a.py"]) == GitState(None, ("a.py",))


def test_a_detached_head_is_a_commit(repo: Repo) -> None:
    repo.write("a.py")
    commit = repo.commit()
    repo.git("checkout", "-q", "--detach")
    assert repository.state_of(repo.root, ["a.py"]) == GitState(commit)


def test_without_git_it_is_named(
    tmp_path: Path, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(WorkspaceError, match=r"^git is not installed$"):
        repository.state_of(repo.root, ["a.py"])


@pytest.mark.parametrize(
    ("stored", "is_marked"),
    [
        (render_ipynb({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), True),
        ('{\n "cells": <<<<\n "é": 1\n}\n', True),
        ("{", False),
        ('{\n  "cells": []\n}\n', False),
        ('x\n "cells": []\n}\n', False),
        ("", False),
        ("\0\n \xff", False),
    ],
)
def test_git_marks_a_notebook_that_it_writes_and_sees_no_change(
    stored: str, *, is_marked: bool
) -> None:
    data = stored.encode("latin-1")
    command = settings_for("/venv/bin/python")["filter.nbstripout.smudge"]
    run = subprocess.run(["sh", "-c", command], input=data, capture_output=True, check=True)
    assert is_as_git_wrote_it(run.stdout) is is_marked
    assert len(run.stdout) == len(data)
    assert (run.stdout == data) is not is_marked
    assert clean_ipynb("n.ipynb", run.stdout) == clean_ipynb("n.ipynb", data)
