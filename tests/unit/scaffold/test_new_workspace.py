"""The plan of a new workspace: what is there stays, and a second plan changes nothing."""

import tomllib

import pytest

from nbship.core.checks.file import findings_in, parse_notebook
from nbship.core.clone.task_file import has_tasks
from nbship.core.scaffold.new_workspace import (
    Extras,
    FileChange,
    FolderFacts,
    plan_workspace,
)
from nbship.core.scaffold.templates import AGENTS, WORKFLOW
from nbship.errors import WorkspaceError
from nbship.model.layout import Layout

EMPTY = FolderFacts(None, None, has_sources=False, agents=None, workflow=None)
ALL = Extras(agents=True, workflow=True)


def planned(facts: FolderFacts, extras: Extras = ALL) -> dict[str, FileChange]:
    return {change.path: change for change in plan_workspace(facts, Layout(), extras)}


def test_an_empty_folder_gets_each_file_and_a_second_plan_none() -> None:
    changes = planned(EMPTY)
    assert {change.verb for change in changes.values()} == {"make"}
    assert list(changes) == ["pyproject.toml", "src_py/hello.py", AGENTS, WORKFLOW, "dodo.py"]
    texts = {path: change.text for path, change in changes.items()}
    facts = FolderFacts(
        texts["dodo.py"], texts["pyproject.toml"], has_sources=True, agents=texts[AGENTS],
        workflow=texts[WORKFLOW],
    )  # fmt: skip
    again = planned(facts)
    assert list(again) == ["pyproject.toml", "src_py/", AGENTS, WORKFLOW, "dodo.py"]
    assert {change.verb for change in again.values()} == {"keep"}
    assert again["dodo.py"].old == texts["dodo.py"]
    assert again["dodo.py"].words == f"has {changes['dodo.py'].words}"
    assert list(planned(EMPTY, Extras())) == ["pyproject.toml", "src_py/hello.py", "dodo.py"]


def test_the_example_is_valid() -> None:
    change = planned(EMPTY)["src_py/hello.py"]
    assert change.text
    assert not findings_in(parse_notebook(change.path, change.text.encode(), Layout().sources))


def test_the_files_of_a_project_are_extended() -> None:
    facts = FolderFacts(
        "def task_mine():\n    pass\n", "# mine\n[project]\nname = 'x'", has_sources=True,
        agents="mine", workflow=None,
    )  # fmt: skip
    changes = planned(facts)
    assert {path: change.verb for path, change in changes.items()} == {
        "pyproject.toml": "extend", "src_py/": "keep", AGENTS: "keep", WORKFLOW: "make",
        "dodo.py": "extend",
    }  # fmt: skip
    pyproject, dodo = changes["pyproject.toml"].text, changes["dodo.py"].text
    assert pyproject
    assert pyproject.startswith("# mine\n[project]\nname = 'x'\n")
    assert {"nbship", "jupytext"} <= tomllib.loads(pyproject)["tool"].keys()
    assert dodo
    assert has_tasks(dodo)


@pytest.mark.parametrize(
    ("text", "place"), [("\ndef broken(:\n", "dodo.py:2"), ("x = '\0'\n", "dodo.py")]
)
def test_a_task_file_that_is_not_python_is_named(text: str, place: str) -> None:
    facts = FolderFacts(text, None, has_sources=False, agents=None, workflow=None)
    with pytest.raises(WorkspaceError, match=f"^{place}: not Python: ") as caught:
        planned(facts)
    assert caught.value.diagnostic.hint == "Correct it; nbship adds one line to it."
