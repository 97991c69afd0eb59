"""Texts of the last commit and of the index; reading them changes no repository."""

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from nbship.core.clone.diagnosis import diagnose
from nbship.edges.git.clone import look
from nbship.edges.git.history import at_commit, committed, facts_of
from nbship.errors import WorkspaceError
from nbship.model.git import GitFacts
from nbship.model.layout import Layout
from tests.support.checked import check
from tests.support.notebooks import notebook
from tests.support.repo import NAMES, Repo
from tests.unit.clone.test_diagnosis import WELL

OUTPUT = {"output_type": "stream", "name": "stdout", "text": ["x"]}
WITH_OUTPUT = notebook(
    {"cell_type": "code", "execution_count": 1, "metadata": {}, "source": "x", "outputs": [OUTPUT]}
)


def ipynb(text: str) -> str:
    return f'{{"cells": [{{"outputs": ["{text}"]}}]}}\n'


def typed(repo: Repo, command: str) -> None:
    subprocess.run(["sh", "-c", command], check=True, cwd=repo.root)


def test_outside_a_repo_and_before_the_first_commit_there_are_no_facts(
    tmp_path: Path, repo: Repo
) -> None:
    assert facts_of(tmp_path, "src_py") == GitFacts()
    repo.write("src_py/a.py")
    repo.git("add", "-A")
    assert facts_of(repo.root, "src_py") == GitFacts()


@pytest.mark.parametrize("folder", [".", " my lab "])
def test_the_files_of_the_last_commit(repo: Repo, folder: str) -> None:
    lab = Repo(repo.root / folder)
    lab.write("src_py/a.py", "before\n")
    assert committed(lab.root, ["src_py/a.py"]) == {}
    repo.commit()
    lab.write("src_py/a.py", "after\n")
    lab.write("src_py/b.py")
    assert committed(lab.root, ["src_py/a.py", "src_py/b.py"]) == {"src_py/a.py": b"before\n"}


@pytest.mark.parametrize("folder", [".", "lab", " my lab "])
def test_what_differs_has_its_text_of_the_last_commit(repo: Repo, folder: str) -> None:
    """The workspace is the top folder of a repository, or a folder below it."""
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
    facts = facts_of(lab.root, "src_py")
    texts = {path: data.decode().split("\n")[0] for path, data in facts.before.items()}
    assert texts == {
        "src_py/changed.py": "this is changed",
        "src_py/staged.py": "this is staged",
        "src_py/gone.py": "this is gone",
        "src_py/new name.py": "this is old name",
    }
    sources = {path for path in facts.known if path.startswith("src_py/")}
    assert sources == {f"src_py/{n}.py" for n in ("same", "changed", "staged", "new name")}


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
    assert facts_of(repo.root, "src_py").notebooks == {
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
    facts = facts_of(repo.root, "src_py")
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
    facts = facts_of(repo.root, "src_py")
    assert facts.notebooks == {}
    assert facts.before == {"src_py/a.py": b"two\n"}


def test_asking_for_facts_takes_no_lock_and_a_broken_repo_is_named(repo: Repo) -> None:
    repo.write("src_py/a.py")
    repo.commit()
    os.utime(repo.root / "src_py/a.py", (1, 1))
    index = repo.root / ".git/index"
    before = (index.read_bytes(), index.stat().st_mtime_ns)
    (repo.root / ".git/index.lock").touch()
    assert facts_of(repo.root, "src_py").before == {}
    assert (index.read_bytes(), index.stat().st_mtime_ns) == before
    index.write_bytes(b"garbage")
    with pytest.raises(WorkspaceError, match=r"^git diff failed: "):
        facts_of(repo.root, "src_py")


@pytest.mark.parametrize("number", [0, 1])
def test_the_advice_for_outputs_of_a_deleted_notebook_works(repo: Repo, number: int) -> None:
    for name in ("a b.ipynb", "kept.ipynb"):
        repo.write(name, WITH_OUTPUT)
    repo.git("add", "-A")
    repo.git("commit", "-qm", "1")
    (repo.root / "a b.ipynb").unlink()
    gone, kept = check({}, facts_of(repo.root, "src_py"))
    typed(repo, gone.hints[number].partition(": ")[2])
    typed(repo, kept.hints[0].partition(": ")[2])
    assert (repo.root / "a b.ipynb").exists() == bool(number)
    assert ("a b.ipynb" in repo.git("ls-files")) == bool(number)


def test_the_doctors_advice_works_where_a_notebook_is_deleted(repo: Repo) -> None:
    repo.write("a.ipynb", WITH_OUTPUT)
    repo.write("b.ipynb", WITH_OUTPUT)
    repo.git("add", "-A")
    repo.git("commit", "-qm", "1")
    (repo.root / "a.ipynb").unlink()
    facts = replace(WELL, clone=look(repo.root, repo.root, Layout()))
    [finding] = [each for each in diagnose(facts) if each.code == "notebooks"]
    command = finding.hints[0].partition(", then")[0]
    typed(repo, command)
    assert repo.git("ls-files") == "b.ipynb"


def test_a_file_of_an_earlier_commit_is_read_also_below_the_top_folder(repo: Repo) -> None:
    repo.write("lab/src_py/a.py", "one\n")
    repo.git("add", "-A")
    repo.git("commit", "-qm", "one")
    commit = repo.git("rev-parse", "HEAD").strip()
    repo.write("lab/src_py/a.py", "two\n")
    repo.git("commit", "-qam", "two")
    folder = repo.root / "lab"
    assert at_commit(folder, commit, "src_py/a.py") == b"one\n"
    assert at_commit(folder, commit, "src_py/b.py") is None
    assert at_commit(folder, "0" * 40, "src_py/a.py") is None
    assert at_commit(folder, "--batch", "src_py/a.py") is None
