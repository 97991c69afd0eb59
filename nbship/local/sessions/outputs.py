"""The output of a run: its files, and its log, also while the run continues.

Side effects: reads the run's folder.
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
    """One file of a run's output; ``size`` is in bytes."""

    name: str
    size: int
    modified: datetime


def output_files(run_folder: Path) -> list[OutputFile]:
    """Return the files in the working folder of a run, sorted by name."""
    working = run_folder / WORKING
    files = []
    for folder, _, names in os.walk(working):
        for name in names:
            relative = (Path(folder) / name).relative_to(working).as_posix()
            if path := output_file(run_folder, relative):
                status = path.stat()
                modified = datetime.fromtimestamp(status.st_mtime, UTC)
                files.append(OutputFile(relative, status.st_size, modified))
    return sorted(files, key=lambda file: file.name)


def output_file(run_folder: Path, name: str) -> Path | None:
    """Return the path of an output file; None if it is missing, outside, or written by Kaggle."""
    working = (run_folder / WORKING).resolve()
    if name in (NOTEBOOK, RESULTS) or "\0" in name or not _is_text(name):
        return None
    try:
        path = (working / name).resolve()
        return path if path.is_relative_to(working) and path.is_file() else None
    except (OSError, RuntimeError):  # the name is too long, or its links form a loop
        return None


def _is_text(name: str) -> bool:
    """Return whether a file name can be encoded; a name may hold bytes that are not UTF-8."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def finished_log(run_folder: Path) -> str:
    """Return the log of an ended session as Kaggle serves it; an empty text if it has no event."""
    events, _ = _events(run_folder, 0)
    return render_array(events) if events else ""


async def follow_log(
    run_folder: Path, is_active: Callable[[], bool], keepalive: float
) -> AsyncIterator[str]:
    """Yield the log of a session as server-sent events, from its start until the session ends.

    Args:
        run_folder: The folder of the run.
        is_active: Returns whether the session still waits or runs.
        keepalive: Seconds of silence after which a comment is sent.
    """
    position, quiet_since = 0, time.monotonic()
    while True:
        # Called before reading, so that output from just before the end is never missed.
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
    """Return the events from a position in the event file on, and the position after them."""
    try:
        with (run_folder / EVENTS).open("rb") as file:
            file.seek(position)
            events, length = rendered_events(file.read())
    except (FileNotFoundError, NotADirectoryError):
        return [], position
    return events, position + length
