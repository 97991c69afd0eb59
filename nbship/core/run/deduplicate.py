"""Deduplication of a log that is sent again from its beginning.

The server sends all lines again at each connection, and the log among the outputs repeats them once
more. Lines are compared by how often they occur: no line is shown twice and no new line is hidden,
even if a replay is shorter or in another order.
"""

from collections import Counter
from dataclasses import dataclass, field

from nbship.model.run import LogEvent


@dataclass(slots=True)
class SeenLines:
    """Counts of each line: how often it was shown, and how often the current replay had it."""

    _shown: Counter[str] = field(default_factory=Counter)
    _replayed: Counter[str] = field(default_factory=Counter)

    def begin(self) -> None:
        """Start to count a new replay of the log."""
        self._replayed.clear()

    def is_new(self, event: LogEvent) -> bool:
        """Count a line of the current replay, and return whether it is new."""
        self._replayed[event.text] += 1
        if self._replayed[event.text] <= self._shown[event.text]:
            return False
        self._shown[event.text] += 1
        return True
