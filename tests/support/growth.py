"""Support for tests of growth: the work of a call, in steps and in memory, not in seconds."""

import sys
import tracemalloc
from collections.abc import Callable
from types import FrameType
from typing import Any

MOST = 3  # the work for twice the input is less than this many times as much


def steps(call: Callable[[], object]) -> int:
    """Return how many lines of Python code a call executes."""
    count = 0

    def trace(_frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return count


def peak(call: Callable[[], object]) -> int:
    """Return the largest number of bytes that Python holds during a call, beyond those before."""
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def is_linear(work: Callable[[int], int], size: int) -> bool:
    """Return whether the work for twice the size is less than three times as much.

    ``work`` returns the steps for an input of a size.
    """
    return work(2 * size) < MOST * work(size)
