"""Sweep: a notebook ends in a forked kernel as in one that starts from its beginning.

``python -m tests.sweeps.warm --count 200 --seed 1`` makes notebooks of the pieces of
``making_warm``, and takes those of ``making_notebooks`` and of the corpus, too. One ``nbship
smoke`` rehearses all of them, several at the same time, and one with ``--no-warm`` in a copy of the
workspace. It compares how each notebook ends, with which message, the outputs of each cell, and the
files in /kaggle/working; only addresses, times and what is random by itself may differ. After each
command it looks for what is left: processes, folders of zygotes, mounts. Nothing reaches beyond
this machine.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from nbship.edges.rehearsal.isolation import SWITCH
from tests.support import plain_kaggle
from tests.support.workspace import Workspace
from tests.sweeps import making_corpus
from tests.sweeps.making_notebooks import NOTEBOOKS, Case
from tests.sweeps.making_warm import WORDS, Made, notebooks
from tests.sweeps.worlds import adopted

WARM, PLAIN = "warm", "plain"
_OPTIONS = {WARM: (), PLAIN: ("--no-warm",)}
_ALONE = "--alone"  # the command has started itself again without a network
_LONGEST = 1200.0  # seconds of a command for a few hundred notebooks
_KILLED = "papermill ended with signal 9"  # what a failure says
_RANDOM = "random.txt"  # in /kaggle/working: numbers of which no two are the same
# What differs from run to run, whatever a kernel is.
_VARIES = (
    (re.compile(r"\x1b\[[0-9;]*m"), ""),
    (re.compile(r"0x[0-9a-f]{6,}"), "0x"),
    (re.compile(r"\b[\d.]+(?:e[+-]\d+)? ?(?:ns|µs|μs|us|ms|s)\b"), "TIME"),
    (re.compile(r"/nbship-(?:stacks-\d+|\w{8}/)|sem\.mp-\w+"), "RANDOM"),
    (re.compile(r"/tmp/ipykernel_\d+/\d+\.py"), "/tmp/ipykernel/CELL"),  # noqa: S108 - in a text
    (re.compile(r"\d\d:\d\d:\d\d[.,\d]*|\d{4}-\d\d-\d\d"), "TIME"),
    (re.compile(r"(?i)\b(pid|process|subprocess)[ =:]*\d+"), r"\1"),
    (re.compile(r"[\d.]+it/s"), "RATE"),
    (re.compile(r"addr=\(([^,()]+), \d+\)"), r"addr=(\1, PORT)"),
    (re.compile(r"\b[a-zA-Z]{1,5}[0-9a-f]{10}\b"), "ID"),  # of matplotlib in a picture as SVG
    (re.compile(r"\bThread-\d+"), "Thread"),  # a forked kernel has one thread less
    (re.compile(r"/tmp/(?:tmp|pip-)[\w/.-]+"), "/tmp/"),  # noqa: S108 - in a text
)


@dataclass(frozen=True, slots=True)
class End:
    """How a notebook ended: its verdict with the message, the outputs of its cells, its files."""

    verdict: str
    cells: Sequence[str] = ()
    files: Mapping[str, str] | None = None
    plain: str = ""  # why its kernel was not forked


def main() -> int:
    """Run the sweep as the command line says; return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", action="store_true", help="without the cases of other sweeps")
    parser.add_argument("--keep", metavar="FOLDER", help="keep what was run in a new folder")
    parser.add_argument(_ALONE, action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if not plain_kaggle.is_here():
        print("forked kernels need bubblewrap, which does not work here")
        return 1
    os.environ.pop(SWITCH, None)
    if not given.alone:
        plain_kaggle.alone([sys.executable, "-m", "tests.sweeps.warm", _ALONE, *sys.argv[1:]])
    made = list(notebooks(given.count, given.seed))
    cases = [] if given.only else [*NOTEBOOKS, *making_corpus.cases()]
    with tempfile.TemporaryDirectory(prefix="nbship-warm-") as name:
        return compare(made, cases, Path(given.keep or name).resolve(), given.jobs)


def compare(made: Sequence[Made], cases: Sequence[Case], folder: Path, jobs: int) -> int:
    """Run all notebooks in both ways, and print what differs; return the exit code."""
    pieces = {each.name: ", ".join(each.pieces) for each in made}
    start(made, cases, folder / WARM)
    shutil.copytree(folder / WARM, folder / PLAIN, symlinks=True)
    faults, ends = [], {}
    for way in (WARM, PLAIN):
        began = time.monotonic()
        ends[way], said = run(Workspace(folder / way), way, jobs)
        faults += [f"{way}: {text}" for text in left(folder / way)]
        faults += [f"{way}: {line}" for line in said.splitlines() if line.startswith("Traceback")]
        seconds = time.monotonic() - began
        each = seconds / max(1, len(ends[way]))
        print(
            f"{way}: {len(ends[way])} notebooks in {seconds:.0f} s, {each:.2f} s each", flush=True
        )
    varies = {case.name: case for case in cases}
    for name in sorted(ends[WARM].keys() | ends[PLAIN].keys()):
        case = varies.get(name)
        told = differences(ends[PLAIN].get(name), ends[WARM].get(name), case)
        faults += [f"{name} ({pieces.get(name, 'a case')}): {text}" for text in told]
    faults += repeated_numbers(folder / WARM)
    verdicts = Counter(end.verdict.partition(":")[0] == "passed" for end in ends[WARM].values())
    print(f"passed: {verdicts[True]}, failed: {verdicts[False]}")
    reasons = Counter(end.plain for end in ends[WARM].values() if end.plain)
    print("not forked:", "; ".join(f"{why}: {many}" for why, many in reasons.items()) or "none")
    print("".join(f"FAULT {fault}\n" for fault in faults), end="")
    print(f"faults: {len(faults)}")
    return int(bool(faults))


def start(made: Sequence[Made], cases: Sequence[Case], root: Path) -> Workspace:
    """Make the workspace of all notebooks, and build them."""
    usual = [case for case in cases if not case.network]
    workspace = adopted(root, usual)
    workspace.write("src_py/words.py", WORDS)
    for each in made:
        workspace.write(f"src_py/{each.name}.py", each.text)
    return workspace


def run(workspace: Workspace, way: str, jobs: int) -> tuple[dict[str, End], str]:
    """Rehearse all notebooks in one command; return how each ended, and what was said."""
    done = subprocess.run(
        [sys.executable, "-m", "nbship", "smoke", "--jobs", str(jobs), *_OPTIONS[way]],
        cwd=workspace.root, capture_output=True, text=True, check=False, timeout=_LONGEST,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    names = sorted(path.stem for path in workspace.root.glob("src_py/*.py") if path.stem != "words")
    return {name: read_end(workspace.root, name) for name in names}, done.stdout + done.stderr


def read_end(root: Path, name: str) -> End:
    """Return how the last rehearsal of a notebook ended."""
    folder = root / ".nbship/smoke" / name
    passed, failed = root / f".nbship/smoked/{name}.json", root / f".nbship/smoked/{name}.failed"
    verdict, plain = "not run", ""
    if passed.exists():
        facts = json.loads(passed.read_text())
        verdict, plain = "passed", facts["plain"]
    for path in root.glob(f".nbship/**/{name}.json"):
        facts = json.loads(path.read_text())
        if path != passed and isinstance(facts, dict) and "message" in facts:
            failed = path
    if failed.exists():
        verdict = as_usual(f"failed: {json.loads(failed.read_text())['message']}", root)
    executed = folder / "executed.ipynb"
    # It is saved now and then: without papermill's end, nobody knows which cells are in it.
    has_all = executed.exists() and _KILLED not in verdict
    cells = json.loads(executed.read_text())["cells"] if has_all else []
    printed = [as_usual(shown(cell), root) for cell in cells if cell["cell_type"] == "code"]
    return End(verdict, printed, dict(digests(folder / "kaggle/working")), plain)


def shown(cell: Mapping[str, Any]) -> str:
    """Return all outputs of a cell as one text.

    Pieces of a stream are one where they follow each other: the kernel sends them by time.
    """
    texts: list[list[str]] = []
    for output in cell["outputs"]:
        kind = output["output_type"]
        if kind == "stream":
            text = "".join(output["text"])
            kind = output["name"]
            if texts and texts[-1][0] == kind:
                texts[-1][1] += text
                continue
        elif kind == "error":
            text = "\n".join([output["ename"], output["evalue"], *output["traceback"]])
        else:
            text = json.dumps(
                {name: output[name] for name in ("data", "metadata")},
                sort_keys=True,
                ensure_ascii=False,
            )
        texts.append([kind, text])
    count = cell["execution_count"] if texts else None  # of a kernel that dies, it comes or not
    return f"[{count}] {json.dumps(sorted(texts), ensure_ascii=False)}"


def as_usual(text: str, root: Path) -> str:
    """Return a text without what differs from run to run."""
    text = text.replace(str(root), "ROOT")
    for pattern, instead in _VARIES:
        text = pattern.sub(instead, text)
    return text


def digests(working: Path) -> Iterator[tuple[str, str]]:
    """Yield each file below a folder, with the digest of its content; of a link, its target."""
    for path in sorted(working.rglob("*")):
        name = path.relative_to(working).as_posix()
        if path.is_symlink():
            yield name, str(path.readlink())
        elif path.is_file() and "__pycache__" not in path.parts:
            yield name, hashlib.sha256(path.read_bytes()).hexdigest()


def differences(plain: End | None, warm: End | None, case: Case | None) -> Iterator[str]:
    """Yield in what two ends differ, in words."""
    if plain is None or warm is None:
        yield f"only one has run: {plain}, {warm}"
        return
    if plain.verdict != warm.verdict:
        yield f"{plain.verdict!r} is now {warm.verdict!r}"
    if case is None or not case.is_random:
        if len(plain.cells) != len(warm.cells):
            yield f"{len(plain.cells)} cells are now {len(warm.cells)}"
        for number, (one, other) in enumerate(zip(plain.cells, warm.cells, strict=False)):
            if one != other:
                yield f"cell {number} shows{differing(one, other)}"
    varies = {_RANDOM, *(case.varies if case else ())}
    files = plain.files or {}, warm.files or {}
    for name in sorted(files[0].keys() | files[1].keys()):
        there, here = (each.get(name, "no file") for each in files)
        if there != here and (name not in varies or "no file" in (there, here)):
            yield f"{name}: {there[:12]} is now {here[:12]}"


def differing(one: str, other: str) -> str:
    """Return where two texts begin to differ."""
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
    at = max(0, at - 60)
    return f" {one[at : at + 300]!r}, and now {other[at : at + 300]!r}"


def repeated_numbers(root: Path) -> Iterator[str]:
    """Yield the random numbers that two notebooks have drawn."""
    drawn: Counter[str] = Counter()
    for path in root.glob(f".nbship/smoke/*/kaggle/working/{_RANDOM}"):
        drawn.update(path.read_text().split())
    for number, many in drawn.items():
        if many > 1:
            yield f"{many} notebooks have drawn {number}"


def left(root: Path) -> Iterator[str]:
    """Yield what a command has left running, or lying about."""
    for process in psutil.process_iter(["cmdline", "cwd"]):
        words = process.info["cmdline"] or []
        if process.pid != os.getpid() and any(str(root) in word for word in words):
            yield f"a process is left: {' '.join(words)[:200]}"
        elif (process.info["cwd"] or "").startswith(str(root)):
            yield f"a process is left in {process.info['cwd']}: {' '.join(words)[:200]}"
        elif _is_in_world(process.pid, root):
            yield f"a process of a notebook is left: {' '.join(words)[:200]}"
    for folder in root.glob(".nbship/**/zygotes/*"):
        yield f"a folder is left: {folder.relative_to(root)}"
    mounts = Path("/proc/mounts").read_text(encoding="utf-8", errors="surrogateescape")
    if str(root) in mounts:
        yield "a mount is left"


def _is_in_world(process: int, root: Path) -> bool:
    """Return whether a process has folders of rehearsals of a workspace as its mounts."""
    try:
        mounts = Path(f"/proc/{process}/mountinfo").read_text(errors="surrogateescape")
    except OSError:  # it has ended
        return False
    # The fourth field is a path in its file system: that from its mount point on, or all of it.
    places = (line.split()[3].partition("/.nbship/") for line in mounts.splitlines())
    return any(
        below and f"/{root.name}" in at and str(root).endswith(at) for at, below, _ in places
    )


if __name__ == "__main__":
    sys.exit(main())
