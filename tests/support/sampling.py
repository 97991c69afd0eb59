"""What a long sweep tries on every run of the tests, and what in full.

The command for all of it: NBSHIP_FULL=1 python -m pytest
"""

import os
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

IS_FULL = "NBSHIP_FULL" in os.environ  # read before a test's environment is cleaned


def sample(cases: Sequence[T], one_in: int) -> Sequence[T]:
    """Return the cases to try: all of them, or the same one in so many each time."""
    return cases if IS_FULL else cases[::one_in]
