"""Benchmark of `doit build` with nothing to do and with one edited notebook, and of `status`."""

import argparse
import itertools
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from corpus import artifact_of, make_sources, make_workspace, source_of
from timing import Row, arguments, compare, count, ended_well, find_make, program, run_once

_FORBIDDEN = ("nbformat", "jupytext", "papermill", "kaggle")  # slow: nothing to do needs none
_WATCHED = (*_FORBIDDEN, "kagglesdk", "requests", "IPython")
_BARE_DODO = '''\
"""One task for each notebook, and nothing clever."""

import shutil
from pathlib import Path

DOIT_CONFIG = {"backend": "json", "dep_file": "doit.json"}


def task_build():
    for source in sorted(Path().glob("bench_*.py")):
        target = f"{source.stem}.ipynb"
        yield {
            "name": source.stem,
            "actions": [(shutil.copy, [str(source), target])],
            "file_dep": [str(source)],
            "targets": [target],
        }
'''


def main() -> int:
    """Measure, print the tables and the imported modules; return 1 if a slow module is imported."""
    asked = _arguments()
    with tempfile.TemporaryDirectory(prefix="nbship-bench-") as name:
        folder = Path(name)
        names = make_workspace(folder / "workspace", asked.notebooks)
        rows = _nothing_rows(folder, names)
        _settle(rows, folder)
        title = f"{len(names)} notebooks, nothing to do"
        compare(title, rows, asked.runs, folder / "log", warm_up=not asked.quick)
        rows = _edited_rows(folder, names)
        title = f"{len(names)} notebooks, one edited"
        compare(title, rows, asked.runs, folder / "log", warm_up=not asked.quick)
        return _say_imports(folder)


def _arguments() -> argparse.Namespace:
    parser = arguments("`doit build` with nothing to do against doit alone and make.", runs=11)
    parser.add_argument(
        "-n", dest="notebooks", type=count, default=100, metavar="N",
        help="number of notebooks (%(default)s)",
    )  # fmt: skip
    asked = parser.parse_args()
    if asked.quick:
        asked.notebooks, asked.runs = 3, 1
    return asked


def _nothing_rows(folder: Path, names: tuple[str, ...]) -> list[Row]:
    """Return the rows of doit alone, nbship and make, each in its own folder."""
    make, doit = find_make(), program("doit")
    for plain in ("bare", "make"):
        make_sources(folder / plain, folder / "workspace", names)
    (folder / "bare" / "dodo.py").write_text(_BARE_DODO, encoding="utf-8")
    (folder / "make" / "Makefile").write_text(_makefile(names), encoding="utf-8")
    return [
        Row("doit alone, a trivial task for each", ((doit,),), folder / "bare",
            fault=_worked_though_idle),
        Row("doit build", ((doit, "build"),), folder / "workspace", fault=_worked_though_idle),
        Row("doit status", ((doit, "status"),), folder / "workspace", fault=_told(names)),
        Row("nbship status", ((program("nbship"), "status"),), folder / "workspace",
            fault=_told(names)),
        Row("make, a rule for each", ((make or "make",),), folder / "make",
            lacking="" if make else "make"),
    ]  # fmt: skip


def _makefile(names: tuple[str, ...]) -> str:
    rules = (f"{name}.ipynb: {name}.py\n\tcp {name}.py {name}.ipynb\n" for name in names)
    return "\n".join([f"all: {' '.join(f'{name}.ipynb' for name in names)}\n", *rules])


def _settle(rows: list[Row], folder: Path) -> None:
    """Run each command once, so that the measured runs have nothing to do."""
    for row in rows:
        if not row.lacking:
            run_once(row.commands[0], row.cwd, folder / "log")


def _worked_though_idle(output: str) -> str:
    """Return an error if a task ran: doit prints ". " before it."""
    done = [line for line in output.splitlines() if line.startswith(". ")]
    return f"there was nothing to do, yet: {done[0]}" if done else ""


def _told(names: tuple[str, ...]) -> Callable[[str], str]:
    """Return a ``fault`` for a row that prints the status: it counts the rows up to date."""

    def fault(output: str) -> str:
        told = sum(" up to date " in line for line in output.splitlines())
        return "" if told == len(names) else f"{told} of {len(names)} notebooks are up to date"

    return fault


def _edited_rows(folder: Path, names: tuple[str, ...]) -> list[Row]:
    """Return the rows: jupytext, called for the edited notebook, and nbship, which finds it."""
    doit, jupytext, name = program("doit"), program("jupytext"), names[len(names) // 2]
    workspace, bare = folder / "workspace", folder / "bare"
    marks = itertools.count(1)
    plain = _Edit(bare / f"{name}.py", bare / f"{name}.ipynb", marks)
    ours = _Edit(source_of(workspace, name), artifact_of(workspace, name), marks)
    return [
        Row("jupytext --to ipynb of the edited one", ((jupytext, "--to", "ipynb", f"{name}.py"),),
            bare, plain.edit, plain.fault),
        Row("doit build", ((doit, "build"),), workspace, ours.edit, ours.fault),
        Row("doit build:NAME", ((doit, f"build:{name}"),), workspace, ours.edit, ours.fault),
    ]  # fmt: skip


class _Edit:
    """An edit that changes the last cell each time, and the check that the result contains it."""

    def __init__(self, source: Path, made: Path, marks: "itertools.count[int]") -> None:
        self._source, self._made, self._marks = source, made, marks
        self._text = source.read_text(encoding="utf-8")
        self._mark = ""

    def edit(self) -> None:
        self._mark = f"edit number {next(self._marks)} of this run"
        text = f'{self._text}\n# %%\nprint("{self._mark}")\n'
        self._source.write_text(text, encoding="utf-8")

    def fault(self, _: str) -> str:
        is_in = self._mark in self._made.read_text(encoding="utf-8")
        return "" if is_in else "the result does not contain the edit"


def _say_imports(folder: Path) -> int:
    """Print the slow modules that an idle build imports, and their import times."""
    command = (sys.executable, "-X", "importtime", "-m", "doit", "build")
    run_once((program("doit"), "build"), folder / "workspace", folder / "log")
    took = _import_times(run_once(command, folder / "workspace", folder / "log"))
    print("\nimported by `doit build` with nothing to do")
    for module in _WATCHED:
        print(f"{module:<10} {f'{took[module]:.0f} ms' if module in took else 'no'}")
    found = [module for module in _FORBIDDEN if module in took]
    if found:
        print(
            f"must not be imported if there is nothing to do: {', '.join(found)}", file=sys.stderr
        )
    return 1 if found else 0


def _import_times(output: str) -> dict[str, float]:
    """Parse the output of `-X importtime`: `import time: self us | cumulative us | name`."""
    lines = (line for line in output.splitlines() if line.startswith("import time:"))
    parts = (line.removeprefix("import time:").split("|") for line in lines)
    return {
        name.strip(): int(cumulative) / 1000
        for _, cumulative, name in parts
        if cumulative.strip().isdigit()
    }


if __name__ == "__main__":
    sys.exit(ended_well(main))
