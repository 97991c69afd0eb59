"""What a run has left: its output files, and its log, also while it grows.

Side effects: none; reads the run's folder.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from nbship.local.sessions.log import END_OF_LOG, render_array, rendered_events
from nbship.local.sessions.runner import EVENTS, NOTEBOOK, RESULTS, WORKING

_TICK = 0.1


@dataclass(frozen=True, slots=True)
class OutputFile:
    """One file of a run's output."""

    name: str
    size: int
    modified: datetime


def output_files(run_folder: Path) -> list[OutputFile]:
    """Return the files that a run has left in its working folder, by name."""
    working = run_folder / WORKING
    found = []
    for folder, _, names in os.walk(working):
        for name in names:
            relative = (Path(folder) / name).relative_to(working).as_posix()
            if path := output_file(run_folder, relative):
                status = path.stat()
                modified = datetime.fromtimestamp(status.st_mtime, UTC)
                found.append(OutputFile(relative, status.st_size, modified))
    return sorted(found, key=lambda file: file.name)


def output_file(run_folder: Path, name: str) -> Path | None:
    """Find one file of a run's output; nothing outside of it, and not Kaggle's own two files."""
    working = (run_folder / WORKING).resolve()
    if name in (NOTEBOOK, RESULTS) or "\0" in name or not _is_text(name):
        return None
    try:
        path = (working / name).resolve()
        return path if path.is_relative_to(working) and path.is_file() else None
    except (OSError, RuntimeError):  # a name too long, links in a circle
        return None


def _is_text(name: str) -> bool:
    """Whether a name can be sent at all: a file may be named by bytes that are no text."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def finished_log(run_folder: Path) -> str:
    """Return the log of a session that has ended, as Kaggle serves it; empty if it has none."""
    events, _ = _events(run_folder, 0)
    return render_array(events) if events else ""


async def follow_log(
    run_folder: Path, is_active: Callable[[], bool], keepalive: float
) -> AsyncIterator[str]:
    """Yield a session's log as server-sent events, from its start, until the session ends."""
    position, quiet_since = 0, time.monotonic()
    while True:
        # Asked before reading: what was written before the end is then never missed.
        active = is_active()
        events, position = _events(run_folder, position)
        if events:
            yield "".join(f"data: {event}\n\n" for event in events)
            quiet_since = time.monotonic()
        if not active:
            break
        if time.monotonic() - quiet_since >= keepalive:
            yield ": keepalive\n\n"
            quiet_since = time.monotonic()
        await asyncio.sleep(_TICK)
    yield f"data: {END_OF_LOG}\n\n"


def _events(run_folder: Path, position: int) -> tuple[list[str], int]:
    """Return the rendered events that begin at a position of the event file, and where they end."""
    try:
        with (run_folder / EVENTS).open("rb") as file:
            file.seek(position)
            events, length = rendered_events(file.read())
    except (FileNotFoundError, NotADirectoryError):
        return [], position
    return events, position + length
