"""Tests of failures, beside the own tasks of a dodo.py: which code counts, and what still starts.

All tests share one workspace; each test removes the files that it made.
"""

import json

import pytest

from tests.support.neighbours import ARTIFACTS, DODO, existing_artifacts, own
from tests.support.workspace import Workspace

pytestmark = pytest.mark.unmeasured


@pytest.mark.sample(3)
@pytest.mark.parametrize(
    "options",
    [
        ("-n", "2"),
        ("-n", "2", "-P", "thread"),
        ("--continue",),
        ("-n", "2", "-c"),
        ("-a",),
        ("-s",),
        ("-v", "0"),
        ("--reporter", "zero"),
        ("--reporter", "error-only"),
        ("--reporter", "json"),
        ("-o", "other.txt"),
    ],
)
def test_the_code_of_a_failed_task_is_ours_in_every_way_to_run(
    beside: Workspace, options: tuple[str, ...]
) -> None:
    beside.write("dodo.py", f"from nbship.tasks import *\n{REFUSING}")
    result = beside.doit(*options, "push:two")
    assert result.code == 3, result.all
    if "json" in options:
        assert json.loads(result.out)["tasks"][-1]["result"] == "fail"
    else:
        assert "no passing smoke" in result.all


# A push that a guard refuses, without a server to ask.
REFUSING = """
from nbship.errors import GuardRefused
from nbship.verbs import push


def refuse(*_):
    raise GuardRefused("no passing smoke")


push.push = refuse
import nbship.frontends.connect as connect
from contextlib import nullcontext
connect.connected = lambda *_: nullcontext()
"""


def test_the_highest_code_of_several_counts(beside: Workspace) -> None:
    beside.write("dodo.py", f"from nbship.tasks import *\n{REFUSING}")
    beside.write("src_py/one.py", "# %%\nprint((\n")
    assert beside.doit("build:one").code == 1
    assert beside.doit("build:one", "push:two").code == 1
    for more in ((), ("-n", "2")):
        assert beside.doit("-c", *more, "build:one", "push:two", "build:two").code == 3
    assert beside.doit("-c", "push:two", "build:one").code == 3


@pytest.mark.sample(2)
@pytest.mark.parametrize("more", [(), ("-n", "2"), ("-n", "2", "-P", "thread")])
def test_after_a_failure_of_ours_only_ours_that_go_on_start(
    beside: Workspace, more: tuple[str, ...]
) -> None:
    beside.write("src_py/one.py", "# %%\nprint((\n")
    result = beside.doit(*more, "build:one", "note", "build:two", "digest")
    assert result.code == 1
    assert existing_artifacts(beside) == list(ARTIFACTS[1:])
    assert not (beside.root / "note.txt").exists()
    assert not own(result)
    assert result.err.count("not Python") == 1
    assert result.err.splitlines()[-1] == "build: 1 of 2 failed: one"


def test_after_a_failure_of_theirs_nothing_starts(beside: Workspace) -> None:
    beside.write("dodo.py", DODO + "\n\ndef task_wrong():\n    return {'actions': ['false']}\n")
    assert beside.doit("wrong", "build:two").code != 0
    assert existing_artifacts(beside) == []
    assert beside.doit("-c", "wrong", "build:two").code != 0
    assert existing_artifacts(beside) == list(ARTIFACTS[1:])


def test_with_continue_theirs_start_as_well(beside: Workspace) -> None:
    beside.write("src_py/one.py", "# %%\nprint((\n")
    result = beside.doit("-c", "build", "parts:a", "find", "late")
    assert result.code == 1
    assert existing_artifacts(beside) == list(ARTIFACTS[1:])
    assert "unmet" not in result.all.lower() or "parts:a" in result.all
