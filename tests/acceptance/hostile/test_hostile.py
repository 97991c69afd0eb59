"""Tests of hostile sources: each is refused in one line, within seconds, and writes no file.

`python -m tests.acceptance.hostile.test_hostile` writes the present lines to `expected.txt`.
"""

import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.acceptance.hostile.cases import Case, all_cases
from tests.support.paths import ROOT
from tests.support.sampling import sample

pytestmark = pytest.mark.unmeasured
EXPECTED = Path(__file__).with_name("expected.txt")
CASES = all_cases()
SECONDS = 2.0  # of processor time, which another test beside it does not change
KIBIBYTES = 300 * 1024
_BESIDE_FAULTS = re.compile(r"[ \t]|build: \d+ of \d+ failed: ")  # hints, quotes, the summary
# A program that starts the one to be measured: this process is large, and would be counted in.
MEASURED = """
import resource, subprocess, sys

code = subprocess.run([sys.executable, *sys.argv[1:]]).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print()
print(used.ru_utime + used.ru_stime, used.ru_maxrss)
sys.exit(code)
"""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What `doit build` did with a case."""

    code: int
    lines: list[str]  # on standard error
    seconds: float
    kibibytes: float
    written: set[str]


def refuse(case: Case, root: Path) -> Refusal:
    """Write the case into a workspace and build it."""
    lay_out(case, root)
    before = listing(root)
    # What a tracer takes for itself is not the program's.
    env = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, "-m", "doit", "build"],
        cwd=root, env=env, capture_output=True, text=True, errors="replace", check=False,
    )  # fmt: skip
    *_, figures = done.stdout.splitlines()
    seconds, kibibytes = map(float, figures.split())
    return Refusal(
        code=done.returncode,
        lines=[line.replace(f"{root}/", "") for line in done.stderr.split("\n") if line],
        seconds=seconds,
        kibibytes=kibibytes,
        written=listing(root) - before,
    )


def lay_out(case: Case, root: Path) -> None:
    (root / "src_py").mkdir(parents=True)
    (root / "dodo.py").write_bytes((ROOT / "dodo.py").read_bytes())
    for path, data in case.files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    for path, target in case.links.items():
        (root / path).symlink_to(target)
    for path in case.pipes:
        os.mkfifo(root / path)


def listing(root: Path) -> set[str]:
    """Return all paths of a workspace except nbship's own state."""
    found = {path.relative_to(root).as_posix() for path in root.rglob("*")}
    return {path for path in found if not path.startswith((".nbship", "__pycache__"))}


def expected() -> dict[str, str]:
    entries = EXPECTED.read_text(encoding="utf-8").splitlines()
    return dict(entry.split(" => ", 1) for entry in entries)


def ours(line: str) -> str:
    """Return a line without its column and Python's message, which differ between versions."""
    return re.sub(
        r"(:\d+)(?::\d+)?(: (?:not Python|the script block is not TOML):).*", r"\1\2", line
    )


def test_there_are_two_hundred_cases_and_each_has_its_line() -> None:
    assert len(CASES) >= 200
    assert {case.name for case in CASES} == set(expected())


@pytest.mark.parametrize("case", sample(CASES, 30), ids=lambda case: case.name)
def test_a_hostile_source_is_refused_in_one_line(case: Case, tmp_path: Path) -> None:
    refusal = refuse(case, tmp_path / "lab")
    faults = [line for line in refusal.lines if not _BESIDE_FAULTS.match(line)]
    assert [ours(fault) for fault in faults] == [ours(expected()[case.name])]
    assert refusal.code in {1, 2}
    assert refusal.written == set()
    assert refusal.seconds <= SECONDS
    assert refusal.kibibytes <= KIBIBYTES


def main() -> None:
    """Write the line of each case, and print everything else that is wrong."""

    def one(case: Case) -> tuple[Case, Refusal]:
        with tempfile.TemporaryDirectory() as folder:
            return case, refuse(case, Path(folder, "lab"))

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(one, CASES))
    lines = []
    for case, refusal in found:
        faults = [line for line in refusal.lines if not _BESIDE_FAULTS.match(line)]
        lines.append(f"{case.name} => {faults[0] if faults else ''}\n")
        is_dear = refusal.seconds > SECONDS or refusal.kibibytes > KIBIBYTES
        if len(faults) != 1 or refusal.code not in {1, 2} or refusal.written or is_dear:
            print(case.name, refusal, sep="\n  ")  # noqa: T201 - a command for developers
    EXPECTED.write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
