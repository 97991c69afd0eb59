"""A long output cut to its first and last lines, one cell of a notebook at a time."""

from collections import deque
from dataclasses import dataclass, field

FIRST = 20  # lines of a cell that are shown at once
LAST = 20  # lines that are shown when the cell has ended


@dataclass(slots=True)
class Flood:
    """The lines of one cell: the first ones are shown, the last ones held until the cell ends."""

    first: int = FIRST
    last: int = LAST
    _seen: int = 0
    _held: deque[str] = field(default_factory=deque)

    @property
    def hidden(self) -> int:
        """The number of lines that are neither shown nor held."""
        return max(0, self._seen - self.first - self.last)

    def feed(self, line: str) -> bool:
        """Take the next line; return whether to show it now."""
        self._seen += 1
        if self._seen <= self.first:
            return True
        self._held.append(line)
        if len(self._held) > self.last:
            self._held.popleft()
        return False

    def end(self) -> tuple[int, tuple[str, ...]]:
        """End the cell: return how many lines are never shown, and those to show now."""
        hidden, held = self.hidden, tuple(self._held)
        self._seen = 0
        self._held.clear()
        return hidden, held


def left_out(hidden: int, log: str) -> str:
    """Return the line in place of lines that are not shown; ``log`` is the file that has them."""
    return f"… {hidden:,} {'line' if hidden == 1 else 'lines'} more in {log}"
