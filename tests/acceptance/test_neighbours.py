"""Tests of a dodo.py that has its own tasks and settings beside the tasks of nbship.

All tests share one workspace; each test removes the files that it made.
"""

import json
from pathlib import Path

import pytest

from tests.support.neighbours import (
    ARTIFACTS,
    DODO,
    OWN,
    existing_artifacts,
    own,
)
from tests.support.workspace import CommandResult, Workspace, executed

pytestmark = pytest.mark.unmeasured


def digest_of_one(beside: Workspace) -> str:
    (line,) = [row for row in beside.nbship("build", "one").out.splitlines() if "artifact" in row]
    return line.split()[3].rstrip(",")


@pytest.mark.sample(3)
@pytest.mark.parametrize(
    ("task", "made_of_ours"),
    [
        ("note", ARTIFACTS[:1]),
        ("copy", ARTIFACTS[:1]),
        ("copy.ipynb", ARTIFACTS[:1]),
        ("prepared", ARTIFACTS[1:]),
        ("digest", ARTIFACTS[:1]),
        ("digests", ARTIFACTS),
        ("calculated", ARTIFACTS[1:]),
        ("late", ARTIFACTS[:1]),
        ("late:one.ipynb", ARTIFACTS[:1]),
        ("late-one.ipynb", ARTIFACTS[:1]),
        ("parts:b", ARTIFACTS[:1]),
        ("changed", ARTIFACTS[:1]),
        ("_hidden", ()),
        ("build/two", ARTIFACTS[1:]),
        ("build/two/two.ipynb", ARTIFACTS[1:]),
        ("build:t*", ARTIFACTS[1:]),
    ],
)
def test_a_task_alone_has_what_it_needs_of_ours(
    beside: Workspace, task: str, made_of_ours: tuple[str, ...]
) -> None:
    result = beside.doit(task)
    assert (result.code, result.err) == (0, "")
    assert existing_artifacts(beside) == list(made_of_ours)


def test_ours_work_beside_theirs_one_by_one(beside: Workspace) -> None:
    assert executed(beside.doit("build:two")) == {"build:two"}
    assert executed(beside.doit("check")) == {"check"}
    assert executed(beside.doit("sync:one")) == {"sync:one"}
    assert executed(beside.doit("smoke:one")) == {"smoke:one"}
    idle = CommandResult(0, "note     build: nothing to do for one, two\n", "")
    assert beside.nbship("build", "one", "two") == idle


def test_values_are_there_whoever_built_it(beside: Workspace) -> None:
    """The nbship command or `doit forget` can leave doit's database without an entry."""
    digest = digest_of_one(beside)
    result = beside.doit("digest")
    assert executed(result) == {"digest"}
    (values,) = own(result)
    assert values[1].startswith(digest)
    assert beside.doit("forget", "build:one").out == "forgetting build:one\n"
    beside.write("src_py/one.py", "# %%\nprint(11)\n")
    other = digest_of_one(beside)
    assert other != digest
    (values,) = own(beside.doit("digest"))
    assert values[1].startswith(other)


def test_what_depends_on_our_result_runs_where_it_changed(beside: Workspace) -> None:
    assert executed(beside.doit("changed")) == {"build:one", "changed"}
    assert executed(beside.doit("changed")) == set()
    beside.write("src_py/one.py", "# %%\nprint(11)\n")
    assert executed(beside.doit("changed", "-n", "again")) == {"build:one", "changed"}


def test_their_settings_decide_and_ours_are_kept(beside: Workspace) -> None:
    result = beside.doit()
    assert result.out.splitlines()[0] == ".  build:one"
    assert ".  a title" in result.out
    assert "build    two  artifact" in result.out  # printed, whatever the verbosity
    assert "--" not in beside.doit().out  # their reporter shows no task that is up to date
    assert (beside.root / ".nbship/doit.json").is_file()
    assert not list(beside.root.glob(".doit*"))
    assert own(beside.doit("parts")) == []  # theirs are as quiet as ever


def test_without_default_tasks_nothing_of_ours_is_pushed(beside: Workspace) -> None:
    beside.write("dodo.py", DODO.replace('"default_tasks": ["note", "build"], ', ""))
    result = beside.doit("-n", "2")
    assert result.code == 0, result.all
    done = executed(result)
    assert {"check", "build:one", "build:two", "smoke:one", "smoke:two", "copy"} <= done
    assert not any(task.startswith(("push", "ship", "watch", "sync")) for task in done)


@pytest.mark.parametrize(
    ("config", "place"),
    [
        ('"dep_file": "other.db"', "other.db"),
        ('"backend": "sqlite3", "dep_file": "other.sqlite"', "other.sqlite"),
        ('"num_process": 2, "continue": True, "verbosity": 0', ".nbship/doit.json"),
    ],
)
def test_the_database_is_where_they_say(beside: Workspace, config: str, place: str) -> None:
    beside.write("dodo.py", DODO.replace('"reporter": "executed-only"', config))
    result = beside.doit("note")
    assert result.code == 0
    assert "build    one  artifact" in result.out
    assert [path.name for path in beside.root.glob(f"{place}*")] != []
    assert not list(beside.root.glob(".doit*"))


