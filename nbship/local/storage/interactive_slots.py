"""The database table of interactive sessions: each occupies a slot, and none has a run.

Side effects: reads and writes this table.
"""

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta

from nbship.local.protocol.validation import now

SCHEMA = """
CREATE TABLE IF NOT EXISTS interactive (
  session_id INTEGER PRIMARY KEY,
  kernel_id INTEGER NOT NULL REFERENCES kernels (id) ON DELETE CASCADE,
  accelerator TEXT NOT NULL,
  started TEXT NOT NULL,
  expires TEXT NOT NULL,
  ended TEXT,
  starter TEXT NOT NULL DEFAULT ''
);
"""
_SLOT = "SELECT session_id, starter, started, expires, ended FROM interactive"


@dataclass(frozen=True, slots=True)
class InteractiveSlot:
    """One interactive session; it ends at ``expires`` at the latest."""

    session_id: int
    starter: str
    started: datetime
    expires: datetime
    ended: datetime | None

    def is_taken(self, moment: datetime) -> bool:
        """Return whether the session still occupies its slot."""
        return self.ended is None and moment < self.expires

    def length(self, since: datetime, moment: datetime) -> timedelta:
        """Return how much of the time between two moments the session has lasted."""
        end = min(self.ended or moment, self.expires)
        return max(timedelta(), end - max(self.started, since))


class InteractiveSlots:
    """The table of interactive sessions."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def take(self, kernel_id: int, starter: str, accelerator: str, longest: timedelta) -> int:
        """Start a session of a user, and return its number, which no session of a run ever has."""
        self._connection.execute("UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'versions'")
        (number,) = self._connection.execute(
            "SELECT seq FROM sqlite_sequence WHERE name = 'versions'"
        ).fetchone()
        moment = now()
        dates = moment.isoformat(), (moment + longest).isoformat()
        self._connection.execute(
            "INSERT INTO interactive (session_id, kernel_id, starter, accelerator, started,"
            " expires) VALUES (?, ?, ?, ?, ?, ?)",
            (number, kernel_id, starter, accelerator, *dates),
        )
        return int(number)

    def find(self, session_id: int) -> InteractiveSlot | None:
        """Return the session with this number, or None."""
        slots = self._slots("session_id = ?", session_id)
        return slots[0] if slots else None

    def count_taken(self, user: str, accelerator: str) -> int:
        """Count the interactive sessions that a user has on one accelerator."""
        moment = now()
        return sum(slot.is_taken(moment) for slot in self._of(user, accelerator))

    def time_used(self, user: str, accelerator: str, since: datetime) -> timedelta:
        """Return how long a user's sessions have used one accelerator since a moment."""
        moment = now()
        lengths = (slot.length(since, moment) for slot in self._of(user, accelerator))
        return sum(lengths, timedelta())

    def release(self, session_id: int) -> None:
        """Record that a session has ended."""
        self._connection.execute(
            "UPDATE interactive SET ended = ? WHERE session_id = ?", (now().isoformat(), session_id)
        )

    def release_all(self) -> None:
        """Record the end of every session that has none."""
        self._connection.execute(
            "UPDATE interactive SET ended = ? WHERE ended IS NULL", (now().isoformat(),)
        )

    def _of(self, user: str, accelerator: str) -> list[InteractiveSlot]:
        return self._slots("starter = ? AND accelerator = ?", user, accelerator)

    def _slots(self, where: str, *values: object) -> list[InteractiveSlot]:
        rows = self._connection.execute(f"{_SLOT} WHERE {where}", values)
        return [_slot(*row) for row in rows]


def _slot(
    number: int, starter: str, started: str, expires: str, ended: str | None
) -> InteractiveSlot:
    begin, latest = map(datetime.fromisoformat, (started, expires))
    return InteractiveSlot(
        number, starter, begin, latest, datetime.fromisoformat(ended) if ended else None
    )
