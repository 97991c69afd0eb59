"""Tests of git with notebooks and sources after `nbship doctor --fix`: real clones and merges."""

import json
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from nbship.core.push.record import fold_journal, record_line
from tests.support.notebooks import cell, notebook, sources
from tests.support.paths import ROOT
from tests.support.sampling import sample
from tests.support.venvs import RUN, make_venv
from tests.support.workspace import TINY, CommandResult, Workspace
from tests.unit.push.test_record import RECORD

pytestmark = pytest.mark.unmeasured

PATH = "notebooks/x.ipynb"
BAD = "notebooks/bad file.ipynb"
THREE = notebook(cell("a = 1", "aa"), cell("b = 2", "bb"), cell("ɓ = 3\nprint(ɓ)", "cc"))
Clone = Callable[[str], Workspace]


@pytest.fixture
def clone(lab: Workspace, tmp_path: Path) -> Clone:
    """Return a function that clones a workspace with the .gitattributes of this project."""
    shutil.copy(ROOT / ".gitattributes", lab.root / ".gitattributes")
    lab.commit()
    lab.git("clone", "-q", "--bare", ".", str(tmp_path / "origin.git"))

    def clone(name: str) -> Workspace:
        lab.git("clone", "-q", str(tmp_path / "origin.git"), str(tmp_path / name))
        return Workspace(tmp_path / name)

    return clone


@pytest.fixture
def ready(clone: Clone) -> Workspace:
    """Return a fresh clone after `nbship doctor --fix`."""
    return with_the_command(clone("ready"))


@pytest.fixture
def committed(ready: Workspace) -> Workspace:
    """Return a clone in which a notebook was committed while its file has outputs."""
    ready.write(PATH, THREE)
    ready.commit()
    return ready


def with_the_command(workspace: Workspace) -> Workspace:
    result = workspace.inside("doctor", "--fix")
    assert "filter.nbstripout.clean" in result.out, result.all
    return workspace


def staged(workspace: Workspace, path: str = PATH) -> str:
    return workspace.git("show", f":{path}").out


def read(workspace: Workspace, path: str = PATH) -> str:
    return (workspace.root / path).read_text(encoding="utf-8")


def merge(theirs: Workspace, ours: Workspace) -> CommandResult:
    """Push from ``theirs``, then pull and merge in ``ours``."""
    theirs.git("push", "-q", "origin", "HEAD:main")
    return ours.run("git", "pull", "-q", "--no-rebase", "--no-edit", "origin", "main")


# A notebook with outputs


def test_a_notebook_is_committed_without_outputs_and_keeps_them_in_its_file(
    committed: Workspace,
) -> None:
    for blob in (staged(committed), committed.git("show", f"HEAD:{PATH}").out):
        assert "OUTPUT" not in blob
        assert [c["execution_count"] for c in json.loads(blob)["cells"]] == [None] * 3
        assert sources(blob) == sources(THREE)
    assert read(committed) == THREE
    assert committed.git("status", "--porcelain").out == ""


def test_running_a_notebook_again_is_no_change(committed: Workspace) -> None:
    """The program git compares the size and reports a change until the file is added."""
    committed.write(PATH, THREE.replace("OUTPUT", "ANOTHER OUTPUT").replace(": 7", ": 8"))
    assert committed.git("diff").out == ""
    committed.git("add", PATH)
    assert committed.git("status", "--porcelain").out == ""
    assert "ANOTHER OUTPUT" in read(committed)


def test_without_the_command_git_commits_outputs_and_the_doctor_says_so(clone: Clone) -> None:
    """The command is necessary because git does not let a repository configure programs."""
    fresh = clone("fresh")
    fresh.write(PATH, THREE)
    fresh.git("add", "-f", PATH)
    assert "OUTPUT" in staged(fresh)
    result = fresh.inside("doctor")
    assert result.code == 1
    assert f"in git with outputs: {PATH}" in result.out
    with_the_command(fresh)
    fresh.git("add", "--renormalize", "--", "*.ipynb")
    assert "OUTPUT" not in staged(fresh)
    assert read(fresh) == THREE
    assert fresh.inside("doctor").code == 0