def test_settings_in_pyproject_toml_count_as_well(beside: Workspace) -> None:
    beside.write("dodo.py", "from nbship.tasks import *\n")
    beside.write(
        "pyproject.toml",
        '[tool.nbship]\n[tool.doit]\ndefault_tasks = ["build:two"]\nreporter = "json"\n',
    )
    result = beside.doit()
    (task,) = json.loads(result.out)["tasks"]
    assert (task["name"], task["result"]) == ("build:two", "success")
    assert (beside.root / ".nbship/doit.json").is_file()


def test_every_command_of_doits_does_what_its_users_expect(beside: Workspace) -> None:
    assert beside.doit("build").code == 0
    listed = beside.doit("list", "--all", "--status", "--deps", "--private").out
    for task in (*OWN, "parts:a", "build:one", "push:two", "smoke"):
        assert f" {task} " in listed, task
    assert "U build:one" in listed
    for task in (*OWN, "build", "build:one", "push:two", "check"):
        assert beside.doit("info", task).err == "", task
    assert beside.doit("info", "build:one").code == 0  # up to date
    result = beside.doit("info", "biuld:one")
    assert (result.code, result.err) == (2, "no task 'biuld:one'; did you mean 'build:one'?\n")
    for command in ("help", "help push", "help push:two", "help task", "tabcompletion",
                    "tabcompletion --shell zsh --hardcode-tasks", "reset-dep", "reset-dep build",
                    "dumpdb", "list -q"):  # fmt: skip
        result = beside.doit(*command.split())
        assert (result.code, result.err) == (0, ""), command
    assert "build:one -> {" in beside.doit("dumpdb").out


def test_clean_removes_what_the_build_made_and_nothing_else(beside: Workspace) -> None:
    beside.doit("build")
    beside.write("build/two/mine.txt", "kept")
    tried = beside.doit("clean", "-n", "build").out
    assert "build:one - removing file 'build/one/one.ipynb'" in tried
    assert existing_artifacts(beside) == list(ARTIFACTS)
    assert beside.doit("clean", "build").code == 0
    assert existing_artifacts(beside) == []
    assert sorted(path.name for path in (beside.root / "build").rglob("*")) == ["mine.txt", "two"]
    (beside.root / "build/two/mine.txt").unlink()
    assert executed(beside.doit("build")) == {"build:one", "build:two"}
    assert beside.doit("clean", "--clean-all").code == 0
    assert existing_artifacts(beside) == []
    assert (beside.root / "src_py/one.py").is_file()


def test_a_task_can_be_ignored_and_forgotten(beside: Workspace) -> None:
    assert beside.doit("ignore", "build:one").out == "ignoring build:one\n"
    assert executed(beside.doit("build")) == {"build:two"}
    assert beside.doit("forget", "build").code == 0
    result = beside.doit("build")
    assert executed(result) == {"build:one"}  # the content of two is as it was
    assert beside.doit("forget").code == 0
    assert beside.doit("forget", "--all").code == 0


def test_from_a_folder_below_and_from_another_file(beside: Workspace) -> None:
    below = Workspace(beside.root / "src_py")
    assert executed(below.doit("-k", "build:one")) == {"build:one"}
    assert executed(below.doit("build:two", DOIT_SEEK_FILE="1")) == {"build:two"}
    assert below.nbship("build").out.startswith("note     build: nothing to do for one, ")
    beside.write("other.py", DODO)
    assert executed(beside.doit("-f", "other.py", "smoke:one")) == {"smoke:one"}
    assert beside.doit("-d", "src_py", "-f", str(beside.root / "dodo.py"), "build:one").code == 0
    assert not (beside.root / "src_py/.nbship").exists()
    assert list((beside.root / "src_py").glob(".doit*")) == []


def test_the_dodo_of_an_earlier_version_works(beside: Workspace) -> None:
    """The earlier dodo.py imports each task by name; there may be new tasks."""
    names = ("DOIT_CONFIG", "task_build", "task_check", "task_push", "task_ship", "task_smoke",
             "task_sync", "task_watch")  # fmt: skip
    beside.write("dodo.py", f"from nbship.tasks import (\n    {', '.join(names)},\n)\n")
    assert executed(beside.doit("build")) == {"build:one", "build:two"}
    beside.write("dodo.py", "from nbship.tasks import task_build as task_notebooks\n")
    assert beside.doit("list").out.split()[0] == "notebooks"
    result = beside.doit("notebooks:one")
    assert result.out == "-- notebooks:one\n"
    assert beside.doit("notebooks:oen").err == "build: no notebook 'oen'; did you mean 'one'?\n"


def test_a_mistake_in_their_dodo_is_a_line(beside: Workspace) -> None:
    beside.write("dodo.py", DODO.replace('"task_dep": ["build:one"]', '"task_dep": ["build:oen"]'))
    result = beside.doit("check")
    assert result.code == 2
    assert result.err == "note. Task dependency 'build:oen' does not exist.\n"


def test_a_dodo_without_tasks_of_ours_is_as_ever(tmp_path: Path) -> None:
    other = Workspace(tmp_path)
    other.write("dodo.py", 'def task_a():\n    return {"actions": ["false"]}\n')
    assert other.doit().code == 1
    assert other.doit("b").code == 3
    assert [path.name for path in tmp_path.glob(".doit*")] != []
