"""The sweep of settled pushes: a command is killed at each request and each file operation.

The command: python -m tests.sweeps.settles --seeds 5

A push, a stop and a rescue are killed by ``kill -9`` before each request and before each operation
that changes a file of the workspace, the journal's included, and after the server has done each
request, before its answer. The same command follows, undisturbed: it must end with exit code 0.
Then the server has made exactly one version, by its own account; the journal has one record of it,
no open record, and every line that it had before; and no line of a source is lost. The exit code
is 1 if a case differs.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbship.core.push.record import fold_journal, unsettled
from nbship.model.push import Record
from nbship.testing import Control
from tests.support.polling import until
from tests.support.web_page import WebPage
from tests.support.workspace import CommandResult, Local, Workspace, new_workspace, serving
from tests.sweeps.kills import killed

OWNER = "awa"
SOURCE = """\
# %%
# /// script
# [tool.nbship.kaggle]
# id = "{kernel}"
# title = "{title}"
# ///

# %%
COUNT = {count}

# %%
print(COUNT)
"""
PATH = "src_py/tiny.py"
ENDLESS = """
# %%
print("begun", flush=True)
__import__("time").sleep(600)
"""
OURS, THEIRS = "# ours, in the source", "# theirs, of the web page"
_LONGEST = 120.0  # seconds of one command
_MOST = 400  # points of one command
_REQUEST = "http.client.send"  # the audit event of a request


@dataclass(frozen=True, slots=True)
class Case:
    """One kill: in which command, by which seed, at which operation or after which request."""

    act: str
    seed: int
    point: int
    answered: bool  # whether the kill comes from the server, after the request ``point``
    fault: str = ""

    @property
    def place(self) -> str:
        """Return where the kill happens, for people."""
        return f"after request {self.point}" if self.answered else f"at operation {self.point}"


@dataclass(frozen=True, slots=True)
class Scene:
    """A clone whose command is killed, with its kernel and the local Kaggle."""

    clone: Workspace
    local: Local
    kernel: str
    chance: random.Random

    def nbship(self, *words: str) -> CommandResult:
        """Run a command to its end."""
        return self.clone.nbship(*words, **self.local.env)

    def succeed(self, *words: str) -> None:
        """Run a command that must succeed."""
        result = self.nbship(*words)
        assert result.code == 0, result.all

    @property
    def web(self) -> WebPage:
        """Return the web page of the kernel."""
        return WebPage(self.local.url, self.kernel, self.local.env["KAGGLE_KEY"])

    def call(self, method: str) -> dict[str, Any]:
        """Ask the server about the kernel."""
        return self.web.call(method, userName=OWNER, kernelSlug=self.kernel.partition("/")[2])

    def journal(self) -> list[str]:
        """Return the lines of the journal."""
        path = self.clone.root / "runs/journal.jsonl"
        return path.read_text().splitlines() if path.exists() else []

    def records(self) -> tuple[Record, ...]:
        """Return the records of the journal."""
        return fold_journal(self.journal())

    def saved(self) -> list[int]:
        """Return the versions that the server has made, by its own account."""
        effects = (entry["effect"] for entry in Control(self.local.url).entries())
        start = f"saved {self.kernel} "
        return [int(effect.removeprefix(start)) for effect in effects if effect.startswith(start)]


@dataclass(frozen=True, slots=True)
class Act:
    """A command, what must be there before it, and what is wrong after it has succeeded."""

    words: tuple[str, ...]
    prepare: Callable[[Scene], None]
    fault: Callable[[Scene], str]


def _prepare_push(scene: Scene) -> None:
    """Let some kernels have a version, and some an open push that never reached the server."""
    if scene.chance.random() < 0.5:
        scene.succeed(*PUSH)
        scene.clone.replace(PATH, "COUNT = ", "COUNT = 1 + ")
        scene.clone.commit()
    if scene.chance.random() < 0.3:
        scene.local.order({"call": "SaveKernel", "action": "reset", "times": -1})
        assert scene.nbship(*PUSH).code
        scene.local.order()
        scene.clone.replace(PATH, "COUNT = ", "COUNT = 2 + ")
        scene.clone.commit()


def _push_fault(scene: Scene) -> str:
    """Return what is wrong after a killed push and a whole one; the versions before are older."""
    saved = scene.saved()
    records = scene.records()
    pushed = [record.version or 0 for record in records if record.state == "pushed"]
    if sorted(pushed) != saved or len(saved) != len(set(saved)):
        return f"recorded {pushed}, saved {saved}"
    newest = max(records, key=lambda record: record.version or 0)
    same = [record for record in records if record.version and record.sent == newest.sent]
    if len(same) != 1:
        return f"{len(same)} versions of the same push"
    text = scene.web.read()["blob"]["source"]
    if newest.id not in text:
        return f"the latest version is not that of record {newest.id}"
    return _open_fault(scene)


def _prepare_rescue(scene: Scene) -> None:
    scene.succeed(*PUSH)

    def edit(cells: list[dict[str, Any]]) -> None:
        cells[-1]["source"] += f"\n{THEIRS}"
        cells.append({"cell_type": "markdown", "metadata": {}, "source": "Added"})

    settings = {"enableInternet": True} if scene.chance.random() < 0.5 else {}
    scene.web.edit(edit, **settings)
    scene.clone.replace(PATH, "COUNT = ", f"{OURS}\nCOUNT = ")
    if scene.chance.random() < 0.5:
        scene.clone.commit()


def _rescue_fault(scene: Scene) -> str:
    text = (scene.clone.root / PATH).read_text()
    lost = [line for line in (OURS, THEIRS, "# Added") if text.count(line) != 1]
    if lost or "<<<<<<<" in text:
        return f"lost or doubled {lost} in {text!r}"
    if scene.saved() != [1, 2]:
        return f"saved {scene.saved()}"
    again = scene.nbship("rescue", "tiny")
    if again.code or (scene.clone.root / PATH).read_text() != text:
        return f"a third rescue changes something: {again.all}"
    return _open_fault(scene)


def _prepare_stop(scene: Scene) -> None:
    """Push a run that does not end by itself; let some stops know its session from the journal."""
    scene.clone.write(PATH, f"{(scene.clone.root / PATH).read_text()}{ENDLESS}")
    scene.clone.commit()
    scene.succeed("push", "tiny", "--allow-unsmoked")
    until(lambda: scene.call("GetKernelSessionStatus").get("status") == "RUNNING", "the run")
    if scene.chance.random() < 0.5:
        with subprocess.Popen(
            [sys.executable, "-m", "nbship", "watch", "tiny"], cwd=scene.clone.root, text=True,
            env={**os.environ, **scene.local.env}, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as watch:  # fmt: skip
            out = watch.stdout
            assert out
            until(lambda: "begun" in out.readline(), "the log")
            watch.send_signal(signal.SIGINT)
            watch.communicate(timeout=_LONGEST)


def _stop_fault(scene: Scene) -> str:
    states = [(record.state, record.version) for record in scene.records()]
    if states != [("cancelled", 1)] or scene.saved() != [1]:
        return f"recorded {states}, saved {scene.saved()}"
    status = scene.call("GetKernelSessionStatus")["status"]
    return "" if status == "CANCEL_ACKNOWLEDGED" else f"the run is {status}"


def _open_fault(scene: Scene) -> str:
    records = scene.records()
    servers = {record.server for record in records}
    left = [
        record.state
        for server in servers
        for record in unsettled(records, kernel=scene.kernel, server=server)
    ]
    return f"open records: {left}" if left else ""


PUSH = ("push", "tiny", "--allow-unsmoked", "--no-run")
ACTS: dict[str, Act] = {
    "push": Act(PUSH, _prepare_push, _push_fault),
    "stop": Act(("stop", "tiny"), _prepare_stop, _stop_fault),
    "rescue": Act(("rescue", "tiny"), _prepare_rescue, _rescue_fault),
}


def main(arguments: list[str]) -> int:
    """Kill every command at every point with several seeds; return 1 if a fault was found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--every", type=int, default=1, help="kill at each n-th point only")
    parser.add_argument("--act", choices=ACTS, action="append", help="only this command")
    options = parser.parse_args(arguments)
    # A shell that starts this in the background lets programs ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    faults = 0
    for act in options.act or ACTS:
        counts = []
        for seed in range(1, options.seeds + 1):
            with tempfile.TemporaryDirectory(prefix="nbship-settles-") as folder:
                cases = list(settles(Path(folder).resolve(), act, seed, options.every))
            counts.append(len(cases))
            for case in cases:
                if case.fault:
                    faults += 1
                    print(f"FAULT {act}, seed {seed}, {case.place}: {case.fault}", flush=True)
        print(f"{act}: kills by seed {counts}", flush=True)
    print(f"faults: {faults}")
    return 1 if faults else 0


