"""Show whether `doit check` is done before a person notices, and how it does with many notebooks."""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from corpus import make_sources, make_workspace
from timing import Row, arguments, compare, count, ended_well, forget, lacks, program

_GOALS = {1: 2.0}  # of one notebook, against `import doit`
_GOAL = 0.3  # of many, against one call of jupytext


def main() -> int:
    """Measure one notebook, then many, and print a table for each."""
    asked = _arguments()
    with tempfile.TemporaryDirectory(prefix="nbship-bench-") as name:
        folder = Path(name)
        workspace, _ = _workspace(folder / "one", 1)
        title = f"check of 1 notebook; at most {_GOALS[1]} is the goal"
        compare(title, _one(workspace), asked.runs, folder / "log", warm_up=not asked.quick)
        workspace, names = _workspace(folder / "many", asked.notebooks)
        rows = _many(folder, workspace, names)
        title = f"check of {len(names)} notebooks; at most {_GOAL} is the goal"
        compare(title, rows, asked.many_runs, folder / "log", warm_up=not asked.quick)
    return 0
