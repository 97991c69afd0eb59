"""The folders that tests read from."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"
SHARED = ROOT.parent / "shared"  # real notebooks and logs, where they are there
CORPUS = SHARED / "corpus"
