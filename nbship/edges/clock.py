"""The clock: how long something took, and waiting. No decision rests on a time of day."""

import time


def seconds() -> float:
    """Return a number of seconds that only grows."""
    return time.monotonic()


def wait(duration: float) -> None:
    """Wait for some seconds."""
    time.sleep(duration)
