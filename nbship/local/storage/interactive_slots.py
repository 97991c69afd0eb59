"""Interactive sessions as the database knows them: places that are taken without a run.

Side effects: the database's table of them.
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
  ended TEXT
);
"""
_PLACE = (
    "SELECT session_id, owner, started, expires, ended FROM interactive"
    " JOIN kernels ON id = kernel_id"
)


@dataclass(frozen=True, slots=True)
class InteractiveSlot:
    """One session; it ends by itself when it ``expires``."""

    session_id: int
    owner: str
    started: datetime
    expires: datetime
    ended: datetime | None

    def is_taken(self, moment: datetime) -> bool:
        """Whether the session goes on."""
        return self.ended is None and moment < self.expires

    def length(self, since: datetime, moment: datetime) -> timedelta:
        """Return how long it has lasted, from one moment to another."""
        end = min(self.ended or moment, self.expires)
        return max(timedelta(), end - max(self.started, since))


class InteractiveSlots:
    """The table."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def take(self, kernel_id: int, accelerator: str, longest: timedelta) -> int:
        """Begin a session, and return its number, which no run has or will get."""
        self._database.execute("UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'versions'")
        (number,) = self._database.execute(
            "SELECT seq FROM sqlite_sequence WHERE name = 'versions'"
        ).fetchone()
        moment = now()
        self._database.execute(
            "INSERT INTO interactive (session_id, kernel_id, accelerator, started, expires)"
            " VALUES (?, ?, ?, ?, ?)",
            (number, kernel_id, accelerator, moment.isoformat(), (moment + longest).isoformat()),
        )
        return int(number)

    def find(self, session_id: int) -> InteractiveSlot | None:
        """Find a session by its number."""
        found = self._places("session_id = ?", session_id)
        return found[0] if found else None

    def count_taken(self, owner: str, accelerator: str) -> int:
        """Count the sessions that an owner has on one kind of machine."""
        moment = now()
        return sum(place.is_taken(moment) for place in self._of(owner, accelerator))

    def time_used(self, owner: str, accelerator: str, since: datetime) -> timedelta:
        """Add up how long an owner's sessions have lasted on one kind of machine."""
        moment = now()
        lengths = (place.length(since, moment) for place in self._of(owner, accelerator))
        return sum(lengths, timedelta())

    def leave(self, session_id: int) -> None:
        """End a session."""
        self._database.execute(
            "UPDATE interactive SET ended = ? WHERE session_id = ?", (now().isoformat(), session_id)
        )

    def leave_all(self) -> None:
        """End every session that goes on."""
        self._database.execute(
            "UPDATE interactive SET ended = ? WHERE ended IS NULL", (now().isoformat(),)
        )

    def _of(self, owner: str, accelerator: str) -> list[InteractiveSlot]:
        return self._places("owner = ? AND accelerator = ?", owner, accelerator)

    def _places(self, where: str, *values: object) -> list[InteractiveSlot]:
        rows = self._database.execute(f"{_PLACE} WHERE {where}", values)
        return [_slot(*row) for row in rows]


def _slot(
    number: int, owner: str, started: str, expires: str, ended: str | None
) -> InteractiveSlot:
    begin, latest = map(datetime.fromisoformat, (started, expires))
    return InteractiveSlot(
        number, owner, begin, latest, datetime.fromisoformat(ended) if ended else None
    )
