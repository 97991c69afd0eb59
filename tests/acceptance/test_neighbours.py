"""Tests of a dodo.py that has its own tasks and settings beside the tasks of nbship.

All tests share one workspace; each test removes the files that it made.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.neighbours import (
    ARTIFACTS,
    DODO,
    OWN,
    existing_artifacts,
    make_as_new,
    new_lab,
    own,
)
from tests.support.workspace import CommandResult, Workspace, executed

pytestmark = pytest.mark.unmeasured


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Make the workspace that all tests share."""
    return new_lab(tmp_path_factory.mktemp("neighbours") / "lab")


@pytest.fixture
def lab(made: Workspace) -> Iterator[Workspace]:
    """Return the workspace without any built files."""
    yield made
    make_as_new(made)


def digest_of_one(lab: Workspace) -> str:
    (line,) = [row for row in lab.nbship("build", "one").out.splitlines() if "artifact" in row]
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
    lab: Workspace, task: str, made_of_ours: tuple[str, ...]
) -> None:
    result = lab.doit(task)
    assert (result.code, result.err) == (0, "")
    assert existing_artifacts(lab) == list(made_of_ours)


def test_ours_work_beside_theirs_one_by_one(lab: Workspace) -> None:
    assert executed(lab.doit("build:two")) == {"build:two"}
    assert executed(lab.doit("check")) == {"check"}
    assert executed(lab.doit("sync:one")) == {"sync:one"}
    assert executed(lab.doit("smoke:one")) == {"smoke:one"}
    idle = CommandResult(0, "note     build: nothing to do for one, two\n", "")
    assert lab.nbship("build", "one", "two") == idle


def test_values_are_there_whoever_built_it(lab: Workspace) -> None:
    """The nbship command or `doit forget` can leave doit's database without an entry."""
    digest = digest_of_one(lab)
    result = lab.doit("digest")
    assert executed(result) == {"digest"}
    (values,) = own(result)
    assert values[1].startswith(digest)
    assert lab.doit("forget", "build:one").out == "forgetting build:one\n"
    lab.write("src_py/one.py", "# %%\nprint(11)\n")
    other = digest_of_one(lab)
    assert other != digest
    (values,) = own(lab.doit("digest"))
    assert values[1].startswith(other)


def test_what_depends_on_our_result_runs_where_it_changed(lab: Workspace) -> None:
    assert executed(lab.doit("changed")) == {"build:one", "changed"}
    assert executed(lab.doit("changed")) == set()
    lab.write("src_py/one.py", "# %%\nprint(11)\n")
    assert executed(lab.doit("changed", "-n", "again")) == {"build:one", "changed"}


def test_their_settings_decide_and_ours_are_kept(lab: Workspace) -> None:
    result = lab.doit()
    assert result.out.splitlines()[0] == ".  build:one"
    assert ".  a title" in result.out
    assert "build    two  artifact" in result.out  # printed, whatever the verbosity
    assert "--" not in lab.doit().out  # their reporter shows no task that is up to date
    assert (lab.root / ".nbship/doit.json").is_file()
    assert not list(lab.root.glob(".doit*"))
    assert own(lab.doit("parts")) == []  # theirs are as quiet as ever


def test_without_default_tasks_nothing_of_ours_is_pushed(lab: Workspace) -> None:
    lab.write("dodo.py", DODO.replace('"default_tasks": ["note", "build"], ', ""))
    result = lab.doit("-n", "2")
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
def test_the_database_is_where_they_say(lab: Workspace, config: str, place: str) -> None:
    lab.write("dodo.py", DODO.replace('"reporter": "executed-only"', config))
    result = lab.doit("note")
    assert result.code == 0
    assert "build    one  artifact" in result.out
    assert [path.name for path in lab.root.glob(f"{place}*")] != []
    assert not list(lab.root.glob(".doit*"))


def test_settings_in_pyproject_toml_count_as_well(lab: Workspace) -> None:
    lab.write("dodo.py", "from nbship.tasks import *\n")
    lab.write(
        "pyproject.toml",
        '[tool.nbship]\n[tool.doit]\ndefault_tasks = ["build:two"]\nreporter = "json"\n',
    )
    result = lab.doit()
    (task,) = json.loads(result.out)["tasks"]
    assert (task["name"], task["result"]) == ("build:two", "success")
    assert (lab.root / ".nbship/doit.json").is_file()


