"""The lines of a cell, indexed by the texts that a traceback shows of them."""

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import cached_property

_DEFINES = re.compile(r"^[^\S\n]*(?:async )?def (\w+)", re.MULTILINE)
_NAMED = re.compile(r"def ([\w.]+)\(")


class CellLines:
    """The lines of one cell; numbers count from 1."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.lines: Sequence[str] = text.split("\n")
        self.blank = next((n for n, line in enumerate(self.lines) if line.strip()), 0)

    @cached_property
    def functions(self) -> frozenset[str]:
        """The names of the functions that the cell defines."""
        return frozenset(_DEFINES.findall(self._text))

    def definition(self, function: str) -> int:
        """Return the first line that defines a function, or 1."""
        return self._definitions.get(function, 1)

    def nearest(self, shown: str, line: int) -> int | None:
        """Return the line with this text that is nearest to a line; of two, the first."""
        same = self._by_text.get(shown, [])
        at = bisect_left(same, line)
        return min(same[max(0, at - 1) : at + 1], key=lambda n: abs(n - line), default=None)

    @cached_property
    def _definitions(self) -> Mapping[str, int]:
        numbered = [*enumerate(self.lines, 1)]
        return {name: n for n, line in reversed(numbered) for name in _NAMED.findall(line)}

    @cached_property
    def _by_text(self) -> Mapping[str, list[int]]:
        numbers: dict[str, list[int]] = {}
        for number, line in enumerate(self.lines, 1):
            for shown in shown_as(line):
                numbers.setdefault(shown, []).append(number)
        return numbers


def shown_as(line: str) -> set[str]:
    """Return the texts by which a traceback shows a line: it may leave out the line's comment."""
    return {line.strip(), line.split("#", maxsplit=1)[0].strip()}
