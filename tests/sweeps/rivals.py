"""The sweep of rivals: of many processes that push the same kernel at once, only one pushes.

The command: python -m tests.sweeps.rivals --rounds 100 --processes 8

Each round starts real `doit push` commands together, against one `nbship local`. Exactly one of
them may make a version; each other one must print one line, which says either which process has the
lock or that the kernel's run goes on. Then the run ends, and the next round begins. At the end the
sweep prints how long a refusal takes without rivals. The exit code is 1 if a round differs.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from nbship.edges.storage import locks
from nbship.local.sessions.runner import WORKING
from tests.support.polling import until
from tests.support.workspace import CommandResult, Local, Workspace, new_workspace, serving

KERNEL = "awa/rivals"
SOURCE = f"""\
# %%
# /// script
# [tool.nbship.kaggle]
# id = "{KERNEL}"
# title = "Rivals"
# kernel_type = "script"
# ///

# %%
import os

os.mkfifo("gate")
open("gate").read()  # waits until somebody writes
os.remove("gate")
"""
GATE = f".nbship/local/**/{WORKING}/gate"
REFUSALS = (
    re.compile(r"^awa/rivals is locked by process \d+ on \S+ since 20", re.MULTILINE),
    re.compile(r"refused: awa/rivals is (queued|running)"),
)
ALONE = 5  # refusals that are timed
LONGEST = 120.0  # seconds for one round


@dataclass(frozen=True, slots=True)
class Round:
    """The numbers of pushes and of refusals by the lock and by the guard, and what is wrong."""

    pushed: int
    locked: int
    running: int
    fault: str


def play(lab: Workspace, up: Local, processes: int) -> Round:
    """Start the pushes of a round together, then end the run."""
    before = _versions(lab)
    results = _together(lab, up, processes)
    made = sorted(_versions(lab) - before)
    pushed = [one for one in results if one.code == 0]
    by = [[one for one in results if one.code and kind.search(one.err)] for kind in REFUSALS]
    faults = []
    if len(pushed) != 1 or len(made) != 1:
        faults.append(f"{len(pushed)} say that they pushed, versions {made} are recorded")
    elif f"version {made[0]} of {KERNEL}" not in pushed[0].out:
        faults.append(f"recorded version {made[0]}, printed: {pushed[0].out}")
    faults += [f"odd words: {one.err}" for one in results if one not in (*pushed, *by[0], *by[1])]
    if made:
        until(lambda: _let_go(lab), "the run")
        until(lambda: _stock_status(lab, up) == "COMPLETE", "the end of the run")
    return Round(len(pushed), len(by[0]), len(by[1]), "; ".join(faults))


def refused_alone(lab: Workspace, up: Local) -> float:
    """Return the duration of one push in seconds, while this process has the lock."""
    with locks.locked(lab.root / ".nbship" / "locks" / "awa%2Frivals.push"):
        began = time.monotonic()
        result = lab.doit("push:rivals", "--allow-unsmoked", **up.env)
        took = time.monotonic() - began
    if f"process {os.getpid()} on" not in result.err:
        raise AssertionError(result.all)
    return took


def make_rivals(root: Path) -> Workspace:
    """Make a workspace with one script, whose runs wait at ``GATE``, and build it."""
    lab = new_workspace(root / "lab")
    lab.write("src_py/rivals.py", SOURCE)
    lab.commit()
    lab.doit("build")
    return lab


def _let_go(lab: Workspace) -> bool:
    """Write into the gate, if a run waits there."""
    try:
        [gate] = lab.root.glob(GATE)
        writer = os.open(gate, os.O_WRONLY | os.O_NONBLOCK)
    except (ValueError, OSError):  # no gate yet, or nobody reads it yet
        return False
    os.close(writer)
    return True


def _together(lab: Workspace, up: Local, processes: int) -> list[CommandResult]:
    commands = [
        subprocess.Popen(
            [sys.executable, "-m", "doit", "push:rivals", "--allow-unsmoked", "--again"],
            cwd=lab.root,
            env={**os.environ, **up.env}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(processes)
    ]  # fmt: skip
    texts = [command.communicate(timeout=LONGEST) for command in commands]
    return [
        CommandResult(command.returncode, *text)
        for command, text in zip(commands, texts, strict=True)
    ]


def _versions(lab: Workspace) -> set[int]:
    return {entry["version"] for entry in lab.journal() if entry["state"] == "pushed"}


def _stock_status(lab: Workspace, up: Local) -> str:
    output = lab.kaggle("kernels", "status", KERNEL, **up.env).out
    return output.rpartition(".")[2].strip().strip('"')


def main() -> int:
    """Play all rounds, and print the figures and every fault."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--processes", type=int, default=8)
    given = parser.parse_args()
    rounds: list[Round] = []
    with tempfile.TemporaryDirectory(prefix="nbship-rivals-") as folder:
        lab = make_rivals(Path(folder))
        with serving(lab) as up:
            for number in range(1, given.rounds + 1):
                rounds.append(play(lab, up, given.processes))
                if rounds[-1].fault:
                    print(f"FAULT in round {number}: {rounds[-1].fault}", flush=True)
                if number % 10 == 0:
                    print(f"{number} of {given.rounds} rounds", flush=True)
            alone = [refused_alone(lab, up) for _ in range(ALONE)]
    faults = sum(bool(one.fault) for one in rounds)
    print(f"pushed: {sum(one.pushed for one in rounds)} in {len(rounds)} rounds")
    print(f"refused, because another had the kernel: {sum(one.locked for one in rounds)}")
    print(f"refused, because its run went on: {sum(one.running for one in rounds)}")
    print(f"a refusal by itself: {statistics.median(alone):.2f} s, at most {max(alone):.2f} s")
    print(f"faults: {faults}")
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())
