"""A target of a push: its remote, the guards that only warn, and the commands that it shows."""

from pathlib import Path

import pytest

from nbship.model.spec import KaggleSpec
from nbship.model.target import BUILT_IN, DEFAULT, Target
from nbship.model.workspace import Workspace


def test_the_built_in_targets_are_the_shared_kernel_and_the_local_kaggle() -> None:
    assert {name: target.name for name, target in BUILT_IN.items()} == {
        "main": "main",
        "local": "local",
    }
    assert {name: target.is_local for name, target in BUILT_IN.items()} == {
        "main": False,
        "local": True,
    }
    assert all(target.rehearsal for target in BUILT_IN.values())
    assert DEFAULT in BUILT_IN


@pytest.mark.parametrize(
    ("target", "guard", "is_soft"),
    [
        (BUILT_IN["main"], "clean-tree", False),
        (BUILT_IN["local"], "clean-tree", True),
        (BUILT_IN["local"], "smoked", False),
        (Target("dev", guards={"clean-tree": "refuse"}), "clean-tree", False),
        (Target("dev", guards={"one-run": "warn"}), "one-run", True),
    ],
)
def test_a_guard_only_warns_where_the_target_says_so(
    target: Target, guard: str, *, is_soft: bool
) -> None:
    assert target.softens(guard) == is_soft


@pytest.mark.parametrize("target", [*BUILT_IN.values(), Target("dev")])
@pytest.mark.parametrize("person", ["", "awa", "ous-sow"])
def test_the_kernel_is_the_one_of_the_header_whoever_pushes(target: Target, person: str) -> None:
    assert target.kernel_id(KaggleSpec("ous-sow/trainer", "Trainer"), person) == "ous-sow/trainer"


@pytest.mark.parametrize(
    ("target", "command"),
    [
        (BUILT_IN["main"], "doit watch:fula/tts"),
        (BUILT_IN["local"], "doit watch:fula/tts -t local"),
        (Target("dev"), "doit watch:fula/tts -t dev"),
    ],
)
def test_a_command_names_every_target_but_the_default(target: Target, command: str) -> None:
    assert target.command("watch", "fula/tts") == command


def test_a_workspace_has_the_built_in_targets_and_gives_paths_on_this_machine() -> None:
    workspace = Workspace(Path("lab"), Path("lab/inputs"))
    assert workspace.targets == BUILT_IN
    assert workspace.path(workspace.layout.artifact("a/b")) == Path("lab/build/a/b")


@pytest.mark.parametrize(
    ("target", "number"),
    [
        (BUILT_IN["main"], 7),
        (BUILT_IN["local"], None),
        (Target("dev"), None),
        (Target("main", remote="local"), None),  # a workspace may redirect its main target
    ],
)
def test_only_the_shared_kernel_on_kaggle_has_the_number_of_the_header(
    target: Target, number: int | None
) -> None:
    assert target.kernel_number(KaggleSpec("ous-sow/trainer", "Trainer", id_no=7)) == number