@pytest.mark.parametrize(
    "place", sample(["worktree", "submodule", "subfolder", "hooks elsewhere"], 2)
)
def test_it_works_in_every_kind_of_clone(ready: Workspace, tmp_path: Path, place: str) -> None:
    other_clone = ready
    if place == "worktree":  # they share the clone's settings
        other_clone = Workspace(tmp_path / "a worktree")
        ready.git("worktree", "add", "-q", "--detach", str(other_clone.root))
    elif place == "submodule":
        outer = Workspace(tmp_path / "outer")
        outer.write("README", "")
        outer.git("init", "-q")
        allowed = ("-c", "protocol.file.allow=always")
        outer.git(*allowed, "submodule", "-q", "add", str(tmp_path / "origin.git"), "inner")
        other_clone = with_the_command(Workspace(outer.root / "inner"))
    elif place == "subfolder":
        outer = Workspace(tmp_path / "outer")
        shutil.copytree(ready.root, outer.root / "lab", ignore=shutil.ignore_patterns(".git"))
        outer.git("init", "-q")
        other_clone = with_the_command(Workspace(outer.root / "lab"))
    else:
        ready.git("config", "core.hooksPath", "/nowhere")
    assert other_clone.inside("doctor").code == 0
    other_clone.write(PATH, THREE)
    other_clone.git("add", "-f", PATH)
    assert sources(staged(other_clone, f"./{PATH}")) == sources(THREE)
    assert "OUTPUT" not in staged(other_clone, f"./{PATH}")


def test_a_module_of_the_repo_is_not_taken_for_the_filters_own(committed: Workspace) -> None:
    for name in ("nbstripout.py", "nbformat.py", "json.py", "jupytext.py"):
        committed.write(name, "raise SystemExit('taken')\n")
    committed.write(PATH, THREE.replace("a = 1", "a = 2"))
    assert "-a = 1\n+a = 2\n" in committed.git("diff", PATH).out
    committed.git("add", PATH)
    assert "a = 2" in staged(committed)


@pytest.mark.usefixtures("quick_imports")
def test_who_runs_only_nbstripouts_own_command_gets_along(clone: Clone) -> None:
    other = clone("other")
    other.run(sys.executable, "-m", "nbstripout", "--install", "--attributes", ".gitattributes")
    assert other.git("status", "--porcelain").out == ""  # it had nothing to add
    result = other.inside("doctor")
    assert result.code == 0, result.out
    assert re.search(r"^note +filter +strips outputs", result.out, re.MULTILINE)
    assert re.search(r"^note +diff ", result.out, re.MULTILINE)
    with_the_command(other)
    assert not re.search(r"^(note|wrong) +(filter|diff)", other.inside("doctor").out, re.MULTILINE)


# A filter that is broken


def test_a_deleted_venv_stops_the_commit_and_the_doctor_says_why(
    clone: Clone, tmp_path: Path
) -> None:
    fresh = clone("fresh")
    venv = tmp_path / "it's a venv"
    python = make_venv(venv)
    assert fresh.run(str(python), "-c", RUN, "doctor", "--fix").code == 0
    fresh.write(PATH, THREE)
    fresh.git("add", "-f", PATH)
    assert "OUTPUT" not in staged(fresh)
    fresh.commit()
    shutil.rmtree(venv)
    fresh.write(PATH, THREE.replace("a = 1", "a = 2"))
    assert fresh.run("git", "add", PATH).code != 0
    assert fresh.run("git", "commit", "-qam", "with outputs").code != 0
    assert "OUTPUT" not in staged(fresh)
    result = fresh.inside("doctor")
    assert result.code == 1
    assert f"its program does not exist: {python}" in result.out
    assert f"git shows JSON: {python}" in result.out
    assert fresh.inside("doctor", "--fix").code == 0
    fresh.git("add", PATH)
    assert "a = 2" in staged(fresh)
    assert "OUTPUT" not in staged(fresh)


# What git shows


def test_a_diff_of_a_notebook_is_percent_text(committed: Workspace) -> None:
    committed.write(PATH, THREE.replace("a = 1", "a = 100").replace("OUTPUT", "NEW OUTPUT"))
    shown = committed.git("diff").out
    assert shown.endswith("@@ -1,5 +1,5 @@\n # %%\n-a = 1\n+a = 100\n \n # %%\n b = 2\n")
    committed.commit()
    assert "+a = 100\n" in committed.git("log", "-p", "-1").out
    assert "+# %%\n+ɓ = 3\n+print(ɓ)\n" in committed.git("show", "HEAD~").out


