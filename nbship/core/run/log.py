"""The log of a run: the format in which Kaggle stores it, and its text for people.

The format, as seen in logs of real runs: a JSON array with one event per line, and each comma at
the start of a line. ``data`` is one line with its line break; progress bars keep their carriage
returns.
"""

import json
from collections.abc import Iterable
from typing import Any

from nbship.model.run import LogEvent
from nbship.sanitize import readable

_LARGEST_TIME = 1e12  # seconds; a larger number is an error and is read as 0


def parse_log(text: str) -> tuple[LogEvent, ...]:
    """Return the events of a log; of a truncated log, those that are complete."""
    try:
        entries = json.loads(text)
    except (ValueError, RecursionError):
        entries = [_parse_line(line) for line in text.split("\n")]
    if not isinstance(entries, list):
        return ()
    return tuple(event for entry in entries if (event := as_event(entry)) is not None)


def seconds_of(events: Iterable[LogEvent]) -> float | None:
    """Return how long a run took by its log, in seconds; None where no event has a time."""
    return max((event.time for event in events), default=0.0) or None


def as_event(entry: Any) -> LogEvent | None:
    """Return the event in an entry of a log's JSON, or None if the entry is not an event."""
    if not isinstance(entry, dict) or not isinstance(entry.get("data"), str):
        return None
    time = entry.get("time")
    return LogEvent(
        stream=str(entry.get("stream_name", "")),
        time=float(time) if isinstance(time, int | float) and abs(time) < _LARGEST_TIME else 0.0,
        text=entry["data"],
    )


def log_text(events: tuple[LogEvent, ...]) -> str:
    """Return a log as text without escapes and control characters, one line for each event."""
    return "".join(f"{readable(event.text)}\n" for event in events)


def bounded(text: str, most: int) -> str:
    """Return as many complete lines of a log as fit into ``most`` bytes of UTF-8."""
    if len(text) <= most // 4 or len(data := text.encode(errors="replace")) <= most:
        return text
    return data[:most].decode(errors="ignore").rpartition("\n")[0]


def render_log(events: Iterable[LogEvent]) -> str:
    """Return events in the format in which Kaggle stores a log."""
    entries = (
        json.dumps(
            {"stream_name": event.stream, "time": event.time, "data": event.text},
            ensure_ascii=False,
            separators=(",", ":"),
        )
        for event in events
    )
    return "[" + "\n,".join(entries) + "\n]"


def _parse_line(line: str) -> object:
    try:
        return json.loads(line.strip().lstrip("[,").rstrip("]"))
    except (ValueError, RecursionError):
        return None
