"""The numbers in a run's ``metrics.json``: a JSON object of numbers, or of such objects.

The file comes from a notebook: whatever it holds, reading it gives numbers or says why not.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nbship.sanitize import readable

FILE = "metrics.json"
MOST_BYTES = 1_000_000  # of the file
_MOST = 1_000  # numbers
_DEEPEST = 8  # objects inside each other
_LONGEST = 80  # characters of a name
_EXACT = 1 << 53  # a larger whole number becomes a float

_NO_NUMBERS = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}  # by Python's words

Number = int | float


@dataclass(frozen=True, slots=True)
class Metrics:
    """The numbers by name, ``eval.wer`` for one inside another object; and what is left out.

    ``problem`` is one line, "" where every value of the file is among the numbers.
    """

    numbers: Mapping[str, Number] = field(default_factory=dict)
    problem: str = ""


def read_metrics(data: bytes) -> Metrics:
    """Return the numbers in a file, of which the first ``MOST_BYTES`` and one more are enough."""
    if len(data) > MOST_BYTES:
        return Metrics(problem=f"{FILE} has more than {MOST_BYTES:,} bytes")
    try:
        content = json.loads(data)
    except RecursionError:
        return Metrics(problem=f"{FILE} is nested too deeply")
    except ValueError:  # no JSON, no UTF-8, or a number with thousands of digits
        return Metrics(problem=f"{FILE} is not JSON")
    if not isinstance(content, dict):
        return Metrics(problem=f"{FILE} is not a JSON object")
    return _collected(content)


def _collected(content: Mapping[str, Any]) -> Metrics:
    found: dict[str, Number] = {}
    others = 0
    left: list[tuple[str, int, Any]] = [(name, 1, each) for name, each in _reversed(content)]
    while left:
        name, depth, value = left.pop()
        number = _number(value)
        if isinstance(value, dict) and depth < _DEEPEST:
            left += [(f"{name}.{key}", depth + 1, each) for key, each in _reversed(value)]
        elif number is None or len(found) == _MOST:
            others += 1
        else:
            found[_shown(name)] = number
    words = "1 value is" if others == 1 else f"{others} values are"
    return Metrics(found, f"{FILE}: {words} left out" if others else "")


def _reversed(table: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return the items so that the last one that is popped is the last of the file."""
    return list(table.items())[::-1]


def _number(value: Any) -> Number | None:
    """Return a value that is a number, also nan and infinity, as Python's json writes them."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if abs(value) < _EXACT:
        return value
    try:
        return float(value)
    except OverflowError:
        return None


def _shown(name: str) -> str:
    plain = readable(name).replace("\n", " ").encode(errors="replace").decode()
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 1]}…"


def difference(before: Number | None, after: Number | None) -> Number | None:
    """Return how much a number has grown; None where there is only one, or no finite number."""
    if before is None or after is None:
        return None
    grown = after - before
    return grown if math.isfinite(grown) else None


def number_text(number: Number | None) -> str:
    """Return a number for a table, with six digits; "" for none."""
    return "" if number is None else f"{number:.6g}"


def as_value(number: Number | None) -> Number | str | None:
    """Return a number as JSON can hold it: nan and infinity are texts."""
    return number if number is None or math.isfinite(number) else _NO_NUMBERS[str(number)]
