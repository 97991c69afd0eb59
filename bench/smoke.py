"""Benchmark of a cold `doit smoke` against papermill over the same artifacts."""

import argparse
import sys
import tempfile
from pathlib import Path

from corpus import TRIVIAL, artifact_of, forget, make_workspace
from timing import Row, arguments, compare, count, ended_well, lacks, program, run_once


def main() -> int:
    """Build once, measure the rehearsals side by side, and print the table."""
    asked = _arguments()
    with tempfile.TemporaryDirectory(prefix="nbship-bench-") as name:
        folder = Path(name)
        names = make_workspace(folder / "workspace", asked.notebooks, TRIVIAL)
        run_once((program("doit"), "build"), folder / "workspace", folder / "log")
        rows = _rows(folder, names)
        title = f"smoke of {len(names)} trivial notebooks"
        compare(title, rows, asked.runs, folder / "log", warm_up=not asked.quick)
    return 0


def _arguments() -> argparse.Namespace:
    parser = arguments("Cold `doit smoke` against papermill, side by side.", runs=3)
    parser.add_argument(
        "-n", dest="notebooks", type=count, default=5, metavar="N",
        help="number of notebooks (%(default)s)",
    )  # fmt: skip
    asked = parser.parse_args()
    if asked.quick:
        asked.notebooks, asked.runs = 1, 1
    return asked


def _rows(folder: Path, names: tuple[str, ...]) -> list[Row]:
    workspace, out = folder / "workspace", folder / "executed"
    out.mkdir()
    doit, papermill = program("doit"), program("papermill")
    executed = [out / f"{name}.ipynb" for name in names]
    smoked = [workspace / ".nbship" / "smoked" / f"{name}.json" for name in names]
    calls = tuple(
        (papermill, str(artifact_of(workspace, name)), str(file), "-p", "EPOCHS", "2")
        for name, file in zip(names, executed, strict=True)
    )
    cold = forget(workspace / ".nbship" / "smoked")
    shim = {"NBSHIP_SANDBOX": "off"}
    two = ((doit, "-n", "2", "smoke"),)
    return [
        Row("papermill, a call for each", calls, out, forget(*executed), lacks(executed)),
        Row("doit smoke", ((doit, "smoke"),), workspace, cold, lacks(smoked)),
        Row(
            "doit smoke, in the shim", ((doit, "smoke"),), workspace, cold, lacks(smoked), env=shim
        ),
        Row("doit -n 2 smoke", two, workspace, cold, lacks(smoked)),
    ]


if __name__ == "__main__":
    sys.exit(ended_well(main))
