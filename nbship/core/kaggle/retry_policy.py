"""The retry policy: deadlines, numbers of attempts and pauses for requests, as data."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


@dataclass(frozen=True, slots=True)
class Patience:
    """The limits for requests to one server; all times are in seconds."""

    deadline: float = 60.0  # for one request, with all attempts and the pauses between them
    attempt: float = 25.0  # for one attempt
    attempts: int = 8
    first: float = 1.0  # the longest first pause between attempts; each later one is twice as long
    longest: float = 20.0  # the longest pause between attempts, also if the server asks for more
    save: float = 180.0  # for one save, which sends and returns up to 1 MB
    looks: tuple[float, ...] = (1.0, 3.0, 6.0)  # the pauses before each search for a lost save
    saves: tuple[float, ...] = (10.0, 30.0)  # the pauses before each repeated save
    session_poll: float = 60.0  # between two attempts to get a session
    session_news: float = 600.0  # between two notices that a session is not free yet
    session_wait: float = 13 * 3600.0  # for a free session; a session lasts 12 h at most


KAGGLE = Patience()
# The local Kaggle is on this machine: an answer that is not there at once will not arrive.
LOCAL = Patience(
    attempts=5, first=0.05, longest=1.0, looks=(0.0, 0.05, 0.2), saves=(0.05, 0.2),
    session_poll=0.5,
)  # fmt: skip


def retry_after(header: str | None, date: str | None) -> float | None:
    """Return the pause in seconds that an answer's ``Retry-After`` header asks for.

    The header holds seconds or a date (RFC 9110, section 10.2.3). A date is compared with the
    server's own clock, its ``Date`` header, because the clock of this machine may be wrong. A date
    in the past gives 0, an unreadable header None.
    """
    value = (header or "").strip()
    if value.removeprefix("-").isascii() and value.removeprefix("-").isdecimal():
        return max(0.0, float(value[:20]))
    until, now = _moment(value), _moment(date or "")
    if until is None or now is None:
        return None
    return max(0.0, (until - now).total_seconds())


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
