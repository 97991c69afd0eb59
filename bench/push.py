"""Benchmark of `doit push:NAME` against the stock client, with the same local Kaggle."""

import argparse
import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from corpus import CELLS, TRIVIAL, make_workspace
from timing import BenchError, Row, arguments, compare, count, ended_well, program, run_once

_IGNORED = "/build/\n/runs/\n/.nbship/\n"
_OWNER = "bench"  # of the kernels in the corpus
_RUN_ENDS = 120.0  # seconds: one run of the notebook
_LOOK = 0.1  # seconds between two looks
_PROXY = ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY")


def main() -> int:
    """Start a local Kaggle, push to it in turns, and print the table."""
    asked = _arguments()
    with tempfile.TemporaryDirectory(prefix="nbship-bench-") as name:
        workspace, log = Path(name) / "workspace", Path(name) / "log"
        [kernel] = make_workspace(workspace, 1, asked.cells)
        _commit(workspace, log)
        run_once((program("doit"), "build", "smoke"), workspace, log)
        with _serving(workspace) as local:
            rows = _rows(workspace, kernel, local)
            title = f"push of a notebook of {asked.cells} cells"
            compare(title, rows, asked.runs, log, warm_up=not asked.quick)
    return 0


def _arguments() -> argparse.Namespace:
    parser = arguments("`doit push:NAME` against `kaggle kernels push`, side by side.", runs=11)
    parser.add_argument(
        "--cells", type=count, default=CELLS, metavar="N", help="of the notebook (%(default)s)"
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


def _rows(workspace: Path, kernel: str, local: _Local) -> list[Row]:
    slug = kernel.replace("_", "-")
    folder = str(workspace / "build" / kernel)
    env = {name: "" for name in _PROXY if name in os.environ} | dict(local.env)

    def row(words: str, *command: str) -> Row:
        return Row(
            words, (command,), workspace, lambda: local.await_end(slug), _no_version, env=env
        )

    return [
        row("kaggle kernels push", program("kaggle"), "kernels", "push", "-p", folder),
        row("doit push:NAME", program("doit"), f"push:{kernel}"),
    ]


def _no_version(output: str) -> str:
    """Return an error if no version was made: the stock client then also exits with 0."""
    return "" if re.search(r"version \d+", output) else "it made no version"


if __name__ == "__main__":
    sys.exit(ended_well(main))
