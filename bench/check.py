"""Benchmark of `doit check` of one notebook and of many."""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from corpus import forget, make_sources, make_workspace
from timing import Row, arguments, compare, count, ended_well, lacks, program

_IDENTITY = ("-c", "user.name=bench", "-c", "user.email=bench@example.org")


def main() -> int:
    """Measure one notebook, then many, and print a table for each."""
    asked = _arguments()
    with tempfile.TemporaryDirectory(prefix="nbship-bench-") as name:
        folder = Path(name)
        title = "check of 1 notebook, against an import of doit"
        compare(title, _one(folder), asked.runs, folder / "log", warm_up=not asked.quick)
        title = f"check of {asked.notebooks} notebooks, against jupytext"
        rows = _many(folder, asked.notebooks)
        compare(title, rows, asked.many_runs, folder / "log", warm_up=not asked.quick)
    return 0


def _arguments() -> argparse.Namespace:
    parser = arguments("`doit check` against an import of doit, and against jupytext.", runs=11)
    parser.add_argument(
        "-n", dest="notebooks", type=count, default=1000, metavar="N",
        help="number of notebooks (%(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--many-runs", type=count, default=3, help="of each command over many (%(default)s)"
    )
    asked = parser.parse_args()
    if asked.quick:
        asked.notebooks, asked.runs, asked.many_runs = 3, 1, 1
    return asked


def _one(folder: Path) -> list[Row]:
    workspace = folder / "one"
    _make_repo(workspace, 1)
    python = (sys.executable, "-c", "import doit")
    return [Row("python -c 'import doit'", (python,), workspace), *_checks(workspace, 1)]


def _many(folder: Path, number: int) -> list[Row]:
    """Return the rows: one call of jupytext over all notebooks, and nbship without its caches."""
    workspace, plain = folder / "many", folder / "plain"
    names = _make_repo(workspace, number)
    make_sources(plain, workspace, names)
    made = [plain / f"{name}.ipynb" for name in names]
    command = (program("jupytext"), "--to", "ipynb", *(f"{name}.py" for name in names))
    reference = Row(
        "jupytext --to ipynb, all in one call", (command,), plain, forget(*made), lacks(made)
    )
    return [reference, *_checks(workspace, number)]


def _checks(workspace: Path, number: int) -> list[Row]:
    cold = forget(workspace / ".nbship", workspace / "build")

    def fault(output: str) -> str:
        return "" if f"{number} notebooks are valid" in output else "not all notebooks were checked"

    return [
        Row(f"{name} check", ((program(name), "check"),), workspace, cold, fault)
        for name in ("doit", "nbship")
    ]


def _make_repo(workspace: Path, number: int) -> tuple[str, ...]:
    """Make a workspace in a git repository with one commit, so that `check` also calls git."""
    names = make_workspace(workspace, number)
    (workspace / ".gitignore").write_text("/.nbship/\n/build/\n", encoding="utf-8")
    for command in (("init", "-q"), ("add", "-A"), (*_IDENTITY, "commit", "-q", "-m", "bench")):
        subprocess.run(("git", *command), cwd=workspace, check=True)
    return names


if __name__ == "__main__":
    sys.exit(ended_well(main))
