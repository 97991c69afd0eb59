"""Benchmark of `doit push:NAME` against the stock client, with the same local Kaggle.

With ``--against FOLDER``, also of the nbship in another checkout of this repository. A second table
says how many requests each sends before the save, and after how many seconds the save arrives.
"""

import argparse
import contextlib
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from corpus import CELLS, TRIVIAL, make_workspace
from recorder import Recorder, recording
from timing import BenchError, Row, arguments, compare, count, ended_well, program, run_once

_IGNORED = "/build/\n/runs/\n/.nbship/\n"
_OWNER = "bench"  # of the kernels in the corpus
_RUN_ENDS = 120.0  # seconds: one run of the notebook
_LOOK = 0.1  # seconds between two looks
_PROXY = ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY")


def main() -> int:
    """Start a local Kaggle, push to it in turns, and print the table."""
    asked = _arguments()
    with tempfile.TemporaryDirectory(prefix="nbship-bench-") as name, ExitStack() as stack:
        log, found = Path(name) / "log", dict[str, list[tuple[int, float]]]()

        def begin(folder: str, checkout: Mapping[str, str]) -> _Lab:
            lab = _Lab(Path(name) / folder, log, asked.cells, checkout, found)
            lab.make_ready(stack)
            return lab

        rows = [begin("stock", {}).stock_row(), begin("ours", {}).row("doit push:NAME", "--again")]
        if asked.against is not None:
            other = begin("other", {"PYTHONPATH": str(asked.against.resolve())})
            again = ["--again"] if "--again" in other.help() else []
            rows.append(other.row(f"the same, {asked.against.name}", *again))
        title = f"push of a notebook of {asked.cells} cells"
        compare(title, rows, asked.runs, log, warm_up=not asked.quick)
        print(f"\nuntil the save\n{_table(found)}")
    return 0


def _arguments() -> argparse.Namespace:
    parser = arguments("`doit push:NAME` against `kaggle kernels push`, side by side.", runs=11)
    parser.add_argument(
        "--cells", type=count, default=CELLS, metavar="N", help="of the notebook (%(default)s)"
    )
    parser.add_argument(
        "--against", type=Path, metavar="FOLDER", help="another checkout, with its own nbship/"
    )
    asked = parser.parse_args()
    if asked.quick:
        asked.cells, asked.runs = TRIVIAL, 1
    return asked


def _commit(workspace: Path, log: Path) -> None:
    """Commit the workspace to git, because a guard refuses uncommitted sources."""
    (workspace / ".gitignore").write_text(_IGNORED, encoding="utf-8")
    author = ("-c", "user.name=bench", "-c", "user.email=bench@example.org")
    run_once(("git", "init", "--quiet"), workspace, log)
    run_once(("git", "add", "--all"), workspace, log)
    run_once(("git", *author, "commit", "--quiet", "--message", "Measure"), workspace, log)


@dataclass(frozen=True, slots=True)
class _Local:
    """A running local Kaggle: its address, and the variables that connect the clients to it."""

    url: str
    env: Mapping[str, str]

    def status(self, slug: str) -> str:
        """Return the status of a kernel's latest run; "NONE" if it never ran."""
        key = f"{self.env['KAGGLE_USERNAME']}:{self.env['KAGGLE_KEY']}"
        request = urllib.request.Request(  # noqa: S310 - an address on this machine
            f"{self.url}/api/v1/kernels/status?userName={_OWNER}&kernelSlug={slug}",
            headers={"Authorization": f"Basic {b64encode(key.encode()).decode()}"},
        )
        nearby = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with nearby.open(request, timeout=10) as answer:
                return str(json.load(answer).get("status", "QUEUED"))
        except urllib.error.HTTPError:
            return "NONE"

    def await_end(self, slug: str) -> None:
        """Wait for the end of a kernel's latest run, which would slow down the next push."""
        patience = time.monotonic() + _RUN_ENDS
        while self.status(slug) in {"QUEUED", "RUNNING"}:
            if time.monotonic() > patience:
                raise BenchError(f"the run of {slug} did not end in {_RUN_ENDS:.0f} s")
            time.sleep(_LOOK)


