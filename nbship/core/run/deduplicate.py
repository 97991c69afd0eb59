"""A log that is told again from its beginning: which of its lines are new.

The server begins with the first line at each connection, and the log among the outputs has them
all once more. What counts is how often a line was told: a replay that is shorter, or has its lines
in another order, has no line twice and hides none that comes only now.
"""

from collections import Counter
from dataclasses import dataclass, field

from nbship.model.run import LogEvent


@dataclass(slots=True)
class SeenLines:
    """How often each line was shown, and how often this telling had it."""

    _shown: Counter[str] = field(default_factory=Counter)
    _told: Counter[str] = field(default_factory=Counter)

    def begin(self) -> None:
        """Note that the log is told again."""
        self._told.clear()

    def is_new(self, event: LogEvent) -> bool:
        """Note a line of this telling; say whether it was not shown before."""
        self._told[event.text] += 1
        if self._told[event.text] <= self._shown[event.text]:
            return False
        self._shown[event.text] += 1
        return True
