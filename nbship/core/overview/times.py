"""Times for people: how long ago something was, and when, in UTC."""

from datetime import UTC, datetime

_LATEST = 253_402_300_799.0  # the end of the year 9999; the date of a file may be any number
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400  # seconds
_UNITS = ((2 * _DAY, _DAY, "d"), (2 * _HOUR, _HOUR, "h"), (2 * _MINUTE, _MINUTE, "min"))


def age(at: float, now: float) -> str:
    """Return how long ago a time was, such as "3 h ago"; both are in seconds since 1970."""
    passed = max(0.0, now - at)
    for least, unit, word in _UNITS:
        if passed >= least:
            return f"{passed // unit:.0f} {word} ago"
    return f"{passed:.0f} s ago"


def seconds_at(text: str) -> float:
    """Return the time of an ISO 8601 text in seconds since 1970, 0 if it is none."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return 0.0
    return max(0.0, (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())


def iso(at: float) -> str:
    """Return a time in seconds since 1970 as the journal writes it: in UTC, ISO 8601."""
    return _date(at).isoformat(timespec="seconds")


def short(text: str) -> str:
    """Return the time of an ISO 8601 text for a table: "2026-11-26 08:30" in UTC."""
    at = seconds_at(text)
    return f"{_date(at):%Y-%m-%d %H:%M}" if at else text[:16]


def _date(at: float) -> datetime:
    return datetime.fromtimestamp(min(max(at, 0.0), _LATEST), UTC)
