"""Benchmark of a cold `doit build` against jupytext alone over the same notebooks."""

import argparse
import sys
import tempfile
from pathlib import Path

from corpus import artifact_of, forget, make_sources, make_workspace
from timing import Row, arguments, compare, count, ended_well, lacks, program

_LOOP_UP_TO = 20  # notebooks: a process for each is slow


def main() -> int:
    """Measure and print a table for each requested number of notebooks."""
    asked = _arguments()
    for number in asked.notebooks:
        with tempfile.TemporaryDirectory(prefix="nbship-bench-") as folder:
            rows = _rows(Path(folder), number, with_loop=asked.loop or number <= _LOOP_UP_TO)
            title = f"cold build of {number} notebooks"
            compare(title, rows, asked.runs, Path(folder, "log"), warm_up=not asked.quick)
    return 0


def _arguments() -> argparse.Namespace:
    parser = arguments("Cold `doit build` against jupytext, side by side.", runs=5)
    parser.add_argument(
        "-n", dest="notebooks", type=count, nargs="+", default=[10, 100], metavar="N",
        help="numbers of notebooks (10 100)",
    )  # fmt: skip
    parser.add_argument(
        "--loop", action="store_true",
        help=f"jupytext once for each file also where N is more than {_LOOP_UP_TO}",
    )  # fmt: skip
    asked = parser.parse_args()
    if asked.quick:
        asked.notebooks, asked.runs = [2], 1
    return asked


def _rows(folder: Path, number: int, *, with_loop: bool) -> list[Row]:
    workspace, plain = folder / "workspace", folder / "plain"
    names = make_workspace(workspace, number)
    make_sources(plain, workspace, names)
    jupytext = (program("jupytext"), "--to", "ipynb")
    doit = program("doit")
    files = tuple(f"{name}.py" for name in names)
    made = [plain / f"{name}.ipynb" for name in names]
    built = [artifact_of(workspace, name) for name in names]
    clean = forget(*made)
    cold = forget(workspace / "build", workspace / ".nbship")
    rows = [
        Row("jupytext --to ipynb, all in one call", ((*jupytext, *files),), plain, clean,
            lacks(made)),
        Row("doit build", ((doit, "build"),), workspace, cold, lacks(built)),
        Row("doit -n 2 build", ((doit, "-n", "2", "build"),), workspace, cold, lacks(built)),
    ]  # fmt: skip
    if with_loop:
        calls = tuple((*jupytext, file) for file in files)
        rows.append(Row("jupytext --to ipynb, a call for each", calls, plain, clean, lacks(made)))
    return rows


if __name__ == "__main__":
    sys.exit(ended_well(main))
