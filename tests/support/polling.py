"""Waiting for a condition, with a deadline."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import pytest

if TYPE_CHECKING:
    import subprocess

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


def output_until(process: "subprocess.Popen[str]", words: str) -> str:
    """Read a program's output up to a line with these words, and return it."""
    assert process.stdout
    output = ""
    for line in process.stdout:
        output += line
        if words in line:
            return output
    pytest.fail(f"the program did not print {words!r}: {output}")
