"""Tests of what this machine has for programs, also in a container."""

import os
from pathlib import Path

import psutil
import pytest

from nbship.edges import machine


@pytest.fixture
def cgroup(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return the folder in place of that of the container's limits."""
    monkeypatch.setattr(machine, "_CGROUP", tmp_path)
    return tmp_path


@pytest.mark.usefixtures("cgroup")
def test_without_limits_all_of_the_machine_is_there() -> None:
    assert machine.processors() == len(os.sched_getaffinity(0))
    assert 0 < machine.free_memory() <= psutil.virtual_memory().total


@pytest.mark.usefixtures("cgroup")
def test_where_no_system_tells_which_processors_are_ours_all_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr("os.sched_getaffinity")
    assert machine.processors() == os.cpu_count()


@pytest.mark.parametrize(
    ("text", "expected"), [("50000 100000\n", 0.5), ("max 100000\n", None), ("\xe9", None)]
)
def test_a_container_may_have_a_part_of_the_processors(
    cgroup: Path, text: str, expected: float | None
) -> None:
    (cgroup / "cpu.max").write_text(text)
    assert machine.processors() == (expected or len(os.sched_getaffinity(0)))


def test_a_container_may_have_a_part_of_the_memory(cgroup: Path) -> None:
    """What the system keeps of files can be given back."""
    (cgroup / "memory.max").write_text("1000000\n")
    (cgroup / "memory.current").write_text("900000\n")
    assert machine.free_memory() == 100_000
    (cgroup / "memory.stat").write_text("anon 5\ninactive_file 300000\nodd\n")
    assert machine.free_memory() == 400_000
    (cgroup / "memory.max").write_text("max\n")
    assert machine.free_memory() > 1_000_000
