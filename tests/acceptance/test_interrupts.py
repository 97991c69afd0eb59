"""Ctrl-C at any import of a command: one line and exit code 130."""

import subprocess
import sys

import pytest

from tests.support.sampling import sample
from tests.support.workspace import Workspace

pytestmark = pytest.mark.unmeasured

# Sends Ctrl-C at the import with the number POINT after the first module of nbship.
INTERRUPTED = """
import os, runpy, signal, sys
count = -1

def interrupt(event, args):
    global count
    if event == "import" and (count >= 0 or str(args[0]).startswith("nbship.interrupts")):
        count += 1
        if count == POINT:
            os.kill(os.getpid(), signal.SIGINT)

sys.addaudithook(interrupt)
sys.argv = ARGV
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""
LINE = "interrupted: finished work is kept; run the command again"
COMMANDS = (["nbship", "check"], ["nbship", "build"], ["doit", "build"])


@pytest.mark.sample(2)
@pytest.mark.parametrize("argv", COMMANDS, ids=" ".join)
def test_ctrl_c_at_any_import_is_one_line(lab: Workspace, argv: list[str]) -> None:
    """The first import of nbship loads the module that handles Ctrl-C: count from the second."""
    interrupted = 0
    for point in sample(range(2, 400, 9), 6):
        code = INTERRUPTED.replace("POINT", str(point)).replace("ARGV", str(argv))
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=lab.root, capture_output=True, text=True, check=False,
            timeout=120,
        )  # fmt: skip
        assert "Traceback" not in done.stderr, (point, done.stderr)
        assert done.returncode in {0, 130}, (point, done.stderr)
        if done.returncode == 130:
            assert done.stderr.splitlines()[-1] == LINE, (point, done.stderr)
            interrupted += 1
    assert interrupted > 3
    assert lab.doit("build").code == 0
