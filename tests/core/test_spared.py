"""An import without its dear parts leaves everything else as it was."""

import gc
import sys

import pytest

from nbship.core.spared import without


@pytest.mark.parametrize("collects", [True, False])
def test_the_collector_is_afterwards_as_it_was(*, collects: bool) -> None:
    (gc.enable if collects else gc.disable)()
    try:
        with without("no_such_module"):
            assert not gc.isenabled()
            with pytest.raises(ImportError):
                __import__("no_such_module")
        assert gc.isenabled() is collects
    finally:
        gc.enable()
    assert "no_such_module" not in sys.modules
