"""The kill sweep: a command is killed at each of its file operations, and the next one works.

``python -m tests.sweeps.kills`` kills each command at each operation that changes a file of the
workspace, doit's and git's own files included, and runs the command again: it must end with exit
code 0, without a traceback, and with the files that an undisturbed run makes.
"""

import argparse
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.notebooks import cell, notebook
from tests.support.web_page import WebPage
from tests.support.workspace import KERNEL, TINY, WORDS, Workspace, new_workspace, serving

COMMANDS: tuple[tuple[str, ...], ...] = (
    ("doit", "sync"),
    ("doit", "build"),
    ("doit", "check"),
    ("doit", "smoke"),
    ("doit",),
    ("doit", "clean"),
    ("doit", "ship:tiny", "-t", "local"),
    ("nbship", "doctor", "--fix"),
    ("nbship", "adopt", "--allow-dirty"),
    ("nbship", "rescue", "tiny", "-t", "local"),
)
_BEFORE: dict[tuple[str, ...], tuple[str, ...]] = {
    ("doit", "clean"): ("doit", "build"),  # a command that finds nothing to do else
}
_FILES: dict[tuple[str, ...], dict[str, str]] = {
    ("nbship", "adopt", "--allow-dirty"): {
        "old/old.ipynb": notebook(cell("print('old')", "old")),
        "old/kernel-metadata.json": '{"id": "awa/old-kernel", "title": "Old Kernel"}',
    },
}
_MOST = 400  # operations of one command
_KILLED = """
import os, signal, sys
count = 0
root = os.getcwd() + "/"
CHANGES = ("os.rename", "os.link", "os.mkdir", "os.remove", "os.rmdir", "os.truncate", "os.symlink")

def changes(event, args):
    if event == "open":
        is_change = len(args) > 2 and args[2] & (os.O_WRONLY | os.O_RDWR)
    else:
        is_change = event in CHANGES
    if not is_change or not isinstance(args[0], (str, bytes)):
        return False
    path = os.fsdecode(args[0])
    return "__pycache__" not in path and (not path.startswith("/") or path.startswith(root))

def kill(event, args):
    global count
    if event in MORE or changes(event, args):
        count += 1
        if count == POINT:
            os.kill(os.getpid(), signal.SIGKILL)

sys.stdin.readline()
sys.addaudithook(kill)
sys.argv = ARGV
if sys.argv[0] == "doit":
    from doit.__main__ import main
else:
    from nbship.__main__ import main
sys.exit(main())
"""


def killed(words: Iterable[str], point: int, more: Iterable[str] = ()) -> str:
    """Return the code of a command that kills itself before its operation ``point``; 0 is none.

    It counts each operation that changes a file of the workspace, and the audit events ``more``. It
    begins when its standard input has a line, or ends.
    """
    code = _KILLED.replace("POINT", str(point)).replace("MORE", repr([*more]))
    return code.replace("ARGV", repr([*words]))


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill: the command, the number of the operation, and what was wrong afterwards."""

    command: tuple[str, ...]
    point: int
    fault: str


def main(arguments: list[str]) -> int:
    """Kill every command at every operation; return 1 if a fault was found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--every", type=int, default=1, help="kill at each n-th operation only")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        found = list(kills(Path(folder).resolve(), options.every))
    for kill in found:
        if kill.fault:
            print(f"{' '.join(kill.command)}, operation {kill.point}: {kill.fault}")
    faults = sum(bool(kill.fault) for kill in found)
    print(f"{len(found)} kills, {faults} faults")
    return 1 if faults else 0


def kills(
    folder: Path, every: int = 1, commands: Iterable[tuple[str, ...]] = COMMANDS
) -> Iterator[Kill]:
    """Yield each kill of each command in a small workspace below ``folder``."""
    workspace = new_workspace(folder / "start")
    workspace.write("src_py/tiny.py", TINY)
    workspace.write("src_py/words.py", WORDS)
    workspace.commit()
    for command in commands:
        if before := _BEFORE.get(command):
            _succeed(workspace, before)
        if "rescue" in command:
            _edit_on_the_web(workspace)
        for path, text in _FILES.get(command, {}).items():
            workspace.write(path, text)
        expected = _undisturbed(workspace, folder / "whole", command)
        for point in range(1, _MOST, every):
            fault = _kill(workspace, folder / "killed", command, point, expected)
            if fault is None:
                break
            yield Kill(command, point, fault)


def _edit_on_the_web(workspace: Workspace) -> None:
    """Push the kernel to the local Kaggle, and change it there and here."""
    with serving(workspace) as local:
        flags = ("--allow-unsmoked", "--allow-dirty", "--no-run")
        _succeed(workspace, ("nbship", "push", "tiny", "-t", "local", *flags))
        picture = {
            "source": "![](attachment:p.png)",
            "attachments": {"p.png": {"image/png": "aQ=="}},
        }
        WebPage(local.url, KERNEL, local.env["KAGGLE_KEY"]).edit(
            lambda cells: cells.append({"cell_type": "markdown", "metadata": {}, **picture}),
            enableInternet=True,
        )
    workspace.replace("src_py/tiny.py", "COUNT = 3", "COUNT = 4")


def _undisturbed(start: Workspace, root: Path, command: tuple[str, ...]) -> dict[str, bytes]:
    copy = _copy(start, root)
    _succeed(copy, command)
    return _made(copy)


def _succeed(workspace: Workspace, command: tuple[str, ...]) -> None:
    result = workspace.run(sys.executable, "-m", *command)
    assert result.code == 0, result.all


def _kill(
    start: Workspace, root: Path, command: tuple[str, ...], point: int, expected: dict[str, bytes]
) -> str | None:
    """Return what was wrong after a kill, or None if the command ended before the operation."""
    copy = _copy(start, root)
    done = subprocess.run(
        [sys.executable, "-c", killed(command, point)], cwd=copy.root, capture_output=True,
        check=False, stdin=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    if done.returncode == 0:
        return None
    if done.returncode != -signal.SIGKILL:
        return f"ended with {done.returncode} instead of the kill: {done.stderr[-500:]}"
    again = subprocess.run(
        [sys.executable, "-m", *command], cwd=copy.root, capture_output=True, check=False,
        text=True,
    )  # fmt: skip
    if again.returncode != 0 or "Traceback" in again.stderr:
        return f"the next command ends with {again.returncode}: {again.stderr[-500:]}"
    made = _made(copy)
    return "" if made == expected else f"other files: {sorted(set(made) ^ set(expected))}"


def _copy(start: Workspace, root: Path) -> Workspace:
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(start.root, root)
    return Workspace(root)


def _made(workspace: Workspace) -> dict[str, bytes]:
    """Return what people see: sources, notebooks, artifacts, what git reads, the last outputs."""
    made = {
        str(file.relative_to(workspace.root)): file.read_bytes()
        for folder in ("build", "notebooks", "src_py", ".git/hooks")
        for file in (workspace.root / folder).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    for name in (".gitattributes", ".gitignore", ".git/config"):
        file = workspace.root / name
        made[name] = file.read_bytes() if file.exists() else b""
    runs = sorted((workspace.root / "runs").glob("*/tiny-v*"), key=lambda run: run.name)
    outputs = [file for run in runs[-1:] for file in run.glob("*.*")]
    return made | {f"outputs/{file.name}": file.read_bytes() for file in outputs}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
