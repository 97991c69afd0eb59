"""The policy for a download that breaks off: when to try again, and when to give up."""

from dataclasses import dataclass, replace

_MOST_VAIN = 5  # attempts in a row that reach no new byte


@dataclass(frozen=True, slots=True)
class Attempts:
    """The attempts so far to fetch the files of a run, which share one limit.

    ``vain`` counts the attempts since the last new byte; ``reached`` are the bytes of the present
    file that any attempt has reached. A server that does not continue a file sends it from its
    first byte again: only what goes beyond ``reached`` is new.
    """

    vain: int = 0
    reached: int = 0


def began(attempts: Attempts, have: int) -> Attempts:
    """Begin with another file, of which ``have`` bytes are here."""
    return replace(attempts, reached=have)


def broke_off(attempts: Attempts, have: int) -> Attempts:
    """Record that an attempt ended with ``have`` bytes of the file here."""
    if have > attempts.reached:
        return Attempts(0, have)
    return replace(attempts, vain=attempts.vain + 1)


def pause(attempts: Attempts) -> float | None:
    """Return the seconds until the next attempt, 16 at most; None where enough were in vain."""
    return None if attempts.vain >= _MOST_VAIN else 2.0**attempts.vain
