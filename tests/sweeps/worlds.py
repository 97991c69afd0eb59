"""Sweep: notebooks end in a rehearsal as in a plain /kaggle, which is built by hand.

``python -m tests.sweeps.worlds`` runs the notebooks of ``making_notebooks`` and those of the corpus
(``making_corpus``) with made-up inputs: as they are, by nbclient in a plain Kaggle
(``tests/support/plain_kaggle.py``), and adopted, in the rehearsals of the sandbox and of the shim.
It compares how they end, the exception with its message and line, what the cells print, and the
outputs. ``--local`` runs them on the local Kaggle, too. Nothing reaches beyond this machine. It
takes about ten minutes.

Modules that are not installed are missing in each world; pandas, plotly, pyarrow and matplotlib let
the notebooks run further.
"""

import argparse
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nbship.core.artifact.session import SESSION_TAG
from nbship.edges.rehearsal.isolation import SWITCH
from nbship.model.target import RUNGS, Rung
from tests.support import plain_kaggle
from tests.support.local_kaggle import Sandboxed, Server
from tests.support.workspace import CommandResult, Workspace, new_workspace
from tests.sweeps import making_corpus
from tests.sweeps.making_notebooks import NOTEBOOKS, Case

WANTED = ("matplotlib", "numpy", "pandas", "plotly", "pyarrow")
_FALSE_FAILURE, _FALSE_PASS = "false failures", "false passes"
_OTHER, _KNOWN = "other differences", "known limits of the shim"
FIGURES = (_FALSE_FAILURE, _FALSE_PASS, _OTHER, _KNOWN)
_ALONE = "--alone"  # the command has started itself again without a network
_KEYS = {"competitions": "competition_sources", "datasets": "dataset_sources",
         "notebooks": "kernel_sources", "models": "model_sources"}  # fmt: skip
_DEPTH = {"competitions": 2, "datasets": 3, "notebooks": 3, "models": 6}
_ADDRESS = re.compile(r"\b0x[0-9a-f]{6,}")
_FLAT = re.compile(r"/input/(?:competitions|(?:datasets|notebooks)/[\w-]+)/")
_PYTHON = re.compile(r"/[\w./-]+/bin/python")  # each world has its own
_PIP = re.compile(r"^\s*[!%]?pip install", re.MULTILINE)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_LINE = re.compile(r"Cell In\[(\d+)\], line (\d+)")

Start = Callable[..., CommandResult]  # of a workspace, the arguments and more variables


@dataclass(frozen=True, slots=True)
class End:
    """How a notebook ended: with which error, if any, and where; its prints and its outputs."""

    passed: bool
    error: str = ""
    line: str = ""
    printed: tuple[tuple[str, ...], ...] = ()  # the lines of each cell, in the order of the text
    outputs: Mapping[str, str] | None = None  # digests by paths


# --- Making ---------------------------------------------------------------------------------------


def notebook_of(case: Case) -> dict[str, Any]:
    """Return the notebook of a case."""
    if case.path is not None:
        text = case.path.read_text(encoding="utf-8")
        for old, new in case.edits:
            text = text.replace(json.dumps(old)[1:-1], json.dumps(new)[1:-1])
        return dict(json.loads(text))
    cells: list[dict[str, Any]] = [
        {
            "cell_type": "code", "id": f"c{number}", "execution_count": None, "outputs": [],
            "metadata": {"tags": [case.tags[number]]} if number in case.tags else {},
            "source": source,
        }
        for number, source in enumerate(case.cells)
    ]  # fmt: skip
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": spec, "language_info": {"name": "python"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def mounts_of(case: Case) -> list[str]:
    """Return the paths of the inputs of a case, below /kaggle/input."""
    parts = [path.split("/") for path in case.files]
    return sorted({"/".join(part[: _DEPTH[part[0]]]) for part in parts})


def metadata_of(case: Case) -> dict[str, Any]:
    """Return the kernel-metadata.json of a case."""
    keys: dict[str, list[str]] = {key: [] for key in _KEYS.values()}
    for mount in mounts_of(case):
        kind, _, source = mount.partition("/")
        keys[_KEYS[kind]].append(source)
    slug = case.name.replace("_", "-")
    return {
        "id": f"awa/{slug}", "title": slug.replace("-", " ").title(),
        "code_file": f"{case.name}.ipynb", "language": "python", "kernel_type": "notebook",
        "is_private": True, "enable_gpu": False, "enable_internet": case.network, **keys,
    }  # fmt: skip


