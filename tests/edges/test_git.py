"""git, asked about files of every kind and name; nothing in the repo is changed by asking."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from nbship.edges import git
from nbship.errors import WorkspaceError
from nbship.model import GitFacts, GitState

# Of everything that a name may hold but a slash and a NUL.
NAMES = [
    "plain.py",
    "with space.py",
    " quote \" and ' .py ",
    "Ɓalli ɲuman.py",
    "line\nbreak.py",
    "tab\t.py",
    "-rf",
    "--help",
    "[ab]*?.py",
    ":(glob)**",
    ":!x",
    "$(touch pwned).py",
    "back\\slash.py",
    "a -> b.py",
    "~",
]


class Repo:
    """A folder in which a person works with git."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, name: str, text: str = "text\n") -> None:
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=self.root, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def commit(self) -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "work")
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    repo = Repo(tmp_path / "repo")
    repo.root.mkdir()
    repo.git("init", "-q", "-b", "main")
    return repo


def test_before_the_first_commit_everything_differs(repo: Repo) -> None:
    repo.write("a")
    repo.git("add", "a")
    assert git.state_of(repo.root, ["b", "a"]) == GitState(None, ("a", "b"))


def test_outside_a_repo_everything_differs(tmp_path: Path) -> None:
    assert git.state_of(tmp_path, ["a"]) == GitState(None, ("a",))


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
    assert git.state_of(repo.root, ["src/a.py"]) == GitState(
        commit, ("src/a.py",) if differs else ()
    )


def test_the_new_name_of_a_renamed_file_differs(repo: Repo) -> None:
    repo.write("a.py", "a text that is long enough to be known again\n")
    commit = repo.commit()
    repo.git("mv", "a.py", "b.py")
    assert git.state_of(repo.root, ["b.py"]) == GitState(commit, ("b.py",))
    assert git.state_of(repo.root, ["a.py", "b.py"]) == GitState(commit, ("a.py", "b.py"))


def test_what_git_does_not_know_or_ignores_differs(repo: Repo) -> None:
    repo.write(".gitignore", "hidden.py\nfolder/\n")
    commit = repo.commit()
    for name in ("hidden.py", "folder/x.py", "new.py", "deep/new.py"):
        repo.write(name)
    assert git.state_of(repo.root, ["hidden.py", "new.py", "deep/new.py"]) == GitState(
        commit, ("deep/new.py", "hidden.py", "new.py")
    )
    assert git.state_of(repo.root, ["folder/x.py"]).changed == ("folder/x.py",)


def test_a_file_in_a_repo_within_the_repo_differs(repo: Repo) -> None:
    commit = repo.commit()
    inner = Repo(repo.root / "inner")
    inner.write("a.py")
    inner.git("init", "-q")
    inner.commit()
    assert git.state_of(repo.root, ["inner/a.py"]) == GitState(commit, ("inner/a.py",))


def test_a_file_behind_a_link_differs(repo: Repo) -> None:
    """The commit holds the link, and not what lies there."""
    repo.write("lib/a.py")
    (repo.root / "src").symlink_to("lib")
    commit = repo.commit()
    assert git.state_of(repo.root, ["lib/a.py", "src/a.py"]) == GitState(commit, ("src/a.py",))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("folder", [".", "lab", "my lab", " lab ", "Ɓalli\nlab"])
def test_every_name_is_taken_as_it_is(repo: Repo, name: str, folder: str) -> None:
    """In a workspace at the top of a repo, and in a folder of one."""
    lab = Repo(repo.root / folder)
    lab.write(name)
    lab.write("other.py")
    commit = repo.commit()
    assert git.state_of(lab.root, [name]) == GitState(commit)
    lab.write(name, "changed\n")
    assert git.state_of(lab.root, [name, "other.py"]) == GitState(commit, (name,))
    lab.git("rm", "-q", "--cached", "--", f":(literal){name}")
    assert git.state_of(lab.root, [name]) == GitState(commit, (name,))
    assert not list(repo.root.rglob("pwned*"))


def test_of_no_path_none_differs(repo: Repo) -> None:
    commit = repo.commit()
    repo.write("new.py")
    assert git.state_of(repo.root, []) == GitState(commit)


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
    assert git.state_of(repo.root, ["a.py"]) == GitState(commit)
    repo.write("a.py", "changed\n")
    assert git.state_of(repo.root, ["a.py"]) == GitState(commit, ("a.py",))


def test_no_lock_is_taken_and_none_disturbs(repo: Repo) -> None:
    repo.write("a.py")
    commit = repo.commit()
    index = repo.root / ".git/index"
    # Another size and time than the index knows make git want to refresh it.
    os.utime(repo.root / "a.py", (1, 1))
    before = (index.read_bytes(), index.stat().st_mtime_ns, index.stat().st_ino)
    assert git.state_of(repo.root, ["a.py"]) == GitState(commit)
    (repo.root / ".git/index.lock").touch()
    assert git.state_of(repo.root, ["a.py"]) == GitState(commit)
    assert (index.read_bytes(), index.stat().st_mtime_ns, index.stat().st_ino) == before
    assert sorted(path.name for path in (repo.root / ".git").glob("*.lock")) == ["index.lock"]


def test_a_repo_that_git_cannot_read_is_never_clean(repo: Repo) -> None:
    repo.write("a.py")
    repo.commit()
    (repo.root / ".git/index").write_bytes(b"garbage")
    with pytest.raises(WorkspaceError, match="git status failed: ") as error:
        git.state_of(repo.root, ["a.py"])
    assert error.value.message.isprintable()


def test_a_head_that_leads_nowhere_is_no_commit(repo: Repo) -> None:
    repo.commit()
    (repo.root / ".git/HEAD").write_text("ref: refs/heads/gone\n")
    assert git.state_of(repo.root, ["a.py"]) == GitState(None, ("a.py",))


