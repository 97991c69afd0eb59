"""The sweep of rescues, with generated triples of notebooks, which git merges.

The command: python -m tests.sweeps.rescues --count 5000 --seed 1

Each case has a base, and two sets of edits of it: lines and cells are added, changed, removed,
moved, divided, joined and copied. Some have no base, and some are in R. No line that a side has
added is lost, the result is proved, and so is each side of a conflict. The exit code is 1 if one
case fails.
"""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from nbship.core.drift.conflicts import Triple
from nbship.edges.git.merge import merge_all
from tests.support.rescues import case_of, fault_of
from tests.support.triples import LABELS
from tests.sweeps.reporting import Verdict, run

TURNS = ("ordinary",)
_MOST = 1_000_000  # cases of a seed


def by_git(triples: Sequence[Triple]) -> list[str]:
    """Merge texts with git, in a folder of the system's own."""
    with tempfile.TemporaryDirectory() as folder:
        return merge_all(Path(folder).resolve() / "merge", triples, LABELS)


def check_case(kind: str, seed: str) -> Verdict:
    """Make a triple from the seed, and rescue it."""
    first, _, number = seed.partition("/")
    fault = fault_of(case_of(int(first) * _MOST + int(number)), by_git)
    return Verdict(kind, seed, accepted=not fault, fault=fault)


if __name__ == "__main__":
    sys.exit(run(__doc__ or "", check_case, TURNS))