def settles(folder: Path, act: str, seed: int, every: int = 1) -> Iterator[Case]:
    """Yield each kill of one command with one seed, in clones below ``folder``."""
    start = new_workspace(folder / "start")
    start.write(PATH, SOURCE.format(kernel=f"{OWNER}/start", title="Start", count=1))
    with serving(start, "--faults") as local:
        for answered in (False, True):
            for point in range(1, _MOST, every):
                case = Case(act, seed, point, answered)
                fault = _fault(start, folder / "clone", local, case)
                if fault is None:
                    break
                yield Case(act, seed, point, answered, fault)


def _fault(start: Workspace, root: Path, local: Local, case: Case) -> str | None:
    """Return what is wrong after the kill, None if the command ends before it."""
    scene = _scene(start, root, local, case)
    act = ACTS[case.act]
    act.prepare(scene)
    before = scene.journal()
    child = subprocess.Popen(
        [sys.executable, "-c", _code(case, act)],
        cwd=root, env={**os.environ, **local.env}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    if case.answered:
        rule = {"call": "*", "action": "kill", "phase": "after", "pid": child.pid}
        local.order({**rule, "skip": case.point - 1})
    out, _ = child.communicate("\n", _LONGEST)
    local.order()
    if child.returncode == 0:
        return None
    if child.returncode != -signal.SIGKILL:
        return f"ended with {child.returncode} instead of the kill: {out[-500:]}"
    killed = scene.journal()
    again = scene.nbship(*act.words)
    if again.code:
        return f"the next command ends with {again.code}: {again.all[-500:]}"
    lines = scene.journal()
    if killed[: len(before)] != before or lines[: len(killed)] != killed:
        return "a line of the journal is lost"
    return act.fault(scene)


def _scene(start: Workspace, root: Path, local: Local, case: Case) -> Scene:
    """Make a clone with a kernel of its own."""
    shutil.rmtree(root, ignore_errors=True)
    ignored = shutil.ignore_patterns("local")
    shutil.copytree(start.root, root, ignore=ignored)
    clone = Workspace(root)
    kind = "answered" if case.answered else "operation"
    slug = f"{case.act}-{case.seed}-{kind}-{case.point}"
    title = slug.replace("-", " ").title()
    kernel = f"{OWNER}/{slug}"
    clone.write(PATH, SOURCE.format(kernel=kernel, title=title, count=case.seed))
    clone.commit()
    chance = random.Random(f"{case.act}/{case.seed}")  # noqa: S311 - chance, no secret
    return Scene(clone, local, kernel, chance)


def _code(case: Case, act: Act) -> str:
    return killed(("nbship", *act.words), 0 if case.answered else case.point, [_REQUEST])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