@contextlib.contextmanager
def _serving(workspace: Path) -> Iterator[_Local]:
    """Run `nbship local` in the background for the duration of a block."""
    with subprocess.Popen(
        (program("nbship"), "local"), cwd=workspace, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ) as server:  # fmt: skip
        try:
            assert server.stdout  # noqa: S101 - a pipe was asked for
            found = re.search(r"http://\S+", server.stdout.readline())
            if not found:
                raise BenchError("the local Kaggle did not start")
            output = subprocess.run(
                (program("nbship"), "local", "env"), cwd=workspace, check=True,
                capture_output=True, text=True,
            ).stdout  # fmt: skip
            yield _Local(found[0], dict(re.findall(r"^export (\w+)=(.*)$", output, re.MULTILINE)))
        finally:
            server.terminate()


@dataclass(slots=True)
class _Lab:
    """A workspace with one kernel, and a local Kaggle behind a recorder.

    ``checkout`` names the nbship that is measured there; the local Kaggle is always this one.
    ``found`` gets, for each row, the requests before the save and the seconds until it.
    """

    workspace: Path
    log: Path
    cells: int
    checkout: Mapping[str, str]
    found: dict[str, list[tuple[int, float]]]
    kernel: str = ""
    local: _Local = field(default_factory=lambda: _Local("", {}))
    recorder: Recorder = field(default_factory=lambda: Recorder(""))

    def make_ready(self, stack: ExitStack) -> None:
        """Make the workspace, build and rehearse, and serve until the stack is closed."""
        [self.kernel] = make_workspace(self.workspace, 1, self.cells)
        _commit(self.workspace, self.log)
        run_once((program("doit"), "build", "smoke"), self.workspace, self.log, self.checkout)
        self.local = stack.enter_context(_serving(self.workspace))
        self.recorder = stack.enter_context(recording(self.local.url))

    def stock_row(self) -> Row:
        """Return the row of the stock client."""
        folder = str(self.workspace / "build" / self.kernel)
        return self._row("kaggle kernels push", program("kaggle"), "kernels", "push", "-p", folder)

    def row(self, words: str, *options: str) -> Row:
        """Return the row of nbship."""
        return self._row(words, program("doit"), f"push:{self.kernel}", *options)

    def help(self) -> str:
        """Return the options of the push: an earlier nbship pushes always again."""
        code = "from nbship.cli import main; main()"
        command = (sys.executable, "-c", code, "push", "--help")
        return run_once(command, self.workspace, self.log, self.checkout)

    def _row(self, words: str, *command: str) -> Row:
        def begin() -> None:
            self.local.await_end(self.kernel.replace("_", "-"))
            self.recorder.begin()

        def fault(output: str) -> str:
            try:
                self.found.setdefault(words, []).append(self.recorder.before("SaveKernel"))
            except LookupError:
                return "it sent no save"
            return _no_version(output)

        proxy = {name: self.recorder.url for name in self.local.env if "proxy" in name.lower()}
        env = {name: "" for name in _PROXY if name in os.environ} | dict(self.local.env) | proxy
        env |= self.checkout
        return Row(words, (command,), self.workspace, begin, fault, env=env)


def _table(found: Mapping[str, Sequence[tuple[int, float]]]) -> str:
    """Return the table of the saves: medians; the seconds are those from the command's start."""
    width = max(map(len, found))
    lines = [f"{'medians':<{width}}  {'requests':>8}  {'seconds':>8}"]
    for words, pairs in found.items():
        counts, seconds = zip(*pairs, strict=True)
        middle = f"{statistics.median(counts):>8.0f}  {statistics.median(seconds):>8.3f}"
        lines.append(f"{words:<{width}}  {middle}")
    return "\n".join(lines)


def _no_version(output: str) -> str:
    """Return an error if no version was made: the stock client then also exits with 0."""
    return "" if re.search(r"version \d+", output) else "it made no version"


if __name__ == "__main__":
    sys.exit(ended_well(main))
