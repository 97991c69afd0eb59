"""The watchdog ends a notebook that takes too long, or whose kernel's answer was lost."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from nbship.core.failure.stacks import hang_of
from nbship.edges import clock
from tests.edges.rehearsal.test_papermill import program, request
from tests.support.paths import ROOT
from tests.support.widgets import CATCHES

# Drops the reply to each cell after the one that runs this.
DROP = """
kernel = get_ipython().kernel
send = kernel.session.send
def lossy(stream, message, *more, **named):
    return None if message == "execute_reply" else send(stream, message, *more, **named)
kernel.session.send = lossy
"""


def ended(tmp_path: Path, *sources: str, **more: Any) -> tuple[int, dict[str, Any]]:
    """Run a notebook as a rehearsal does; return the exit code and the result."""
    file = Path(request(tmp_path, *sources))
    arguments = {"kernel_arguments": ["--Session.packer=kernel_stacks.pack"]}
    file.write_text(json.dumps(json.loads(file.read_text()) | arguments | more))
    (tmp_path / "tmp").mkdir()
    path = os.pathsep.join([str(ROOT), str(ROOT / "nbship/shim")])
    done = subprocess.run(
        program(file),
        cwd=tmp_path / "cwd",
        env=os.environ | {"PYTHONPATH": path, "TMPDIR": str(tmp_path / "tmp")},
        stdout=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )
    told: dict[str, Any] = json.loads((tmp_path / "result.json").read_text().splitlines()[-1])
    return done.returncode, told


def test_at_the_timeout_the_kernel_says_where_it_is(tmp_path: Path) -> None:
    waits = "import threading\ndef wait():\n    threading.Event().wait()\nwait()"
    code, result = ended(tmp_path, "X = 0", waits, ends_at=clock.seconds() + 15)
    assert (code, result["passed"], result["end"], result["cell"]) == (1, False, "timeout", 1)
    hang = hang_of(result["stacks"])
    assert hang.library == f"wait in python{sys.version_info[0]}.{sys.version_info[1]}/threading.py"
    assert ", line 3, in wait\n" in hang.traceback


def test_a_cell_has_a_time_of_its_own(tmp_path: Path) -> None:
    """The one before takes longer than this limit, and the other limits are not reached."""
    limits = {"cell-0": 60, "cell-2": 1}
    sleeps = "import time; time.sleep(1.5)", "time.sleep(60)"
    code, result = ended(tmp_path, "X = 0", *sleeps, ends_at=clock.seconds() + 60, limits=limits)
    assert (code, result["passed"], result["end"], result["cell"]) == (1, False, "cell", 2)
    assert "line 1" in hang_of(result["stacks"]).traceback


def test_a_reply_that_was_lost_is_no_endless_wait(tmp_path: Path) -> None:
    code, result = ended(tmp_path, "X = 0", DROP, "print(X)", lost=2)
    assert (code, result["passed"], result["end"], result["cell"]) == (1, False, "lost", 1)


def test_a_kernel_that_does_not_start_is_told_from_a_notebook_that_fails(tmp_path: Path) -> None:
    arguments = ["--Session.packer=no_such_module.pack"]  # the kernel ends while it starts
    code, result = ended(tmp_path, "X = 0", kernel_arguments=arguments)
    assert (code, result["passed"], result["end"]) == (1, False, "start")
    assert result["error"] == "the kernel of the notebook ended while it started"


def test_a_cell_that_only_takes_long_is_left_alone(tmp_path: Path) -> None:
    code, result = ended(tmp_path, "X = 0", "import time; time.sleep(2)", lost=0)
    assert (code, result) == (0, {"passed": True})


def test_an_output_that_takes_long_to_digest_is_no_lost_reply(tmp_path: Path) -> None:
    code, result = ended(tmp_path, "X = 0", "print('x' * 5_000_000)", "print('y' * 100)", lost=2)
    assert (code, result) == (0, {"passed": True})


def test_no_reply_is_lost_while_a_widget_takes_the_output(tmp_path: Path) -> None:
    code, result = ended(tmp_path, CATCHES, CATCHES, "print('end')")
    assert (code, result) == (0, {"passed": True})
