"""A long output cut to its first and last lines, one part at a time.

A part is the output of a cell. In the log of a run, which names no cells, a second without a line
ends it.
"""

from collections import deque
from dataclasses import dataclass, field

FIRST = 20  # lines of a part that are shown at once
LAST = 20  # lines that are shown when the part has ended
PAUSE = 1.0  # seconds


@dataclass(slots=True)
class Flood:
    """The lines of one part: the first ones are shown, the last ones held until the part ends."""

    first: int = FIRST
    last: int = LAST
    _seen: int = 0
    _written: float | None = None  # when the latest line was written
    _held: deque[str] = field(default_factory=deque)

    @property
    def hidden(self) -> int:
        """The number of lines that are neither shown nor held."""
        return max(0, self._seen - self.first - self.last)

    def is_over(self, written: float | None) -> bool:
        """Return whether a line that was written then, in seconds, begins another part.

        Without a time, the line belongs to the same part.
        """
        before, self._written = self._written, written
        if before is None or written is None:
            return False
        return abs(written - before) >= PAUSE

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
        """End the part: return how many lines are never shown, and those to show now."""
        hidden, held = self.hidden, tuple(self._held)
        self._seen = 0
        self._held.clear()
        return hidden, held


def left_out(hidden: int, log: str) -> str:
    """Return the line in place of lines that are not shown; ``log`` is the file that has them."""
    return f"… {hidden:,} {'line' if hidden == 1 else 'lines'} more in {log}"
