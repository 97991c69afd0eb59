"""The SQLite database of the local Kaggle: kernels, their versions and the sessions of these.

Side effects: one database file. Every change is one transaction, committed before the server
answers, so that a killed server loses nothing that a client has seen.
"""

import json
import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from nbship.local.protocol.validation import Json, now
from nbship.local.storage import interactive_slots
from nbship.local.storage.interactive_slots import InteractiveSlots
from nbship.local.storage.json_files import set_aside

_SCHEMA = """
CREATE TABLE IF NOT EXISTS kernels (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  owner TEXT NOT NULL,
  slug TEXT NOT NULL,
  title TEXT NOT NULL,
  kernel_type TEXT NOT NULL,
  is_private INTEGER NOT NULL,
  UNIQUE (owner, slug)
);
CREATE TABLE IF NOT EXISTS versions (
  session_id INTEGER PRIMARY KEY AUTOINCREMENT,
  kernel_id INTEGER NOT NULL REFERENCES kernels (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  text TEXT NOT NULL,
  settings TEXT NOT NULL,
  accelerator TEXT NOT NULL,
  timeout INTEGER NOT NULL,
  token TEXT NOT NULL,
  status TEXT,
  failure_message TEXT,
  created TEXT NOT NULL,
  started TEXT,
  ended TEXT,
  starter TEXT NOT NULL DEFAULT '',
  UNIQUE (kernel_id, number)
);
CREATE TABLE IF NOT EXISTS tokens (
  digest TEXT PRIMARY KEY,
  user TEXT NOT NULL,
  expires TEXT NOT NULL
);
"""
_LOG = logging.getLogger("nbship.local")
_KERNEL = "SELECT * FROM kernels"
_VERSION = (
    "SELECT versions.*, owner, slug, kernel_type FROM versions JOIN kernels ON id = kernel_id"
)


