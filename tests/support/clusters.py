"""A Dask cluster of this machine for tests: a scheduler and workers, each a program of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.support.polling import until

_SCHEDULER = "distributed.cli.dask_scheduler"
_WORKER = "distributed.cli.dask_worker"
_FEW = 2  # programs: a supervisor and a launcher


@dataclass(frozen=True, slots=True)
class TestCluster:
    """A scheduler, and its workers by name."""

    __test__ = False

    address: str
    workers: dict[str, "subprocess.Popen[bytes]"]
    logs: Path

    def kernels(self, worker: str) -> list[psutil.Process]:
        """Return the programs that a worker runs."""
        try:
            return psutil.Process(self.workers[worker].pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def all_at_work(self) -> list[str]:
        """Return the names of the workers that run a notebook."""
        return [name for name in self.workers if len(self.kernels(name)) > _FEW]

    def at_work(self) -> str:
        """Return the name of a worker that runs a notebook, "" if none does."""
        return next(iter(self.all_at_work()), "")

    def log(self) -> str:
        """Return what the scheduler and the workers have written."""
        return "".join(path.read_text() for path in self.logs.glob("*.log"))


@contextmanager
def cluster(
    folder: Path, *names: str, preload: str = "", protocol: str = "tcp", **env: str
) -> Iterator[TestCluster]:
    """Run a scheduler with these workers, each with one thread; a worker runs the preload first."""
    with ExitStack() as stack:
        file = folder / "scheduler.json"
        start = ["--host", "127.0.0.1", "--no-dashboard", "--protocol", protocol]
        _run(stack, folder, "scheduler", [_SCHEDULER, *start, "--port", "0",
                                          "--scheduler-file", str(file)], **env)  # fmt: skip
        address = until(lambda: _address(file), "scheduler")
        (folder / "preload.py").write_text(preload)
        workers = {
            name: _run(stack, folder, name, [
                _WORKER, address, *start, "--no-nanny", "--nthreads", "1", "--name", name,
                "--local-directory", str(folder), "--preload", str(folder / "preload.py"),
            ])
            for name in names
        }  # fmt: skip
        for name in names:
            log = folder / f"{name}.log"
            until(lambda log=log: "Registered to" in log.read_text(), name)  # type: ignore[misc]
        yield TestCluster(address, workers, folder)


def _run(
    stack: ExitStack, folder: Path, name: str, argv: list[str], **env: str
) -> "subprocess.Popen[bytes]":
    log = stack.enter_context((folder / f"{name}.log").open("wb"))
    program = subprocess.Popen(
        [sys.executable, "-m", *argv], stdout=log, stderr=log, cwd=folder, env={**os.environ, **env}
    )
    stack.callback(program.wait, 30)
    stack.callback(program.kill)
    return program


def _address(file: Path) -> str:
    try:
        return str(json.loads(file.read_text())["address"])
    except (OSError, ValueError):
        return ""
