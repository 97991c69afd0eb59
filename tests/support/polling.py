"""Waiting for a condition, with a deadline."""

import time
from collections.abc import Callable
from typing import TypeVar

import pytest

Thing = TypeVar("Thing")
DEADLINE = 60.0


def until(look: Callable[[], Thing | None], what: str, deadline: float = DEADLINE) -> Thing:
    """Call ``look`` until it returns a true value, at most ``deadline`` seconds."""
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.02)
    pytest.fail(f"no {what} after {deadline:g} s")
