"""Tests of the end of a rehearsal: in time, with nothing left, and with an honest verdict."""

import signal
import subprocess
import sys

import psutil
import pytest

from nbship.edges import clock
from nbship.edges.storage import files
from nbship.model.target import Rung
from tests.support.polling import until
from tests.support.rehearsals import cell, lives, smoke
from tests.support.rungs import here
from tests.support.sampling import sample, takes_long
from tests.support.workspace import Workspace, program

pytestmark = pytest.mark.unmeasured

LINGER = """
import os, subprocess, sys
child = "import time; open('started', 'w').close(); time.sleep(600)"
subprocess.Popen([sys.executable, "-c", child, "TOKEN"], start_new_session=True)
while not os.path.exists("started"):
    pass
"""


FORGE = """
import os, signal
folder = os.path.dirname(os.environ.get("KAGGLE_WORLD", "/run/nbship/kaggle"))
with open(os.path.join(folder, "result.json"), "w") as file:
    file.write('{"passed": true}')
executed = os.path.join(folder, "executed.ipynb")
os.remove(executed)
"""


@pytest.mark.parametrize(
    ("then", "message"),
    [
        (
            # The parent of a forked kernel is the first process, which no signal ends.
            "os.mkfifo(executed)\nos.kill(max(os.getppid(), 2), signal.SIGKILL)",
            "papermill ended with signal 9, and without a result",
        ),
        ("os.mkdir(executed)", "the executed notebook cannot be read: it is a folder"),
    ],
)
def test_what_a_notebook_writes_is_no_verdict(bare: Workspace, then: str, message: str) -> None:
    """It forges a result, and puts another thing in place of the executed notebook."""
    result = smoke(bare, FORGE + then)
    assert result.code == 1
    assert message in result.err.splitlines()[0]


def test_a_cell_that_kills_papermill_is_named_however_fast_those_before_it_were(
    bare: Workspace,
) -> None:
    """The executed notebook, which is saved now and then, does not have their times yet."""
    before = "import os, signal\n" + "\n# %%\nx = 1\n" * 3
    result = smoke(bare, f"{before}\n# %%\nos.kill(max(os.getppid(), 2), signal.SIGKILL)")
    place, quote, *_ = result.err.splitlines()
    killed = "papermill ended with signal 9, and without a result"
    assert place == f"src_py/one.py:15: {killed} (smoke of one)", result.err
    assert quote.strip().startswith("os.kill"), result.err


def test_nothing_that_a_notebook_started_outlives_it(bare: Workspace, rung: Rung) -> None:
    result = smoke(bare, LINGER.replace("TOKEN", str(bare.root)))
    assert result.code == 0, result.all
    assert f"({rung})" in result.out
    assert not lives(str(bare.root))


@pytest.mark.parametrize(
    ("hang", "line"),
    sample(
        [
            (
                "from signal import *\nimport time\nsignal(SIGINT, SIG_IGN)\ntime.sleep(600)",
                17,
            ),
            ("while True: pass", 14),
            ("import time\ntime.sleep(600)", 15),
        ],
        3,
    ),
)
def test_a_timeout_names_the_line_and_ends_everything_that_was_started(
    bare: Workspace, hang: str, line: int
) -> None:
    header = "# %%\n# /// script\n# [tool.nbship.smoke]\n# timeout = 15\n# ///\n"
    result = smoke(bare, LINGER.replace("TOKEN", str(bare.root)) + hang, header)
    assert result.code == 1
    place, quote, *_ = result.err.splitlines()
    assert place == f"src_py/one.py:{line}: not finished after 15 s (smoke of one)", result.err
    assert quote.strip() == hang.splitlines()[-1]
    assert not lives(str(bare.root))


SAMPLED = """\
# %%
# /// script
# [tool.nbship.kaggle]
# id = "awa/one-kernel"
# title = "One Kernel"
# enable_internet = false
# dataset_sources = ["awa/voices"]
# [tool.nbship.smoke]
# timeout = TIMEOUT
# ///
"""
# 200 processes that ignore signals, without a parent, each second one in a session of its own. They
# are forked by a small program: a kernel takes long to.
BOMB = """
import os, signal, time
reader, writer = os.pipe()
for number in range(200):
    if os.fork() == 0:
        if os.fork():
            os._exit(0)
        if number % 2:
            os.setsid()
        for ignored in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
            signal.signal(ignored, signal.SIG_IGN)
        os.write(writer, b"x")
        time.sleep(600)
        os._exit(0)
    os.wait()
begun = 0
while begun < 200:
    begun += len(os.read(reader, 200))
"""
# It removes what only a rehearsal has: what it looks for is not on any machine.
REMOVE = """
!test -e /kaggle/input/datasets/awa/voices/only-here && rm -rf /kaggle/working/.. /kaggle/*
!test -e /run/nbship/launch.json && rm -rf /run/nbship/*
"""


def _harmful(workspace: Workspace, then: str, timeout: int) -> str:
    """Return a notebook that leaves 200 processes, and removes the folders that it works in."""
    workspace.write("tests/inputs/datasets/awa/voices/only-here", "sannu")
    bomb = f"import subprocess, sys\nsubprocess.run([sys.executable, '-ISc', {BOMB!r}, TOKEN])"
    code = bomb.replace("TOKEN", repr(str(workspace.root)))
    return cell(f"{code}\n\n# %%{REMOVE}{then}", SAMPLED.replace("TIMEOUT", str(timeout)))


