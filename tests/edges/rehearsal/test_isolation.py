"""The rung of rehearsals: found by a real try, noted, and asked anew when the machine changes."""

import json
import os
import platform
import stat
import sys
from pathlib import Path

import pytest

from nbship.edges.rehearsal import isolation
from nbship.model.workspace import Workspace
from tests.support.rungs import here


def program(folder: Path, text: str) -> Path:
    """Write a program that takes the place of bubblewrap."""
    folder.mkdir(parents=True)
    path = folder / "bwrap"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.fixture
def others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let only the PATH name bubblewrap; return the folder for one there."""
    monkeypatch.setattr(isolation, "_USUAL", str(tmp_path / "none"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/sbin")
    return tmp_path / "bin"


def test_a_sandbox_that_works_is_noted_and_not_tried_again(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = here()
    assert isolation.find(workspace) == found
    note = workspace.path(workspace.layout.sandbox)
    monkeypatch.setattr(isolation, "_TRIED", "exit 3")
    assert isolation.find(workspace) == found
    note.write_text(json.dumps({**json.loads(note.read_text()), "boot": "another"}))
    assert isolation.find(workspace).reason == f"{found.bwrap} ends with exit code 3"
    note.write_text("{")
    assert isolation.find(workspace).rung == "shim"
    machine = isolation.machine(workspace)
    assert (machine.system, machine.bwrap) == ("linux", found.bwrap)


def test_why_there_is_no_sandbox_is_told_each_time(
    workspace: Workspace, others: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isolation.find(workspace).reason == "bubblewrap is not installed"
    bwrap = program(others, "echo 'bwrap: No permissions to create new namespace' >&2; exit 1")
    found = isolation.find(workspace)
    assert (found.rung, found.reason) == ("shim", "bwrap: No permissions to create new namespace")
    assert isolation.machine(workspace).bwrap == str(bwrap)
    assert not workspace.path(workspace.layout.sandbox).exists()
    monkeypatch.setenv(isolation.SWITCH, "off")
    assert isolation.find(workspace).reason == "NBSHIP_SANDBOX=off"
    assert isolation.machine(workspace).switch == "NBSHIP_SANDBOX=off"


def test_a_bubblewrap_in_the_workspace_is_not_taken(
    workspace: Workspace, others: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(workspace.root / "bin", "exit 0")
    monkeypatch.setenv("PATH", f"{workspace.root / 'bin'}:{os.environ['PATH']}")
    assert not others.exists()
    assert isolation.find(workspace).reason == "bubblewrap is not installed"


def test_a_bubblewrap_that_does_not_end_is_no_sandbox(
    workspace: Workspace, others: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(others, "exec sleep 600")
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}:/usr/bin:/bin")
    monkeypatch.setattr(isolation, "_TIMEOUT", 0.5)
    assert "did not answer within" in isolation.find(workspace).reason


def test_another_system_has_none(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert isolation.find(workspace).reason == "bubblewrap needs Linux"
    assert isolation.machine(workspace).system == "darwin"


def test_a_machine_that_does_not_say_what_it_is_has_no_distribution(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> dict[str, str]:
        raise FileNotFoundError

    monkeypatch.setattr(platform, "freedesktop_os_release", missing)
    monkeypatch.setenv(isolation.SWITCH, "off")
    assert isolation.machine(workspace).distributions == ()
