"""Benchmark of cold rehearsals against papermill, nbmake and nbdev-test over the same artifacts."""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from corpus import TRIVIAL, artifact_of, forget, make_workspace
from timing import Row, arguments, compare, count, ended_well, lacks, program, run_once

_HEAVY = ("numpy", "pandas", "matplotlib")
_LOOPS = 20  # notebooks at most for which papermill is called one after the other


def main() -> int:
    """Build once, measure the rehearsals side by side, and print the tables."""
    asked = _arguments()
    with tempfile.TemporaryDirectory(prefix="nbship-bench-") as name:
        for number, is_heavy in asked.kinds:
            folder = Path(name) / f"{number}{'-heavy' if is_heavy else ''}"
            folder.mkdir()
            names = make_workspace(folder / "workspace", number, TRIVIAL, is_heavy=is_heavy)
            run_once((program("doit"), "build"), folder / "workspace", folder / "log")
            title = f"smoke of {number} {'heavy' if is_heavy else 'trivial'} notebooks"
            rows = _rows(folder, names)
            compare(title, rows, asked.runs, folder / "log", warm_up=not asked.quick)
    return 0


def _arguments() -> argparse.Namespace:
    parser = arguments("Cold `nbship smoke` against other programs, side by side.", runs=2)
    parser.add_argument(
        "-n", dest="notebooks", type=count, action="append", metavar="N",
        help="number of trivial notebooks; may be given again (1, 20 and 100)",
    )  # fmt: skip
    parser.add_argument(
        "--heavy", type=int, default=20, metavar="N",
        help=f"number of notebooks with {', '.join(_HEAVY)} (%(default)s; 0 for none)",
    )  # fmt: skip
    asked = parser.parse_args()
    trivial = asked.notebooks or [1, 20, 100]
    if asked.quick:
        trivial, asked.heavy, asked.runs = [2], 0, 1
    if not all(map(find_spec, _HEAVY)):
        asked.heavy = 0
    asked.kinds = [(number, False) for number in trivial]
    if asked.heavy:
        asked.kinds.append((asked.heavy, True))
    return asked


def _rows(folder: Path, names: tuple[str, ...]) -> list[Row]:
    workspace = folder / "workspace"
    smoked = [workspace / ".nbship" / "smoked" / f"{name}.json" for name in names]
    cold = forget(workspace / ".nbship" / "smoked")

    def smoke(words: str, *command: str, **env: str) -> Row:
        return Row(words, (command,), workspace, cold, lacks(smoked), env=env)

    nbship, doit = program("nbship"), program("doit")
    return [
        *([_papermill(folder, names)] if len(names) <= _LOOPS else []),
        *_others(folder, names),
        smoke("nbship smoke", nbship, "smoke"),
        smoke("doit smoke", doit, "smoke"),
        smoke("nbship smoke --jobs 1", nbship, "smoke", "--jobs", "1"),
        smoke("nbship smoke --no-warm", nbship, "smoke", "--no-warm"),
        smoke("nbship smoke, in the shim", nbship, "smoke", NBSHIP_SANDBOX="off"),
    ]


def _papermill(folder: Path, names: Sequence[str]) -> Row:
    out = folder / "executed"
    out.mkdir()
    executed = [out / f"{name}.ipynb" for name in names]
    papermill, workspace = program("papermill"), folder / "workspace"
    calls = tuple(
        (papermill, str(artifact_of(workspace, name)), str(file), "-p", "EPOCHS", "2")
        for name, file in zip(names, executed, strict=True)
    )
    return Row("papermill, a call for each", calls, out, forget(*executed), lacks(executed))


def _others(folder: Path, names: Sequence[str]) -> list[Row]:
    """Return the rows of programs that test notebooks, of which few people have all."""
    copies = folder / "copies"
    copies.mkdir()
    for name in names:
        shutil.copy(artifact_of(folder / "workspace", name), copies)
    beside = Path(sys.executable)
    nbdev = beside.with_name("nbdev-test")
    has_nbmake = all(map(find_spec, ("nbmake", "xdist")))
    nbmake = (str(beside), "-m", "pytest", "-q", "--nbmake", "-n", "2", str(copies))
    return [
        Row("pytest --nbmake -n 2", (nbmake,), copies, lacking="" if has_nbmake else "nbmake"),
        Row("nbdev-test, two workers", ((str(nbdev), str(copies), "--n-workers", "2"),), copies,
            lacking="" if nbdev.exists() else "nbdev"),
    ]  # fmt: skip


if __name__ == "__main__":
    sys.exit(ended_well(main))