def test_a_notebook_that_is_none_is_shown_as_it_is(clone: Clone) -> None:
    """A clone without the filter can commit any file; its diff must not fail."""
    careless = clone("careless")
    texts = ["no notebook\n", '{"cells": 3}\n', f"<<<<<<< HEAD\n{THREE}", "é\n"]
    for number, text in enumerate(texts):
        careless.write(f"{number}.ipynb", text)
    careless.commit()
    with_the_command(careless)
    shown = careless.git("show", "HEAD")
    for text in texts:
        assert "".join(f"+{line}\n" for line in text.splitlines()) in shown.out
    assert shown.err == ""


def test_a_diff_of_what_is_not_there_is_one_line(lab: Workspace) -> None:
    result = lab.run(sys.executable, "-m", "nbship.textconv", "nowhere.ipynb")
    assert (result.code, result.out, result.err) == (2, "", "no such file: nowhere.ipynb\n")


@pytest.mark.sample(3)
@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        (f"<<<<<<< HEAD\n{THREE}", ":1:1: not a notebook: Expecting value"),
        ("[" * 100_000, ": not a notebook: nested more than 100 levels deep"),
        (THREE[:-9], ":"),
        (THREE.replace("a = 1", "\\ud83d"), ": not a valid notebook: cell 1: line 1 contains half"),
    ],
)
def test_a_file_that_the_filter_cannot_read_stops_no_other_file(
    committed: Workspace, text: str, line: str
) -> None:
    committed.write(BAD, text)
    committed.write(PATH, THREE.replace("a = 1", "a = 2"))
    for command in (["add", "-A"], ["stash", "-u"], ["stash", "pop"], ["commit", "-qam", "both"]):
        result = committed.run("git", *command)
        assert result.code == 0, result.err
        shown = [row for row in result.err.splitlines() if row.startswith("warning  ")]
        assert all(row.startswith(f"warning  {BAD}{line}") for row in shown)
    assert committed.git("status", "--porcelain").out == ""
    assert "a = 2" in staged(committed)
    result = committed.inside("check")
    assert ("committed-outputs" in result.all) is ("OUTPUT" in staged(committed, BAD))


def test_missing_and_doubled_ids_are_no_change_the_second_time(committed: Workspace) -> None:
    for text in (THREE.replace('"id": "aa",', ""), THREE.replace('"bb"', '"aa"')):
        committed.write(PATH, text)
        committed.commit()
        assert len(set(sources(staged(committed)))) == 3
        (committed.root / PATH).touch()
        committed.git("add", PATH)
        assert committed.git("status", "--porcelain").out == ""
        assert committed.git("diff", "HEAD").out == ""


def test_a_build_that_is_committed_by_force_keeps_its_bytes(ready: Workspace, clone: Clone) -> None:
    assert ready.inside("build").code == 0
    ready.git("add", "-f", "build")
    ready.commit()
    ready.git("push", "-q", "origin", "HEAD:main")
    assert with_the_command(clone("other")).artifact("tiny") == ready.artifact("tiny")
    ready.replace("src_py/tiny.py", "COUNT = 3", "COUNT = 4")
    assert ready.inside("build").code == 0
    assert "Binary files" in ready.git("diff", "build/tiny/tiny.ipynb").out


def test_a_journal_that_is_committed_by_force_has_the_lines_of_both(clone: Clone) -> None:
    awa, musa = clone("awa"), clone("musa")
    for who in (awa, musa):
        who.write("runs/journal.jsonl", record_line(replace(RECORD, id=who.root.name)))
        who.git("add", "-f", "runs")
        who.commit()
    assert merge(awa, musa).code == 0
    records = fold_journal(read(musa, "runs/journal.jsonl").splitlines())
    assert {record.id for record in records} == {"awa", "musa"}


# Two people


def test_changes_in_different_cells_of_a_source_merge_cleanly(clone: Clone) -> None:
    awa, musa = clone("awa"), clone("musa")
    awa.replace("src_py/tiny.py", "COUNT = 3", "COUNT = 4")
    musa.replace("src_py/tiny.py", "print(words.greet(COUNT))", "print(words.greet(2))")
    awa.commit()
    musa.commit()
    assert merge(awa, musa).code == 0
    both = TINY.replace("COUNT = 3", "COUNT = 4")
    assert read(musa, "src_py/tiny.py") == both.replace(
        "print(words.greet(COUNT))", "print(words.greet(2))"
    )
    assert musa.inside("build").code == 0