def mounted(case: Case, mount: str) -> str:
    """Return where a plain Kaggle has a mount, below /kaggle/input."""
    return mount.rpartition("/")[2] if case.is_flat else mount


def write_inputs(inputs: Path, case: Case) -> None:
    """Write the files of the inputs of a case, of which others have the same."""
    for name, content in case.files.items():
        path = inputs / name
        data = content if isinstance(content, bytes) else content.encode()
        path.parent.mkdir(parents=True, exist_ok=True)
        assert not path.exists() or path.read_bytes() == data, f"{name} has two contents"
        path.write_bytes(data)


# --- Running --------------------------------------------------------------------------------------


def truth(case: Case, folder: Path) -> End:
    """Run a case in a plain Kaggle; ``folder`` is new."""
    folder.mkdir(parents=True)
    path = folder / "notebook.ipynb"
    path.write_text(json.dumps(notebook_of(case)), encoding="utf-8")
    write_inputs(folder / "inputs", case)
    mounts = {
        f"input/{mounted(case, mount)}": folder / "inputs" / mount for mount in mounts_of(case)
    }
    ended = plain_kaggle.run(
        path, folder, mounts, network=case.network, secrets=case.secrets, installs=case.installs
    )
    end = read_end(ended.executed, case, ended.kaggle, passed=not ended.error)
    return end if end.error else replace(end, error=ended.error)


