"""Fixtures of the shim: a folder in place of /kaggle."""

from pathlib import Path

import pytest

from tests.support.shim_world import make_world


@pytest.fixture
def kaggle_root(tmp_path: Path) -> Path:
    """Create a folder that replaces /kaggle, with one input."""
    return make_world(tmp_path)
