"""Sweep: a process of several forked rehearsals is killed or stopped, and no verdict is wrong.

``python -m tests.sweeps.warm_kills`` rehearses three notebooks at the same time. When two of them
are in a cell, it kills one process: the sandbox of the zygote, the zygote, the first process of a
world, papermill, a kernel, the command. The zygote and a world are also stopped. Then the notebooks
may go on. Nothing may be left running, a notebook has passed only if its last cell has run, and
the next command passes.
"""

import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.support.polling import until
from tests.support.workspace import Workspace, new_workspace
from tests.sweeps.warm import left

NAMES = ("one", "three", "two")
_LONGEST = 120  # seconds of a command
_CODE = """\
# %%
# /// script
# [tool.nbship.smoke]
# timeout = 60
# ///

# %%
import os, time
open("/kaggle/working/began", "w").close()
while not os.path.exists("/kaggle/working/go"):
    time.sleep(0.01)

# %%
open("/kaggle/working/done", "w").close()
"""


@dataclass(frozen=True, slots=True)
class Tree:
    """The processes of a command that has forked rehearsals."""

    command: psutil.Process
    sandbox: psutil.Process
    zygote: psutil.Process
    world: psutil.Process
    papermill: psutil.Process
    kernel: psutil.Process


VICTIMS: Mapping[str, tuple[Callable[[Tree], psutil.Process], signal.Signals]] = {
    "sandbox": (lambda tree: tree.sandbox, signal.SIGKILL),
    "zygote": (lambda tree: tree.zygote, signal.SIGKILL),
    "world": (lambda tree: tree.world, signal.SIGKILL),
    "papermill": (lambda tree: tree.papermill, signal.SIGKILL),
    "kernel": (lambda tree: tree.kernel, signal.SIGKILL),
    "command": (lambda tree: tree.command, signal.SIGKILL),
    "interrupted": (lambda tree: tree.command, signal.SIGINT),
    "zygote-stopped": (lambda tree: tree.zygote, signal.SIGSTOP),
    "world-stopped": (lambda tree: tree.world, signal.SIGSTOP),
}
_ENDED = ("command", "interrupted")  # the command ends at once


def main() -> int:
    """Kill each of the processes; return the exit code."""
    faults = 0
    for victim in sys.argv[1:] or VICTIMS:
        with tempfile.TemporaryDirectory(prefix="nbship-kills-") as folder:
            told = play(Path(folder).resolve(), victim)
        print(f"{victim}: {told or 'as it should be'}", flush=True)
        faults += bool(told)
    print(f"faults: {faults}")
    return int(bool(faults))


def play(root: Path, victim: str) -> str:
    """Kill one process while notebooks run in a new workspace; return what is wrong, or ""."""
    workspace = new_workspace(root)
    for name in NAMES:
        workspace.write(f"src_py/{name}.py", _CODE)
    child = _start(workspace)
    until(lambda: len(_begun(workspace)) >= 2, "two cells")
    choose, number = VICTIMS[victim]
    choose(_tree(child.pid)).send_signal(number)
    try:
        out = _go_on(workspace, child)
    finally:
        if child.poll() is None:
            child.kill()
    code = child.returncode
    expected = {"command": (-signal.SIGKILL,), "interrupted": (130,)}.get(victim, (0, 1))
    told = [] if code in expected else [f"exit code {code}"]
    told += [f"{name} has passed without its end" for name in _passed(workspace) - _done(workspace)]
    if victim not in _ENDED and (code == 0) != (_passed(workspace) == {*NAMES}):
        told.append(f"exit code {code}, and passed: {sorted(_passed(workspace))}")
    until(lambda: not [*_running(root)], "the end of what ran")
    told += ["a traceback"] if "Traceback" in out else []
    again = _start(workspace)
    rest = _go_on(workspace, again)
    if again.returncode or _passed(workspace) != {*NAMES}:
        told.append(f"the next command ends with {again.returncode}: {rest[-500:]}")
    told += [*left(root)]
    return f"{'; '.join(told)}; it said:\n{out[-1500:]}" if told else ""


def _start(workspace: Workspace) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "nbship", "smoke", "--jobs", "2"], cwd=workspace.root, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip


def _go_on(workspace: Workspace, child: "subprocess.Popen[str]") -> str:
    """Let each notebook go on that is in its cell, until the command has ended."""

    def has_ended() -> bool:
        for name in _begun(workspace):
            (_working(workspace, name) / "go").touch()
        return child.poll() is not None

    until(has_ended, "the end of the command", _LONGEST)
    return child.communicate()[0]


def _tree(command: int) -> Tree:
    """Return the processes; a world forks papermill first, and then the kernel."""
    top = psutil.Process(command)
    sandbox = next(each for each in top.children() if each.name() == "bwrap")
    zygote = next(
        each for each in sandbox.children(recursive=True) if each.name().startswith("python")
    )
    world = next(each for each in zygote.children() if len(each.children()) >= 2)
    papermill, kernel = sorted(world.children(), key=psutil.Process.create_time)[:2]
    return Tree(top, sandbox, zygote, world, papermill, kernel)


def _working(workspace: Workspace, name: str) -> Path:
    return workspace.root / f".nbship/smoke/{name}/kaggle/working"


def _begun(workspace: Workspace) -> list[str]:
    return [name for name in NAMES if (_working(workspace, name) / "began").exists()]


def _done(workspace: Workspace) -> set[str]:
    return {name for name in NAMES if (_working(workspace, name) / "done").exists()}


def _passed(workspace: Workspace) -> set[str]:
    return {name for name in NAMES if (workspace.root / f".nbship/smoked/{name}.json").exists()}


def _running(root: Path) -> list[str]:
    return [text for text in left(root) if text.startswith("a process")]


if __name__ == "__main__":
    sys.exit(main())