class Status(StrEnum):
    """The status of a session; the values are Kaggle's."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    COMPLETE = "COMPLETE"
    ERROR = "ERROR"
    CANCEL_REQUESTED = "CANCEL_REQUESTED"
    CANCEL_ACKNOWLEDGED = "CANCEL_ACKNOWLEDGED"

    @property
    def is_active(self) -> bool:
        """Whether the session is waiting or running, and counts towards the session limits."""
        return self in (Status.QUEUED, Status.RUNNING, Status.CANCEL_REQUESTED)


_NEVER = "9999"  # later than any date, as text
_MEMORY = Path(":memory:")  # SQLite's name for a database without a file
# ``Status.is_active`` in SQL.
_ACTIVE = "('QUEUED', 'RUNNING', 'CANCEL_REQUESTED')"


@dataclass(frozen=True, slots=True)
class Kernel:
    """The fields of a kernel that all its versions share."""

    id: int
    owner: str
    slug: str
    title: str
    kernel_type: str
    is_private: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """The content of a version that is not saved yet. ``timeout`` is in seconds."""

    text: str
    settings: Json
    accelerator: str
    timeout: int
    token: str
    status: Status | None  # None: saved without a run
    starter: str  # the user who saves it


@dataclass(frozen=True, slots=True)
class Version:
    """One saved version of a kernel, and its session. ``timeout`` is in seconds."""

    session_id: int
    kernel_id: int
    owner: str
    slug: str
    kernel_type: str
    number: int
    text: str
    settings: Json
    accelerator: str
    timeout: int
    token: str
    status: Status | None
    failure_message: str | None
    created: datetime
    started: datetime | None
    ended: datetime | None
    starter: str  # the user who saved it, whose quota the run uses

    def status_at(self, moment: datetime) -> Status | None:
        """Return the status that the session had at an earlier moment."""
        if self.status is None or (self.ended and self.ended <= moment):
            return self.status
        return Status.RUNNING if self.started and self.started <= moment else Status.QUEUED


def _is_damaged(path: Path) -> bool:
    """Return whether there is something at the path that SQLite cannot use."""
    if not path.is_file():
        return os.path.lexists(path)
    with closing(sqlite3.connect(path)) as connection:
        try:
            answer: tuple[str] = connection.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.OperationalError:
            return False  # another process uses it, or the disk fails: opening it says so
        except sqlite3.DatabaseError:
            return True
    return answer[0] != "ok"


class Database:
    """An open connection to the database."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._connection.executescript(_SCHEMA + interactive_slots.SCHEMA)
        for table in ("versions", "interactive"):
            self._add_starters(table)
        self.slots = InteractiveSlots(self._connection)

    @classmethod
    def opened(cls, path: Path) -> "Database":
        """Open a database file; one that is damaged is set aside, and a new one takes its place."""
        if _is_damaged(path):
            for suffix in ("", "-wal", "-shm"):
                part = path.with_name(f"{path.name}{suffix}")
                if os.path.lexists(part):
                    set_aside(part)
            _LOG.warning("%s is damaged: it is set aside, and all kernels begin anew", path)
        return cls(path)

    def _add_starters(self, table: str) -> None:
        """Add the column to a table of an earlier nbship, where each session was its owner's."""
        columns = [row["name"] for row in self._connection.execute(f"PRAGMA table_info({table})")]
        if "starter" not in columns:
            with self.transaction():
                self._connection.execute(
                    f"ALTER TABLE {table} ADD COLUMN starter TEXT NOT NULL DEFAULT ''"
                )
                self._connection.execute(
                    f"UPDATE {table} SET starter ="  # noqa: S608 - a name of this module
                    " (SELECT owner FROM kernels WHERE id = kernel_id)"
                )

    def close(self) -> None:
        """Close the database file."""
        self._connection.close()

    def copy(self) -> "Database":
        """Return a copy of the present content, in memory only."""
        copy = Database(_MEMORY)
        self._connection.backup(copy._connection)
        return copy

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all changes of the block together, or none of them."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        finally:
            # The block or the commit failed. SQLite itself rolls back when the disk is full.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def kernel(self, owner: str, slug: str) -> Kernel | None:
        """Return the kernel with this name, or None."""
        rows = self._kernels("owner = ? AND slug = ?", owner, slug)
        return rows[0] if rows else None

    def kernel_by_id(self, kernel_id: int) -> Kernel | None:
        """Return the kernel with this id, or None."""
        rows = self._kernels("id = ?", kernel_id)
        return rows[0] if rows else None

    def kernels(self, owner: str | None = None) -> list[Kernel]:
        """Return all kernels, or those of one owner."""
        return self._kernels("owner = ?", owner) if owner else self._kernels("1")

    def create_kernel(
        self, owner: str, slug: str, title: str, kernel_type: str, *, is_private: bool
    ) -> Kernel:
        """Create a kernel without a version."""
        cursor = self._connection.execute(
            "INSERT INTO kernels (owner, slug, title, kernel_type, is_private)"
            " VALUES (?, ?, ?, ?, ?)",
            (owner, slug, title, kernel_type, is_private),
        )
        return Kernel(cursor.lastrowid or 0, owner, slug, title, kernel_type, is_private)

    def update_kernel(self, kernel_id: int, title: str, *, is_private: bool) -> None:
        """Set the title and the privacy of a kernel."""
        self._connection.execute(
            "UPDATE kernels SET title = ?, is_private = ? WHERE id = ?",
            (title, is_private, kernel_id),
        )

    def delete_kernel(self, kernel_id: int) -> None:
        """Delete a kernel and all its versions."""
        self._connection.execute("DELETE FROM kernels WHERE id = ?", (kernel_id,))

    def add_version(self, kernel_id: int, draft: Draft) -> Version:
        """Save the next version of a kernel."""
        row = self._connection.execute(
            "SELECT coalesce(max(number), 0) + 1 FROM versions WHERE kernel_id = ?", (kernel_id,)
        ).fetchone()
        cursor = self._connection.execute(
            "INSERT INTO versions (kernel_id, number, text, settings, accelerator, timeout, token,"
            " status, starter, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                kernel_id,
                row[0],
                draft.text,
                json.dumps(draft.settings),
                draft.accelerator,
                draft.timeout,
                draft.token,
                draft.status,
                draft.starter,
                now().isoformat(),
            ),
        )
        (version,) = self._versions("session_id = ?", cursor.lastrowid)
        return version

    def version(
        self, kernel_id: int, number: int | None = None, at: datetime | None = None
    ) -> Version | None:
        """Return a version that existed at a moment, or None; without a number, the latest."""
        moment = at.isoformat() if at else _NEVER
        if number is None:
            rows = self._versions(
                "kernel_id = ? AND created <= ? ORDER BY number DESC LIMIT 1", kernel_id, moment
            )
        else:
            rows = self._versions(
                "kernel_id = ? AND number = ? AND created <= ?", kernel_id, number, moment
            )
        return rows[0] if rows else None

    def session(self, session_id: int) -> Version | None:
        """Return the version whose session has this number, or None."""
        rows = self._versions("session_id = ?", session_id)
        return rows[0] if rows else None

    def latest_complete(self, kernel_id: int) -> Version | None:
        """Return the latest version whose run succeeded, or None."""
        rows = self._versions(
            "kernel_id = ? AND status = 'COMPLETE' ORDER BY number DESC LIMIT 1", kernel_id
        )
        return rows[0] if rows else None

    def active(self, kernel_id: int) -> list[Version]:
        """Return the versions of a kernel whose sessions wait or run."""
        return self._versions(
            f"status IN {_ACTIVE} AND kernel_id = ? ORDER BY session_id", kernel_id
        )

    def count_active(self, user: str, accelerator: str) -> int:
        """Count the active sessions of a user on one accelerator, interactive ones included."""
        runs = self._versions(
            f"status IN {_ACTIVE} AND starter = ? AND accelerator = ?", user, accelerator
        )
        return len(runs) + self.slots.count_taken(user, accelerator)

    def time_used(self, user: str, accelerator: str, since: datetime) -> timedelta:
        """Return how long a user's sessions have used one accelerator since a moment."""
        versions = self._versions(
            "starter = ? AND accelerator = ? AND started IS NOT NULL AND"
            " (ended IS NULL OR ended > ?)",
            user,
            accelerator,
            since.isoformat(),
        )
        lengths = (
            (version.ended or now()) - max(version.started, since)
            for version in versions
            if version.started
        )
        return sum(lengths, self.slots.time_used(user, accelerator, since))

    def start(self, session_id: int) -> None:
        """Record that a session has started to run."""
        self._connection.execute(
            "UPDATE versions SET status = 'RUNNING', started = ? WHERE session_id = ?",
            (now().isoformat(), session_id),
        )

    def request_cancel(self, session_id: int) -> None:
        """Record that a user has cancelled a running session."""
        self._connection.execute(
            "UPDATE versions SET status = 'CANCEL_REQUESTED' WHERE session_id = ?", (session_id,)
        )

    def finish(self, session_id: int, status: Status, failure_message: str | None = None) -> None:
        """Record how a session ended."""
        self._connection.execute(
            "UPDATE versions SET status = ?, failure_message = ?, ended = ? WHERE session_id = ?",
            (status, failure_message, now().isoformat(), session_id),
        )

    def fail_active(self, failure_message: str) -> int:
        """Record an error for every active session, and return their number."""
        cursor = self._connection.execute(
            "UPDATE versions SET status = 'ERROR', failure_message = ?, ended = ?"
            " WHERE status IN ('QUEUED', 'RUNNING', 'CANCEL_REQUESTED')",
            (failure_message, now().isoformat()),
        )
        return cursor.rowcount

    def add_token(self, digest: str, user: str, expires: datetime) -> None:
        """Save the digest of an issued token, and delete those that have expired."""
        self._connection.execute("DELETE FROM tokens WHERE expires <= ?", (now().isoformat(),))
        self._connection.execute(
            "INSERT INTO tokens (digest, user, expires) VALUES (?, ?, ?)",
            (digest, user, expires.isoformat()),
        )

    def token_user(self, digest: str, moment: datetime) -> str | None:
        """Return the user to whom a token was issued; None if it is unknown or has expired."""
        row = self._connection.execute(
            "SELECT user FROM tokens WHERE digest = ? AND expires > ?",
            (digest, moment.isoformat()),
        ).fetchone()
        return str(row[0]) if row else None

    def _kernels(self, where: str, *values: object) -> list[Kernel]:
        rows = self._connection.execute(f"{_KERNEL} WHERE {where}", values)
        return [Kernel(**{**dict(row), "is_private": bool(row["is_private"])}) for row in rows]

    def _versions(self, where: str, *values: object) -> list[Version]:
        rows = self._connection.execute(f"{_VERSION} WHERE {where}", values)
        return [_version(row) for row in rows]


def _version(row: sqlite3.Row) -> Version:
    fields = dict(row)
    fields["settings"] = json.loads(fields["settings"])
    fields["status"] = Status(fields["status"]) if fields["status"] else None
    for name in ("created", "started", "ended"):
        fields[name] = datetime.fromisoformat(fields[name]) if fields[name] else None
    return Version(**fields)
