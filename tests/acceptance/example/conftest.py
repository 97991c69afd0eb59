"""The import path of these tests, which import the modules below src_py/ as the notebooks do."""

import sys

from tests.support.paths import ROOT

sys.path.insert(0, str(ROOT / "src_py"))
