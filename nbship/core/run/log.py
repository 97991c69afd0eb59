"""Read the log of a run as Kaggle keeps it, and turn it into text for people.

The form, seen in logs of real runs: one JSON array, an event a line, the comma at the line's start.
``data`` is one line with its line break; progress bars keep their carriage returns.
"""

import json
from collections.abc import Iterable
from typing import Any

from nbship.model.run import LogEvent
from nbship.sanitize import readable

_ENDLESS = 1e12  # seconds


def parse_log(text: str) -> tuple[LogEvent, ...]:
    """Return the events of a log; of a log cut short, those that are whole."""
    try:
        entries = json.loads(text)
    except (ValueError, RecursionError):
        entries = [_parse_line(line) for line in text.split("\n")]
    if not isinstance(entries, list):
        return ()
    return tuple(event for entry in entries if (event := as_event(entry)) is not None)


def as_event(entry: Any) -> LogEvent | None:
    """Return one event of the log, or None where the entry is not one."""
    if not isinstance(entry, dict) or not isinstance(entry.get("data"), str):
        return None
    time = entry.get("time")
    return LogEvent(
        stream=str(entry.get("stream_name", "")),
        time=float(time) if isinstance(time, int | float) and abs(time) < _ENDLESS else 0.0,
        text=entry["data"],
    )


def log_text(events: tuple[LogEvent, ...]) -> str:
    """Return the whole log as readable text, one line for each event."""
    return "".join(f"{readable(event.text)}\n" for event in events)


def bounded(text: str, most: int) -> str:
    """Return as many whole lines of a log as ``most`` bytes can hold."""
    if len(text) <= most // 4 or len(data := text.encode(errors="replace")) <= most:
        return text
    return data[:most].decode(errors="ignore").rpartition("\n")[0]


def render_log(events: Iterable[LogEvent]) -> str:
    """Return events in the form in which Kaggle keeps a log."""
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