def test_every_command_of_doits_does_what_its_users_expect(lab: Workspace) -> None:
    assert lab.doit("build").code == 0
    listed = lab.doit("list", "--all", "--status", "--deps", "--private").out
    for task in (*OWN, "parts:a", "build:one", "push:two", "smoke"):
        assert f" {task} " in listed, task
    assert "U build:one" in listed
    for task in (*OWN, "build", "build:one", "push:two", "check"):
        assert lab.doit("info", task).err == "", task
    assert lab.doit("info", "build:one").code == 0  # up to date
    result = lab.doit("info", "biuld:one")
    assert (result.code, result.err) == (2, "no task 'biuld:one'; did you mean 'build:one'?\n")
    for command in ("help", "help push", "help push:two", "help task", "tabcompletion",
                    "tabcompletion --shell zsh --hardcode-tasks", "reset-dep", "reset-dep build",
                    "dumpdb", "list -q"):  # fmt: skip
        result = lab.doit(*command.split())
        assert (result.code, result.err) == (0, ""), command
    assert "build:one -> {" in lab.doit("dumpdb").out


def test_clean_removes_what_the_build_made_and_nothing_else(lab: Workspace) -> None:
    lab.doit("build")
    lab.write("build/two/mine.txt", "kept")
    tried = lab.doit("clean", "-n", "build").out
    assert "build:one - removing file 'build/one/one.ipynb'" in tried
    assert existing_artifacts(lab) == list(ARTIFACTS)
    assert lab.doit("clean", "build").code == 0
    assert existing_artifacts(lab) == []
    assert sorted(path.name for path in (lab.root / "build").rglob("*")) == ["mine.txt", "two"]
    (lab.root / "build/two/mine.txt").unlink()
    assert executed(lab.doit("build")) == {"build:one", "build:two"}
    assert lab.doit("clean", "--clean-all").code == 0
    assert existing_artifacts(lab) == []
    assert (lab.root / "src_py/one.py").is_file()


def test_a_task_can_be_ignored_and_forgotten(lab: Workspace) -> None:
    assert lab.doit("ignore", "build:one").out == "ignoring build:one\n"
    assert executed(lab.doit("build")) == {"build:two"}
    assert lab.doit("forget", "build").code == 0
    result = lab.doit("build")
    assert executed(result) == {"build:one"}  # the content of two is as it was
    assert lab.doit("forget").code == 0
    assert lab.doit("forget", "--all").code == 0


def test_from_a_folder_below_and_from_another_file(lab: Workspace) -> None:
    below = Workspace(lab.root / "src_py")
    assert executed(below.doit("-k", "build:one")) == {"build:one"}
    assert executed(below.doit("build:two", DOIT_SEEK_FILE="1")) == {"build:two"}
    assert below.nbship("build").out.startswith("note     build: nothing to do for one, ")
    lab.write("other.py", DODO)
    assert executed(lab.doit("-f", "other.py", "smoke:one")) == {"smoke:one"}
    assert lab.doit("-d", "src_py", "-f", str(lab.root / "dodo.py"), "build:one").code == 0
    assert not (lab.root / "src_py/.nbship").exists()
    assert list((lab.root / "src_py").glob(".doit*")) == []


def test_the_dodo_of_an_earlier_version_works(lab: Workspace) -> None:
    """The earlier dodo.py imports each task by name; there may be new tasks."""
    names = ("DOIT_CONFIG", "task_build", "task_check", "task_push", "task_ship", "task_smoke",
             "task_sync", "task_watch")  # fmt: skip
    lab.write("dodo.py", f"from nbship.tasks import (\n    {', '.join(names)},\n)\n")
    assert executed(lab.doit("build")) == {"build:one", "build:two"}
    lab.write("dodo.py", "from nbship.tasks import task_build as task_notebooks\n")
    assert lab.doit("list").out.split()[0] == "notebooks"
    result = lab.doit("notebooks:one")
    assert result.out == "-- notebooks:one\n"
    assert lab.doit("notebooks:oen").err == "build: no notebook 'oen'; did you mean 'one'?\n"


def test_a_mistake_in_their_dodo_is_a_line(lab: Workspace) -> None:
    lab.write("dodo.py", DODO.replace('"task_dep": ["build:one"]', '"task_dep": ["build:oen"]'))
    result = lab.doit("check")
    assert result.code == 2
    assert result.err == "note. Task dependency 'build:oen' does not exist.\n"


def test_a_dodo_without_tasks_of_ours_is_as_ever(tmp_path: Path) -> None:
    other = Workspace(tmp_path)
    other.write("dodo.py", 'def task_a():\n    return {"actions": ["false"]}\n')
    assert other.doit().code == 1
    assert other.doit("b").code == 3
    assert [path.name for path in tmp_path.glob(".doit*")] != []
