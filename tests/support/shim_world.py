"""A world in place of /kaggle, and code that runs in it in a new process, as in the rung shim."""

import os
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.support import plain_kaggle
from tests.support.paths import ROOT

SHIM = ROOT / "nbship" / "shim"
_SHOW = """
import contextlib, glob, io, os, pathlib, shutil, subprocess, sys, tarfile, tempfile, zipfile
def show(text):
    try:
        print(eval(text))
    except OSError as error:
        import errno
        print(errno.errorcode.get(error.errno, error))
"""


def shim_module(name: str) -> Any:
    """Import a module of the shim by the name that it has in a rehearsal."""
    if str(SHIM) not in sys.path:
        sys.path.append(str(SHIM))
    return import_module(name)


def make_world(root: Path) -> Path:
    """Make the folders of a world with one input, and return the one in place of /kaggle."""
    for folder in ("input/voices", "working", "temp", "src"):
        (root / "kaggle" / folder).mkdir(parents=True)
    (root / "kaggle/input/voices/a.txt").write_text("sannu", encoding="utf-8")
    return root / "kaggle"


def environment(kaggle: Path) -> dict[str, str]:
    """Return the variables of a process in the world."""
    measured = {name: text for name, text in os.environ.items() if name.startswith("COVERAGE_")}
    return measured | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(kaggle.parent),
        "PYTHONPATH": str(SHIM),
        "TMPDIR": str(kaggle / "temp"),
        "KAGGLE_WORLD": str(kaggle),
    }


def run(
    kaggle: Path, *arguments: str, python: str = sys.executable, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run Python with arguments in the working folder of a world."""
    return subprocess.run(
        [python, *arguments], capture_output=True, text=True, timeout=60, check=False,
        cwd=kaggle / "working", env=environment(kaggle) | variables,
    )  # fmt: skip


def lines(kaggle: Path, code: str, **variables: str) -> list[str]:
    """Run code in a world; return the lines of its output."""
    done = run(kaggle, "-c", code, **variables)
    assert done.stderr == "", done.stderr[-3000:]
    return done.stdout.splitlines()


def values(kaggle: Path, expressions: list[str], start: str = "", **variables: str) -> list[str]:
    """Evaluate expressions in one process; return each value, or the name of its error number."""
    return lines(kaggle, _code(expressions, start), **variables)


def _code(expressions: list[str], start: str) -> str:
    return f"{_SHOW}\n{start}\nfor text in {expressions!r}:\n    show(text)\n"


def check(kaggle: Path, table: dict[str, str], start: str = "", **variables: str) -> None:
    """Check the value of each expression of a table, in one process.

    Where bubblewrap works, the values are also those of a process without the shim that has the
    world mounted at /kaggle: what the table says of Kaggle is not only our belief.
    """
    real = kaggle.parent / "real"
    shutil.copytree(kaggle, real, symlinks=True)
    found = values(kaggle, list(table), start, **variables)
    assert dict(zip(table, found, strict=True)) == table
    if plain_kaggle.is_here():
        sample = real.parent / "sample"
        mounts = {"/kaggle/input/datasets/ada/ds": sample} if sample.is_dir() else {}
        done = subprocess.run(
            [*plain_kaggle.root(real, mounts), sys.executable, "-c", _code(list(table), start)],
            capture_output=True, text=True, timeout=60, check=False,
            env={"PATH": environment(kaggle)["PATH"], "KAGGLE_WORLD": "/kaggle",
                 "TMPDIR": "/kaggle/temp"} | variables,
        )  # fmt: skip
        assert done.stderr == "", done.stderr[-3000:]
        assert dict(zip(table, done.stdout.splitlines(), strict=True)) == table
