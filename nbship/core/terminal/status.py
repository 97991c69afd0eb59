"""The line that says what a command is doing, for a terminal of any width."""

from collections.abc import Callable
from dataclasses import dataclass

VERB_WIDTH = 8  # of the column of verbs, also in the lines of results
_LEAST = 8  # columns of the latest output: less shows nothing
_UNITS = ("KiB", "MiB", "GiB", "TiB")
_KILO = 1024


@dataclass(frozen=True, slots=True)
class Status:
    """What a step is doing: its state, such as "cell 3/9", and the latest line of its output."""

    verb: str
    name: str
    state: str = ""
    output: str = ""
    seconds: float = 0.0


def status_line(status: Status, columns: int, measure: Callable[[str], int]) -> str:
    """Return the line, with as many of its parts as fit into ``columns``.

    The time is left out last. ``measure`` returns the columns that a text takes; the result can
    take more than there are if they are very few.
    """
    time = elapsed(status.seconds)
    whole = (status.name, status.state, time)
    forms = (
        f"{status.verb:<{VERB_WIDTH}} {_joined(*whole)}",
        f"{status.verb} {_joined(*whole)}",
        _joined(*whole),
        _joined(status.state, time),
        time,
    )
    line = next((form for form in forms if measure(form) <= columns), time)
    room = columns - measure(line) - len("  | ")
    return f"{line}  | {status.output}" if status.output and room >= _LEAST else line


def elapsed(seconds: float) -> str:
    """Return a time as a clock shows it: "0:17", "12:03" or "1:02:03"."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def received(name: str, size: int, total: int | None) -> str:
    """Return how many bytes of a file have arrived, of how many if this is known."""
    return f"{name} {_bytes(size)}" + (f" of {_bytes(total)}" if total is not None else "")


def rows(width: int, columns: int) -> int:
    """Return the rows that a line of ``width`` columns takes on a terminal of ``columns``."""
    return max(1, -(-width // max(1, columns)))


def _joined(*parts: str) -> str:
    return "  ".join(filter(None, parts))


def _bytes(size: int) -> str:
    amount, unit = float(size), "B"
    for larger in _UNITS:
        if amount < _KILO:
            break
        amount, unit = amount / _KILO, larger
    return f"{size} B" if unit == "B" else f"{amount:.1f} {unit}"