def test_changes_of_the_same_cell_are_a_conflict_within_that_cell(clone: Clone) -> None:
    awa, musa = clone("awa"), clone("musa")
    awa.replace("src_py/tiny.py", "COUNT = 3", "COUNT = 4")
    musa.replace("src_py/tiny.py", "COUNT = 3", "COUNT = 5")
    awa.commit()
    musa.commit()
    assert merge(awa, musa).code == 1
    text = read(musa, "src_py/tiny.py")
    [conflict] = re.findall(
        r"^<<<<<<< .*\nCOUNT = 5\n=======\nCOUNT = 4\n>>>>>>> .*\n", text, re.MULTILINE
    )
    assert text.replace(conflict, "COUNT = 3\n") == TINY  # the other cells are whole


def test_changes_in_different_cells_of_a_notebook_merge_cleanly(
    committed: Workspace, clone: Clone
) -> None:
    awa, musa = two(committed, clone)
    awa.write(PATH, THREE.replace("a = 1", "a = 100"))
    musa.write(PATH, THREE.replace("ɓ = 3", "ɓ = 300"))
    awa.commit()
    musa.commit()
    assert merge(awa, musa).code == 0
    assert sources(read(musa)) == {"aa": "a = 100", "bb": "b = 2", "cc": "ɓ = 300\nprint(ɓ)"}


def test_cells_that_two_people_add_merge_cleanly_with_ids_of_their_own(
    committed: Workspace, clone: Clone
) -> None:
    awa, musa = two(committed, clone)
    old = json.loads(THREE)["cells"]
    awa.write(PATH, notebook(cell("0", "of-awa"), *old))
    musa.write(PATH, notebook(*old[:2], cell("2.5", "of-musa"), *old[2:]))
    awa.commit()
    musa.commit()
    assert merge(awa, musa).code == 0
    assert list(sources(read(musa))) == ["of-awa", "aa", "bb", "of-musa", "cc"]


def test_changes_of_the_same_cell_of_a_notebook_are_a_conflict_in_that_cell(
    committed: Workspace, clone: Clone
) -> None:
    awa, musa = two(committed, clone)
    awa.write(PATH, THREE.replace("a = 1", "a = 100"))
    musa.write(PATH, THREE.replace("a = 1", "a = 200"))
    awa.commit()
    musa.commit()
    assert merge(awa, musa).code == 1
    assert sources(read(musa)) == {
        "aa": "<<<<<<< ours\na = 200\n=======\na = 100\n>>>>>>> theirs",
        "bb": "b = 2",
        "cc": "ɓ = 3\nprint(ɓ)",
    }
    assert musa.run("git", "commit", "-qm", "unmerged").code != 0
    musa.git("checkout", "-q", "--theirs", PATH)
    musa.commit()
    assert sources(read(musa))["aa"] == "a = 100"


def two(committed: Workspace, clone: Clone) -> tuple[Workspace, Workspace]:
    """Return the clones of two people, both with the committed notebook."""
    committed.git("push", "-q", "origin", "HEAD:main")
    return committed, with_the_command(clone("musa"))


# There and back


def test_stash_and_checkout_lose_nothing_of_a_notebooks_source(committed: Workspace) -> None:
    committed.git("branch", "other")
    edited = THREE.replace("b = 2", "b = 200")
    committed.write(PATH, edited)
    committed.git("stash", "-q")
    assert sources(read(committed)) == sources(THREE)
    committed.git("checkout", "-q", "other")
    committed.git("stash", "pop", "-q")
    assert sources(read(committed)) == sources(edited)
    committed.commit()
    committed.git("checkout", "-q", "main")
    assert sources(read(committed)) == sources(THREE)
    committed.git("checkout", "-q", "other")
    assert sources(read(committed)) == sources(edited)


def test_a_clone_with_other_line_ends_builds_the_same_bytes(
    ready: Workspace, tmp_path: Path
) -> None:
    ready.write("src_py/readme.md", "a\n")
    ready.write("runs.bat", "a\n")
    ready.commit()
    crlf = Workspace(tmp_path / "crlf")
    ready.git("clone", "-q", "-c", "core.autocrlf=true", str(ready.root), str(crlf.root))
    assert b"\r" in (crlf.root / "runs.bat").read_bytes()  # the setting has its effect
    for path in ("src_py/tiny.py", "src_py/words.py", "src_py/readme.md", "pyproject.toml"):
        assert b"\r" not in (crlf.root / path).read_bytes()
    for workspace in (ready, crlf):
        assert workspace.inside("build").code == 0
    assert crlf.artifact("tiny") == ready.artifact("tiny")
    assert crlf.git("status", "--porcelain").out == ""
