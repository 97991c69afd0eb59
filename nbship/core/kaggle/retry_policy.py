"""How long a server is waited for, and how often it is asked. Pure: the clock is elsewhere."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


@dataclass(frozen=True, slots=True)
class Patience:
    """The waits that a server deserves, all in seconds."""

    deadline: float = 60.0  # for one question, with all its attempts and the waits between them
    attempt: float = 25.0  # for one attempt at it
    attempts: int = 8
    first: float = 1.0  # at most, between the first two attempts; then twice as long each time
    longest: float = 20.0  # between two attempts, whatever the server asks for
    save: float = 180.0  # for one save, which carries up to 1 MB each way
    looks: tuple[float, ...] = (1.0, 3.0, 6.0)  # before each look for a save that was lost
    saves: tuple[float, ...] = (10.0, 30.0)  # before each further save, when none was taken
    session_poll: float = 60.0  # between two tries to get a session
    session_news: float = 600.0  # between two words about it
    session_wait: float = 13 * 3600.0  # in all; a session lasts 12 h at most


KAGGLE = Patience()
# It is on this machine: what is not there at once is not on its way.
LOCAL = Patience(
    attempts=5, first=0.05, longest=1.0, looks=(0.0, 0.05, 0.2), saves=(0.05, 0.2),
    session_poll=0.5,
)  # fmt: skip


def retry_after(retry_after: str | None, date: str | None) -> float | None:
    """Return the seconds that a server asks to wait, None where it says nothing sensible.

    Both forms are known: seconds, and a date, which is held against the server's own clock (its
    ``Date``), because ours may be wrong. What lies in the past is 0.
    """
    told = (retry_after or "").strip()
    if told.removeprefix("-").isascii() and told.removeprefix("-").isdecimal():
        return max(0.0, float(told[:20]))
    until, now = _moment(told), _moment(date or "")
    if until is None or now is None:
        return None
    return max(0.0, (until - now).total_seconds())


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
