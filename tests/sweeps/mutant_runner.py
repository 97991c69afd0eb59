"""A stand-alone program that runs pytest in a copy of the project, once for each request.

``python mutant_runner.py COPY MODULE...`` reads requests from its input, a JSON object a line, and
answers each with a line. pytest and the modules (large libraries) are imported once; each run is a
fork, which imports the package and the tests of the copy anew. Nothing of nbship is imported here.
"""

import gc
import importlib
import json
import multiprocessing
import os
import resource
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

import coverage
import pytest

MEMORY = 4 << 30  # bytes that one run may map
# No plugin of the project's addopts, and the same examples each time.
OPTIONS = (
    "-q", "-x", "-o", "addopts=", "-p", "no:cacheprovider", "--hypothesis-seed=0",
    "-W", "ignore::pytest.PytestAssertRewriteWarning",  # of the plugins that are preloaded
)  # fmt: skip


class Only:
    """A pytest plugin: run only these tests."""

    def __init__(self, names: list[str]) -> None:
        self._names = frozenset(names)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if item.nodeid in self._names]


class Reach:
    """A pytest plugin: record each test's seconds, and the lines of some files that it runs."""

    def __init__(self, files: list[str]) -> None:
        self._files = files
        self._coverage = coverage.Coverage(data_file=None, include=files, config_file=False)
        self._seconds: dict[str, float] = {}

    def start(self) -> None:
        self._coverage.start()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._coverage.switch_context(item.nodeid)
        began = time.monotonic()
        try:
            return (yield)
        finally:
            self._seconds[item.nodeid] = time.monotonic() - began

    def result(self) -> dict[str, Any]:
        """Return the seconds of each test, and for each file the tests that run each line."""
        self._coverage.stop()
        data = self._coverage.get_data()
        reached: dict[str, dict[int, list[str]]] = {}
        for file in self._files:
            by_test: dict[int, list[str]] = defaultdict(list)
            for line, tests in data.contexts_by_lineno(file).items():
                by_test[line] = [test for test in tests if test]
            reached[file] = by_test
        return {"seconds": self._seconds, "reached": reached}


def answer(copy: Path, request: dict[str, Any]) -> dict[str, Any]:
    """Write the mutant, run the tests in a fork, and restore the module.

    Side effects: writes below the copy; kills the fork, and what it started, at the deadline.
    """
    file = copy / request["path"] if "path" in request else None
    original = file.read_bytes() if file else b""
    result = copy / ".result.json"
    result.unlink(missing_ok=True)
    fork = multiprocessing.get_context("fork")
    run = fork.Process(target=_run, args=(copy, request, result))
    try:
        if file:
            _replace(file, request["text"].encode())
        run.start()
        run.join(request["wall"])
    finally:
        if run.pid is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(run.pid, signal.SIGKILL)
            run.join()
        if file:
            _replace(file, original)
    if not result.exists():  # killed at a deadline, or by a signal of its own
        return {"code": None, "output": _output(copy)}
    return json.loads(result.read_bytes())  # type: ignore[no-any-return]


def _replace(file: Path, data: bytes) -> None:
    """Write a module and remove its bytecode, which Python would use if date and size agree."""
    file.write_bytes(data)
    Path(cache_from_source(str(file))).unlink(missing_ok=True)


def _run(copy: Path, request: dict[str, Any], result: Path) -> None:
    """Run pytest in the fork as the request says, and write its result to a file."""
    os.setsid()
    _limit(request["cpu"])
    os.chdir(copy)
    sys.path.insert(0, str(copy))
    output = os.open(copy / ".output", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(output, stream)
    reach = Reach([str(copy / path) for path in request.get("survey", ())])
    plugins: list[object] = []
    if "only" in request:
        plugins.append(Only(request["only"]))
    if "survey" in request:
        reach.start()
        plugins.append(reach)
    options = [*OPTIONS, f"--rootdir={copy}", f"--basetemp={copy / '.tests'}"]
    code = int(pytest.main([*options, *request["tests"]], plugins))
    report: dict[str, Any] = {"code": code}
    if "survey" in request:
        report |= reach.result()
        report["output"] = _output(copy)
        report["package"] = [
            str(getattr(module, "__file__", None))
            for name, module in sys.modules.items()
            if name in request["packages"]
        ]
    part = result.with_suffix(".part")
    part.write_text(json.dumps(report))
    part.rename(result)
    os._exit(0)


def _output(copy: Path) -> str:
    return (copy / ".output").read_text(errors="replace")[-4000:]


def _limit(cpu: float) -> None:
    seconds = int(cpu) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    with suppress(ValueError, OSError):  # macOS does not let memory be limited
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def main(copy: Path, preloaded: Sequence[str], answered: Callable[[str], None]) -> None:
    """Import those of the modules that are installed, then answer requests until the input ends."""
    for name in preloaded:
        with suppress(ImportError):
            importlib.import_module(name)
    gc.freeze()  # pytest collects garbage at its end, and would walk over all that is imported
    for line in sys.stdin:
        answered(json.dumps(answer(copy, json.loads(line))))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:], lambda line: print(line, flush=True))
