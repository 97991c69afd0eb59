"""Tests of failures, beside the own tasks of a dodo.py: which code counts, and what still starts.

All tests share one workspace; each test removes the files that it made.
"""

import json
from collections.abc import Iterator

import pytest

from tests.support.neighbours import ARTIFACTS, DODO, existing_artifacts, make_as_new, new_lab, own
from tests.support.workspace import Workspace

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
    lab: Workspace, options: tuple[str, ...]
) -> None:
    lab.write("dodo.py", f"from nbship.tasks import *\n{REFUSING}")
    result = lab.doit(*options, "push:two")
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


def test_the_highest_code_of_several_counts(lab: Workspace) -> None:
    lab.write("dodo.py", f"from nbship.tasks import *\n{REFUSING}")
    lab.write("src_py/one.py", "# %%\nprint((\n")
    assert lab.doit("build:one").code == 1
    assert lab.doit("build:one", "push:two").code == 1
    for more in ((), ("-n", "2")):
        assert lab.doit("-c", *more, "build:one", "push:two", "build:two").code == 3
    assert lab.doit("-c", "push:two", "build:one").code == 3


@pytest.mark.sample(2)
@pytest.mark.parametrize("more", [(), ("-n", "2"), ("-n", "2", "-P", "thread")])
def test_after_a_failure_of_ours_only_ours_that_go_on_start(
    lab: Workspace, more: tuple[str, ...]
) -> None:
    lab.write("src_py/one.py", "# %%\nprint((\n")
    result = lab.doit(*more, "build:one", "note", "build:two", "digest")
    assert result.code == 1
    assert existing_artifacts(lab) == list(ARTIFACTS[1:])
    assert not (lab.root / "note.txt").exists()
    assert not own(result)
    assert result.err.count("not Python") == 1
    assert result.err.splitlines()[-1] == "build: 1 of 2 failed: one"


def test_after_a_failure_of_theirs_nothing_starts(lab: Workspace) -> None:
    lab.write("dodo.py", DODO + "\n\ndef task_wrong():\n    return {'actions': ['false']}\n")
    assert lab.doit("wrong", "build:two").code != 0
    assert existing_artifacts(lab) == []
    assert lab.doit("-c", "wrong", "build:two").code != 0
    assert existing_artifacts(lab) == list(ARTIFACTS[1:])


def test_with_continue_theirs_start_as_well(lab: Workspace) -> None:
    lab.write("src_py/one.py", "# %%\nprint((\n")
    result = lab.doit("-c", "build", "parts:a", "find", "late")
    assert result.code == 1
    assert existing_artifacts(lab) == list(ARTIFACTS[1:])
    assert "unmet" not in result.all.lower() or "parts:a" in result.all
