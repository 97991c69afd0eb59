"""The choice between a sample and all cases of a long sweep.

The command for all cases: NBSHIP_FULL=1 python -m pytest -o faulthandler_timeout=0
"""

import os
from collections.abc import Sequence
from typing import TypeVar

import pytest

T = TypeVar("T")

IS_FULL = "NBSHIP_FULL" in os.environ  # read before a test's environment is cleaned
takes_long = pytest.mark.skipif(not IS_FULL, reason="takes long: NBSHIP_FULL=1 runs it")


def sample(cases: Sequence[T], one_in: int) -> Sequence[T]:
    """Return all cases, or every n-th of them, the same ones each time."""
    return cases if IS_FULL else cases[::one_in]
