"""Tests of ``doit sync`` under ``kill -9``: each file is old or new; the next sync completes."""

import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from tests.support.pair import NOTEBOOK, SOURCE, TEXT, outputs, pair_up, set_cell, texts
from tests.support.sampling import sample
from tests.support.workspace import Workspace

pytestmark = pytest.mark.unmeasured

KILLED = """
import os, signal, sys
count = 0

def kill(event, args):
    global count
    if event in ("open", "os.rename", "os.mkdir", "os.remove", "os.chmod", "shutil.rmtree"):
        shown = " ".join(str(a) for a in args)
        if "/lab/" in shown and any(part in shown for part in PARTS):
            count += 1
            if count == POINT:
                os.kill(os.getpid(), signal.SIGKILL)

PARTS = ("fula", ".nbship/sync", ".nbship/merge")
sys.addaudithook(kill)
sys.argv = ["doit", "sync"]
from doit.doit_cmd import DoitMain
sys.exit(DoitMain().run(["sync"]))
"""
MERGED = ["# Fula", "N = 4", "def f(x):\n    return x", "print(f(N) + 1)"]


@pytest.fixture
def paired(bare: Workspace) -> Workspace:
    """Return a workspace with one notebook, synced, whose code cells have been run."""
    return pair_up(bare)


def both_edited(workspace: Workspace) -> None:
    workspace.replace(SOURCE, "N = 3", "N = 4")
    set_cell(workspace, 3, "print(f(N) + 1)")


def source_edited(workspace: Workspace) -> None:
    workspace.write(SOURCE, TEXT.replace("N = 3", "N = 4").replace("f(N))", "f(N) + 1)"))


def notebook_edited(workspace: Workspace) -> None:
    set_cell(workspace, 1, "N = 4")
    set_cell(workspace, 3, "print(f(N) + 1)")


@pytest.mark.sample(3)
@pytest.mark.parametrize("edit", [both_edited, source_edited, notebook_edited])
def test_kill_9_at_any_file_operation_leaves_old_or_new_files_and_the_next_sync_ends_it(
    paired: Workspace, edit: Callable[[Workspace], None]
) -> None:
    """Kill the sync at each file operation in turn, until one sync completes."""
    edit(paired)
    kept = [SOURCE, NOTEBOOK, ".nbship/sync/fula.json"]
    start = {path: (paired.root / path).read_bytes() for path in kept}
    assert paired.doit("sync").code == 0
    end = {path: (paired.root / path).read_bytes() for path in kept}
    killed = 0
    for point in sample(range(1, 200), 20):
        for path, data in start.items():
            (paired.root / path).write_bytes(data)
        (paired.root / ".nbship/sync/fula.ipynb").unlink(missing_ok=True)
        done = subprocess.run(
            [sys.executable, "-c", KILLED.replace("POINT", str(point))],
            cwd=paired.root, capture_output=True, check=False,
        )  # fmt: skip
        for path in kept:
            assert (paired.root / path).read_bytes() in {start[path], end[path]}, (point, path)
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
        killed += 1
        assert paired.doit("sync").code == 0  # the next sync ends what this one began
        assert (paired.root / SOURCE).read_bytes() == end[SOURCE]
        assert texts(paired) == MERGED
        assert outputs(paired)["def f(x):\n    return x"] == ["ran def f(x):\n    return x\n"]
        assert not list(paired.root.rglob(".new-fula*"))
    assert killed > 1
