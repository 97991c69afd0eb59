"""A target of a push: its remote, what its guards do, and the commands that it shows."""

from pathlib import Path

import pytest

from nbship.model.target import BUILT_IN, DEFAULT, GuardMode, Target
from nbship.model.workspace import Workspace


def test_the_built_in_targets_are_the_shared_kernel_a_persons_own_and_the_local_kaggle() -> None:
    facts = {
        name: (target.name, target.is_shared, target.personal, target.is_local, target.rehearsal)
        for name, target in BUILT_IN.items()
    }
    assert facts == {
        "main": ("main", True, False, False, True),
        "dev": ("dev", False, True, False, True),
        "local": ("local", False, False, True, True),
    }
    assert [name for name, target in BUILT_IN.items() if target.is_usual] == [DEFAULT]
    assert not Target("main", remote="local").is_shared  # a workspace may redirect its main target


@pytest.mark.parametrize(
    ("target", "guard", "mode"),
    [
        (BUILT_IN["main"], "clean-tree", "refuse"),
        (BUILT_IN["local"], "clean-tree", "warn"),
        (BUILT_IN["local"], "smoked", "refuse"),
        (Target("lab", guards={"one-run": "skip"}), "one-run", "skip"),
    ],
)
def test_a_guard_refuses_unless_the_target_says_otherwise(
    target: Target, guard: str, mode: GuardMode
) -> None:
    assert target.mode(guard) == mode


@pytest.mark.parametrize(
    ("target", "command"),
    [
        (BUILT_IN["main"], "doit watch:fula/tts"),
        (BUILT_IN["local"], "doit watch:fula/tts -t local"),
        (Target("dev"), "doit watch:fula/tts -t dev"),
        (Target("dev", is_usual=True), "doit watch:fula/tts"),
        (Target("main"), "doit watch:fula/tts -t main"),
    ],
)
def test_a_command_names_every_target_but_the_default(target: Target, command: str) -> None:
    assert target.command("watch", "fula/tts") == command


def test_a_workspace_has_the_built_in_targets_and_gives_paths_on_this_machine() -> None:
    workspace = Workspace(Path("lab"), Path("lab/inputs"))
    assert workspace.targets == BUILT_IN
    assert workspace.path(workspace.layout.artifact("a/b")) == Path("lab/build/a/b")