def test_a_detached_head_is_a_commit(repo: Repo) -> None:
    repo.write("a.py")
    commit = repo.commit()
    repo.git("checkout", "-q", "--detach")
    assert git.state_of(repo.root, ["a.py"]) == GitState(commit)


def test_without_git_it_is_named(
    tmp_path: Path, repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(WorkspaceError, match=r"^git is not installed$"):
        git.state_of(repo.root, ["a.py"])


# --- what check asks ---


def ipynb(text: str) -> str:
    return f'{{"cells": [{{"outputs": ["{text}"]}}]}}\n'


def test_outside_a_repo_and_before_the_first_commit_there_are_no_facts(
    tmp_path: Path, repo: Repo
) -> None:
    assert git.facts_of(tmp_path, "src_py") == GitFacts()
    repo.write("src_py/a.py")
    repo.git("add", "-A")
    assert git.facts_of(repo.root, "src_py") == GitFacts()


@pytest.mark.parametrize("folder", [".", "lab", " my lab "])
def test_what_differs_has_its_text_of_the_last_commit(repo: Repo, folder: str) -> None:
    """In a workspace at the top of a repo, and in a folder of one."""
    lab = Repo(repo.root / folder)
    for name in ("same", "changed", "staged", "gone", "old name"):
        lab.write(f"src_py/{name}.py", f"this is {name}\n" * 9)
    repo.write("src_py_other/x.py")
    repo.commit()
    lab.write("src_py/changed.py", "other\n")
    lab.write("src_py/staged.py", "other\n")
    lab.write("src_py/untracked.py")
    lab.write("src_py/added.py")
    lab.git("add", "src_py/staged.py", "src_py/added.py")
    lab.git("rm", "-q", "src_py/gone.py")
    lab.git("mv", "src_py/old name.py", "src_py/new name.py")
    lab.write("src_py/new name.py", "this is old name\n" * 8)
    facts = git.facts_of(lab.root, "src_py")
    texts = {path: data.decode().split("\n")[0] for path, data in facts.before.items()}
    assert texts == {
        "src_py/changed.py": "this is changed",
        "src_py/staged.py": "this is staged",
        "src_py/gone.py": "this is gone",
        "src_py/new name.py": "this is old name",
    }
    known = {path for path in facts.known if path.startswith("src_py/")}
    assert known == {f"src_py/{n}.py" for n in ("same", "changed", "staged", "new name")}


def test_notebooks_are_those_of_the_index(repo: Repo) -> None:
    repo.write("notebooks/a.ipynb", ipynb("kept"))
    repo.write("deep/er/b.ipynb", ipynb("staged"))
    repo.write("text.txt")
    repo.commit()
    repo.write("notebooks/a.ipynb", ipynb("not added"))
    repo.write("deep/er/b.ipynb", ipynb("added"))
    repo.write("new.ipynb", "")
    repo.git("add", "deep", "new.ipynb")
    repo.write("untracked.ipynb", ipynb("x"))
    assert git.facts_of(repo.root, "src_py").notebooks == {
        "notebooks/a.ipynb": ipynb("kept").encode(),
        "deep/er/b.ipynb": ipynb("added").encode(),
        "new.ipynb": b"",
    }


def test_facts_of_odd_names_and_kinds_of_file(repo: Repo) -> None:
    for number, name in enumerate(NAMES):
        repo.write(f"src_py/{name}", f"number {number}\n")
        repo.write(f"notebooks/{name}.ipynb", f"number {number}\n")
    (repo.root / "src_py/link.ipynb").symlink_to("plain.py")
    inner = Repo(repo.root / "inner.ipynb")
    inner.write("a.py")
    inner.git("init", "-q")
    inner.commit()
    repo.commit()
    for name in NAMES:
        repo.write(f"src_py/{name}", "changed\n")
    facts = git.facts_of(repo.root, "src_py")
    assert facts.before == {f"src_py/{n}": f"number {i}\n".encode() for i, n in enumerate(NAMES)}
    assert facts.notebooks == {
        f"notebooks/{n}.ipynb": f"number {i}\n".encode() for i, n in enumerate(NAMES)
    }


def test_in_the_middle_of_a_merge_there_are_facts(repo: Repo) -> None:
    repo.write("src_py/a.py", "base\n")
    repo.write("a.ipynb", "base\n")
    repo.commit()
    for branch in ("one", "two"):
        repo.git("checkout", "-q", "-b", branch, "main")
        repo.write("src_py/a.py", f"{branch}\n")
        repo.write("a.ipynb", f"{branch}\n")
        repo.commit()
    merged = subprocess.run(
        ["git", "merge", "-q", "one"], cwd=repo.root, capture_output=True, check=False
    )
    assert merged.returncode == 1
    facts = git.facts_of(repo.root, "src_py")
    assert facts.notebooks == {}
    assert facts.before == {"src_py/a.py": b"two\n"}


def test_asking_for_facts_takes_no_lock_and_a_broken_repo_is_named(repo: Repo) -> None:
    repo.write("src_py/a.py")
    repo.commit()
    os.utime(repo.root / "src_py/a.py", (1, 1))
    index = repo.root / ".git/index"
    before = (index.read_bytes(), index.stat().st_mtime_ns)
    (repo.root / ".git/index.lock").touch()
    assert git.facts_of(repo.root, "src_py").before == {}
    assert (index.read_bytes(), index.stat().st_mtime_ns) == before
    index.write_bytes(b"garbage")
    with pytest.raises(WorkspaceError, match=r"^git diff failed: "):
        git.facts_of(repo.root, "src_py")
