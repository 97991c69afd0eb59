"""Fixtures of the acceptance tests: a workspace in a git repo, and a local Kaggle."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.workspace import TINY, WORDS, Local, Workspace, new_workspace, serving


@pytest.fixture
def bare(tmp_path: Path) -> Workspace:
    """Give a workspace in a git repo, with a dodo.py and nothing else."""
    return new_workspace(tmp_path / "lab")


@pytest.fixture
def lab(bare: Workspace) -> Workspace:
    """Give a workspace with one small kernel and a module, committed."""
    bare.write("src_py/tiny.py", TINY)
    bare.write("src_py/words.py", WORDS)
    bare.commit()
    return bare


@pytest.fixture
def up(lab: Workspace) -> Iterator[Local]:
    """Give the local Kaggle of the small workspace, up for the length of a test."""
    with serving(lab) as local:
        yield local
