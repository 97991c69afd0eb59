"""Tests of the end of forked kernels: what is done then, and what a kill leaves."""

import os
import signal
import subprocess
from pathlib import Path

import psutil
import pytest

from tests.support.polling import until
from tests.support.rehearsals import cell, lives, smoke
from tests.support.rungs import here
from tests.support.warm_kernels import printed, run_plainly, why_plain
from tests.support.workspace import Workspace, program

pytestmark = pytest.mark.unmeasured
LONG = "# %%\n# /// script\n# [tool.nbship.smoke]\n# timeout = 100\n# ///\n"


@pytest.fixture(autouse=True)
def _sandbox() -> None:
    """Kernels are forked only there."""
    here()


# What a program leaves to its end: open files of cells and of modules, and what is called then.
ENDS = """
import atexit, sys, threading, time, weakref
def write(name, open=open):
    with open(f"/kaggle/working/{name}", "w") as file:
        file.write("written")
class Last:
    def __init__(self, name):
        self.name = name
    def __del__(self, write=write):
        write(self.name)
class Circle(Last):
    def __init__(self, name):
        super().__init__(name)
        self.own = self
file = open("/kaggle/working/open-in-a-cell", "w")
file.write("all of it")
last, circle = Last("deleted"), Circle("circle")
atexit.register(write, "atexit")
thing = {1, 2}.__class__()
weakref.finalize(thing, write, "finalized")
def later():
    time.sleep(0.3)
    write("thread")
threading.Thread(target=later).start()
with open("/tmp/own_module.py", "w") as module:
    module.write("file = open('/kaggle/working/open-in-a-module', 'w')\\nfile.write('more')\\n")
sys.path.insert(0, "/tmp")
import own_module
own_module.last = Last("deleted-in-a-module")
with open("/tmp/classes.py", "w") as module:
    module.write(CLASSES)
import classes
trainer = classes.Trainer()
"""
# A circle, whose end needs what its module has.
CLASSES = """
def save(rows):
    with open("/kaggle/working/history", "w") as file:
        file.write(str(rows))
class Logger:
    def __init__(self, trainer):
        self.trainer, self.rows = trainer, [1]
    def __del__(self):
        save(self.rows)
class Trainer:
    def __init__(self):
        self.logger = Logger(self)
"""


def test_what_is_left_to_the_end_of_a_program_is_done(bare: Workspace) -> None:
    working = bare.root / ".nbship/smoke/one/kaggle/working"

    def made() -> dict[str, str]:
        return {path.name: path.read_text() for path in working.iterdir()}

    printed(bare, ENDS.replace("CLASSES", repr(CLASSES)))
    forked = made()
    run_plainly(bare)
    assert forked == made()
    assert forked == dict.fromkeys(forked, "written") | {
        "open-in-a-cell": "all of it", "open-in-a-module": "more", "history": "[1]",
    }  # fmt: skip
    assert len(forked) == 9


def test_a_kernel_that_dies_is_tried_once_more_from_its_beginning(bare: Workspace) -> None:
    """It may have died of the fork; one that dies anyway has failed."""
    dies = "import os\nif 'zygote.py' in open('/proc/self/cmdline').read():\n    os._exit(3)"
    result = smoke(bare, dies)
    assert result.code == 0, result.all
    assert "the rehearsal is repeated once" in result.all
    assert "has died" in why_plain(bare)
    result = smoke(bare, f"{dies}\n1")  # the next one is plain at once
    assert result.code == 0, result.all
    assert "repeated" not in result.all
    result = smoke(bare, "import os\nos._exit(3)")
    assert result.code == 1
    assert "Kernel died" in result.err


@pytest.fixture
def waiting(bare: Workspace) -> "subprocess.Popen[str]":
    """Return a command whose notebook waits for a file, when it runs."""
    code = (
        f"import os, subprocess, sys, time\ntoken = {str(bare.root)!r}\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)', token])\n"
        "open('/kaggle/working/began', 'w').close()\n"
        "while not os.path.exists('/kaggle/working/go'):\n    time.sleep(0.01)\n"
    )
    bare.write("src_py/one.py", cell(code, LONG))
    child = subprocess.Popen(
        [program("nbship"), "smoke", "one"], cwd=bare.root, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    until((bare.root / ".nbship/smoke/one/kaggle/working/began").exists, "the cell")
    return child


def test_nothing_outlives_a_command_that_is_killed(
    bare: Workspace, waiting: "subprocess.Popen[str]"
) -> None:
    os.killpg(waiting.pid, signal.SIGKILL)
    waiting.communicate(timeout=30)
    until(lambda: not lives(str(bare.root)), "the end of what the notebook started")
    until(lambda: not _running(bare), "the end of the sandboxes")


def test_a_zygote_that_is_killed_invents_no_verdict(
    bare: Workspace, waiting: "subprocess.Popen[str]"
) -> None:
    """The notebook is run once more, in a plain kernel."""
    sandboxes = [process for process in _running(bare) if is_zygote(process.info["cmdline"])]
    assert sandboxes
    for process in sandboxes:
        process.kill()
    began = bare.root / ".nbship/smoke/one/kaggle/working/began"
    go = began.with_name("go")
    until(lambda: _let_go(began, go, waiting), "the end of the command")
    out, _ = waiting.communicate(timeout=30)
    assert waiting.returncode == 0, out
    assert "the rehearsal is repeated once" in out
    until(lambda: not lives(str(bare.root)), "the end of what the notebook started")


def is_zygote(words: list[str]) -> bool:
    """Return whether a command line is that of the sandbox of a zygote."""
    return any(word.endswith("zygote.py") for word in words)


def _let_go(began: Path, go: Path, command: "subprocess.Popen[str]") -> bool:
    if began.exists():
        go.touch()
    return command.poll() is not None


def _running(workspace: Workspace) -> list[psutil.Process]:
    """Return the sandboxes and other programs whose command names the workspace."""
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if any(str(workspace.root) in word for word in process.info["cmdline"] or ())
    ]
