"""Wait for something to happen, for a while and no longer."""

import time
from collections.abc import Callable
from typing import TypeVar

import pytest

Thing = TypeVar("Thing")
DEADLINE = 60.0


def until(look: Callable[[], Thing | None], what: str, deadline: float = DEADLINE) -> Thing:
    """Look again and again, until there is something to see."""
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        if seen := look():
            return seen
        time.sleep(0.02)
    pytest.fail(f"waited in vain for {what}")
