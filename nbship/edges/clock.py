"""The monotonic clock: durations and waiting. No decision depends on the time of day."""

import time


def seconds() -> float:
    """Return a time in seconds that never decreases."""
    return time.monotonic()


def wait(duration: float) -> None:
    """Wait for ``duration`` seconds."""
    time.sleep(duration)
