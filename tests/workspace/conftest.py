"""Lets these tests import the modules below src_py/ as the notebooks do."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "src_py"))