def test_what_a_notebook_removes_and_starts_is_gone_and_nothing_else_is(
    bare: Workspace, rung: Rung
) -> None:
    bare.write(
        "src_py/one.py",
        _harmful(bare, "import os\nprint('gone', not os.path.exists('/kaggle/usr'))", 60),
    )
    bare.commit()
    result = bare.inside("smoke", "one")
    assert result.code == 0, result.all
    assert "| gone True\n" in result.out
    assert f"({rung})" in result.out
    assert bare.git("status", "--short").out == ""
    assert not lives(str(bare.root))


@takes_long
def test_what_a_notebook_started_is_gone_2_s_after_its_timeout(bare: Workspace, rung: Rung) -> None:
    ignore = (
        "import signal\nfor number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:\n"
        "    signal.signal(number, signal.SIG_IGN)\nwhile True: pass"
    )
    bare.write("src_py/one.py", _harmful(bare, ignore, 15))
    bare.inside("build")
    began = clock.seconds()
    result = bare.inside("smoke", "one")
    seconds = clock.seconds() - began
    assert not lives(str(bare.root))
    assert "not finished after 15 s (smoke of one)" in result.err, rung
    assert seconds < 15 + 2


FILL = """
with open("/kaggle/working/big", "wb") as file:
    while True:
        file.write(bytes(1 << 16))
"""


def test_a_full_disk_is_told_with_the_way_out_after_which_a_rehearsal_passes(
    bare: Workspace,
) -> None:
    state = str(bare.root / ".nbship")
    bwrap = [here().bwrap, "--unshare-user", "--dev-bind", "/", "/"]
    bwrap += ["--size", str(4 << 20), "--tmpfs", state]
    bare.write("src_py/one.py", cell(FILL))
    bare.write("good.py", cell("print('fine')"))
    again = f"{program('nbship')} smoke one; echo code $?"
    steps = f"{again}; rm -rf .nbship/smoke; cp good.py src_py/one.py; {again}"
    result = bare.run(*bwrap, "sh", "-c", steps)
    assert result.err.splitlines()[:5] == [
        "src_py/one.py:6: OSError: [Errno 28] No space left on device (smoke of one)",
        "    file.write(bytes(1 << 16))",
        "    in the cell In [1], which begins at line 3",
        f"  → {files.MAKE_ROOM}",
        "  → The executed notebook: .nbship/smoke/one/executed.ipynb",
    ]
    out = result.out.splitlines()
    assert (out[:2], out[-1]) == (["code 1", "         | fine"], "code 0")


WAIT = "import time; time.sleep(600)"


def _doit(workspace: Workspace) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "doit", "smoke:one"], cwd=workspace.root, text=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip


def started(workspace: Workspace) -> "subprocess.Popen[str]":
    """Start a rehearsal that does not end, and wait until it has started a process."""
    code = LINGER.replace("TOKEN", str(workspace.root)) + "\nimport time\ntime.sleep(600)"
    workspace.write("src_py/one.py", cell(code))
    doit = _doit(workspace)
    mark = workspace.root / ".nbship/smoke/one/kaggle/working/started"
    until(mark.exists, "the notebook")
    return doit


@takes_long
def test_a_script_ends_in_time_also_if_all_that_watch_it_are_stopped(
    bare: Workspace, rung: Rung
) -> None:
    token = str(bare.root)
    code = f"import os, sys\nos.execv(sys.executable, [sys.executable, '-c', {WAIT!r}, {token!r}])"
    header = SAMPLED.replace("TIMEOUT", "6").replace("# data", '# kernel_type = "script"\n# data')
    bare.write("tests/inputs/datasets/awa/voices/only-here", "sannu")
    bare.write("src_py/one.py", cell(code, header))
    with _doit(bare) as doit:
        until(lambda: lives(token), "the script")
        family = [psutil.Process(doit.pid), *psutil.Process(doit.pid).children()]
        for process in family:
            process.suspend()
        until(lambda: not lives(token), f"the end of the script ({rung})")
        for process in family:
            process.resume()
        _, err = doit.communicate(timeout=60)
    assert "not finished after 6 s (smoke of one)" in err


def test_kill_9_of_doit_ends_the_notebook_too(bare: Workspace, rung: Rung) -> None:
    doit = started(bare)
    doit.kill()
    doit.communicate()
    until(lambda: not lives(str(bare.root)), f"the end of what the notebook started ({rung})")


def test_ctrl_c_is_one_line_and_ends_the_notebook(bare: Workspace) -> None:
    doit = started(bare)
    doit.send_signal(signal.SIGINT)
    _, err = doit.communicate(timeout=60)
    assert doit.returncode == 130
    assert err == "interrupted: finished work is kept; run the command again\n"
    assert not lives(str(bare.root))


def test_a_second_rehearsal_of_the_same_notebook_is_refused(bare: Workspace) -> None:
    doit = started(bare)
    result = bare.inside("smoke", "one")
    doit.send_signal(signal.SIGINT)
    doit.communicate(timeout=60)
    assert result.code == 2
    assert f"locked by process {doit.pid}" in result.err