def start(workspace: Workspace, *arguments: str, **variables: str) -> CommandResult:
    """Run ``nbship`` in a workspace."""
    done = subprocess.run(
        [sys.executable, "-m", "nbship", *arguments], cwd=workspace.root,
        env={**os.environ, **variables}, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    return CommandResult(done.returncode, done.stdout, done.stderr)


def adopted(folder: Path, cases: Sequence[Case], nbship: Start = start) -> Workspace:
    """Make a workspace with the sources that ``nbship adopt`` makes of all notebooks."""
    workspace = new_workspace(folder)
    for case in cases:
        own = folder / "kernels" / case.name
        own.mkdir(parents=True)
        (own / f"{case.name}.ipynb").write_text(json.dumps(notebook_of(case)), encoding="utf-8")
        (own / "kernel-metadata.json").write_text(json.dumps(metadata_of(case)), encoding="utf-8")
        write_inputs(folder / "tests/inputs", case)
    done = nbship(workspace, "adopt", "--allow-dirty")
    for case in cases:
        source = folder / f"src_py/{case.name}.py"
        assert source.exists(), done.all
        if case.secrets:
            more = f"#\n# [tool.nbship.smoke]\n# secrets = {json.dumps(case.secrets)}\n# ///\n\n"
            text = source.read_text(encoding="utf-8")
            source.write_text(text.replace("# ///\n\n", more, 1), encoding="utf-8")
    return workspace


def rehearse(workspace: Workspace, case: Case, rung: Rung, nbship: Start = start) -> End:
    """Rehearse one case through the front door."""
    variables = {SWITCH: "off"} if rung == "shim" else {}
    done = nbship(workspace, "smoke", case.name, **variables)
    folder = workspace.root / ".nbship/smoke" / case.name
    executed = folder / "executed.ipynb"
    passed = done.code == 0
    end = End(passed)
    if executed.exists():
        assert f"({rung})" in done.out or not passed, done.out
        end = read_end(executed, case, folder / "kaggle", passed=passed)
    return end if passed else _said(end, done.err, workspace, case)


def on_local(server: Server, case: Case, expected: End) -> End:
    """Run a case on the local Kaggle; its log has the expected error, or that is not its error."""
    sources = {
        f"{key.removesuffix('_sources')}DataSources": metadata_of(case)[key]
        for key in _KEYS.values()
    }
    text = json.dumps(notebook_of(case))
    server.push(
        case.name, text, kernelType="notebook", enableInternet=case.network, **sources
    )  # fmt: skip
    passed = server.ended(case.name)["status"] == "COMPLETE"
    log = "" if passed else server.log(case.name)
    is_same = bool(expected.error) and expected.error.partition("\n")[0] in log
    outputs = _digests(server.working(case.name).parent, case)
    return End(passed, expected.error if is_same else log[-300:], expected.line, (), outputs)


def _said(end: End, said: str, workspace: Workspace, case: Case) -> End:
    """Return an end with the line and the error that the command has printed."""
    place = re.escape(f"src_py/{case.name}.py")
    found = re.search(
        rf"^{place}:(\d+)(?::\d+)?(?: in \S+)?: (.*?)(?: \(smoke of .*)?$", said, re.MULTILINE
    )
    if found is None:
        return replace(end, line="none is said", error=end.error or said.strip()[-300:])
    source = (workspace.root / f"src_py/{case.name}.py").read_text(encoding="utf-8").splitlines()
    line = source[int(found[1]) - 1].strip()
    kind = end.error.partition(":")[0]
    return replace(end, line=line, error=end.error if kind and kind in found[2] else found[2])


def read_end(executed: Path, case: Case, kaggle: Path, *, passed: bool) -> End:
    """Return the end of a notebook that was run, with ``kaggle`` in place of /kaggle.

    Paths below ``kaggle``, which the shim shows in a log as Kaggle's, are Kaggle's here.
    """
    cells = json.loads(executed.read_text(encoding="utf-8"))["cells"]
    cells = [cell for cell in cells if cell["cell_type"] == "code"]

    def plain(text: str) -> str:
        text = _PYTHON.sub("python", text.replace(str(kaggle), plain_kaggle.KAGGLE))
        text = _ADDRESS.sub("0x", text)
        return _FLAT.sub("/input/", text) if case.is_flat else text

    printed = tuple(
        tuple(sorted(line for text in _texts(cell) for line in plain(text).splitlines()))
        for cell in (() if case.is_random else cells)
        if SESSION_TAG not in cell["metadata"].get("tags", ()) or cell["outputs"]
    )
    error, line = "", ""
    for cell in cells:
        for output in cell["outputs"]:
            if output["output_type"] == "error" and not passed:
                error = plain(f"{output['ename']}: {output['evalue']}")
                line = _failing(cells, output)
    return End(passed, error, line, printed, _digests(kaggle, case))


def _texts(cell: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a cell prints, and the kinds and texts of what it shows.

    What pip prints is not compared: it has names of temporary folders.
    """
    outputs = cell["outputs"]
    if _PIP.search("".join(cell["source"])):
        return
    streams = (o for o in outputs if o["output_type"] == "stream" and o["name"] == "stdout")
    yield "".join("".join(stream["text"]) for stream in streams)
    for output in outputs:
        if output["output_type"] in {"execute_result", "display_data"}:
            yield " ".join(sorted(output["data"]))
            yield "".join(output["data"].get("text/plain", ""))


def _failing(cells: Sequence[Mapping[str, Any]], output: Mapping[str, Any]) -> str:
    """Return the line of the notebook that failed: the innermost one of its own."""
    report = _COLOUR.sub("", "\n".join(output["traceback"]))
    found = _LINE.findall(report)
    if not found:
        return ""
    count, line = map(int, found[-1])
    source = next("".join(cell["source"]) for cell in cells if cell["execution_count"] == count)
    lines = source.splitlines()
    return lines[line - 1].strip() if line <= len(lines) else ""


def _digests(kaggle: Path, case: Case) -> dict[str, str]:
    working, found = kaggle / "working", {}
    for path in sorted(working.rglob("*")):
        name = path.relative_to(working).as_posix()
        if "__pycache__" in name:
            continue
        if path.is_symlink():
            target = str(path.readlink()).replace(str(kaggle), plain_kaggle.KAGGLE)
            found[name] = f"a link to {target}"
        elif path.is_file():
            digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
            found[name] = "varies" if name in case.varies else digest
    return found


# --- Comparing ------------------------------------------------------------------------------------


def verdict(expected: End, found: End) -> str:
    """Return the verdict on a rehearsal: "" if it ends as on Kaggle."""
    if expected.passed == found.passed:
        return ""
    return _FALSE_FAILURE if expected.passed else _FALSE_PASS


def differences(expected: End, found: End) -> list[str]:
    """Return in what the ends differ, in words."""
    told = []
    if expected.error != found.error and not _is_refused(expected, found):
        told.append(f"error: {expected.error!r} on Kaggle, {found.error!r} here")
    if expected.line and expected.line != _magic(found.line):
        told.append(f"line: {expected.line!r} on Kaggle, {found.line!r} here")
    for number, (there, here) in enumerate(zip(expected.printed, found.printed, strict=False)):
        if there != here:
            only = sorted(set(there) - set(here)), sorted(set(here) - set(there))
            told.append(f"cell {number} prints {only[0]} on Kaggle, {only[1]} here")
    if expected.outputs != found.outputs and not _is_refused(expected, found):
        told.append(f"outputs: {expected.outputs} on Kaggle, {found.outputs} here")
    return told


def _is_refused(expected: End, found: End) -> bool:
    """Return whether the build finds the error, before the notebook runs."""
    return expected.error.startswith("SyntaxError") and found.error.startswith("not Python")


def _magic(line: str) -> str:
    """Return a line of a source as its cell has it: a magic is a comment, or a key, in a source."""
    return re.sub(r"^# (?=[%!])", "", re.sub(r'^# %% .*language="(\w+)".*', r"%%\1", line))


def main() -> int:
    """Run the sweep as the command line says; return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="of these notebooks only")
    parser.add_argument("--keep", metavar="FOLDER", help="keep what was run in a new folder")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--local", action="store_true", help="also on the local Kaggle")
    parser.add_argument(_ALONE, action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if not plain_kaggle.is_here():
        print("a plain Kaggle needs bubblewrap, which does not work here")
        return 1
    os.environ.pop(SWITCH, None)
    if not given.alone:
        plain_kaggle.alone([sys.executable, "-m", "tests.sweeps.worlds", _ALONE, *sys.argv[1:]])
    cases = [*NOTEBOOKS, *making_corpus.cases()]
    if given.names:
        cases = [case for case in cases if case.name in given.names]
    missing = [name for name in WANTED if importlib.util.find_spec(name) is None]
    if missing:
        print(f"not installed: {', '.join(missing)}: notebooks that import them end early")
    with tempfile.TemporaryDirectory(prefix="nbship-worlds-") as name:
        folder = Path(given.keep or name).resolve()
        with serving(folder, cases) if given.local else nullcontext() as server:
            return compare(cases, folder, given.jobs, server)


@contextmanager
def serving(folder: Path, cases: Sequence[Case]) -> Iterator[Server]:
    """Run a local Kaggle that has the inputs of all cases."""
    (folder / "server").mkdir(parents=True)
    server = Sandboxed(folder / "server").start()
    for case in cases:
        write_inputs(server.inputs, case)
    try:
        yield server
    finally:
        server.stop()


def compare(cases: Sequence[Case], folder: Path, jobs: int, server: Server | None = None) -> int:
    """Run all cases, print a line for each and the figures; return the exit code.

    A local Kaggle runs those that need no secret, and install nothing.
    """
    began = time.monotonic()
    first = adopted(folder / "sandbox", cases)
    shutil.copytree(first.root, folder / "shim", symlinks=True)
    figures = dict.fromkeys(FIGURES, 0)

    def run(case: Case) -> tuple[End, dict[str, End]]:
        expected = truth(case, folder / "plain" / case.name)
        ends = {str(rung): rehearse(Workspace(folder / rung), case, rung) for rung in RUNGS}
        if server is not None and not case.secrets and not case.installs:
            ends["local"] = on_local(server, case, expected)
        return expected, ends

    passed = 0
    with ThreadPoolExecutor(jobs) as pool:
        for case, (expected, ends) in zip(cases, pool.map(run, cases), strict=True):
            told = judge(case, expected, ends, figures)
            passed += expected.passed
            print(f"{case.name:32} {'passed' if expected.passed else expected.error[:60]}")
            print("".join(f"    {line}\n" for line in told), end="", flush=True)
    print(f"{len(cases)} notebooks in {time.monotonic() - began:.0f} s, {passed} pass on Kaggle")
    print("; ".join(f"{name}: {number}" for name, number in figures.items()))
    return int(any(number for name, number in figures.items() if name != _KNOWN))


def judge(
    case: Case, expected: End, found: Mapping[str, End], figures: dict[str, int]
) -> list[str]:
    """Count what the rehearsals of a case do otherwise than Kaggle; return it in words."""
    told = []
    kind = expected.error.partition(":")[0]
    if case.path is None and kind != case.error and not _lacks(case, kind):
        told.append(f"the table says {case.error or 'passed'}, and Kaggle {expected.error}")
        figures[_OTHER] += 1
    for rung, end in found.items():
        wrong, other = verdict(expected, end), differences(expected, end)
        if rung == "shim" and case.limit:
            if wrong or other:
                figures[_KNOWN] += 1
                continue
            other = [f"{case.limit!r} is a limit no more"]
        if wrong or other:
            figures[wrong or _OTHER] += 1
        told += [f"{rung}: {text}" for text in filter(None, (wrong, *other))]
    return told


def _lacks(case: Case, kind: str) -> bool:
    """Return whether a case ends early because a module is not installed."""
    lacking = [name for name in case.needs if importlib.util.find_spec(name) is None]
    return bool(lacking) and kind in {"ModuleNotFoundError", "ImportError"}


if __name__ == "__main__":
    sys.exit(main())
