"""The clocks: durations, waiting, and the time of day for people. No decision depends on it."""

import time


def seconds() -> float:
    """Return a time in seconds that never decreases."""
    return time.monotonic()


def since_1970() -> float:
    """Return the time of day in seconds since 1970, which only people should see."""
    return time.time()


def wait(duration: float) -> None:
    """Wait for ``duration`` seconds."""
    time.sleep(duration)
