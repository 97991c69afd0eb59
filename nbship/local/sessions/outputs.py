"""The output of a run: its files, and its log, also while the run continues.

Side effects: reads the run's folder.
"""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from nbship.local.sessions.log import (
    END_OF_LOG,
    Event,
    render_array,
    render_event,
    rendered_events,
)
from nbship.local.sessions.runner import EVENTS, NOTEBOOK, RESULTS, WORKING

_TICK = 0.1
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp")
_PART = 1 << 20  # bytes of events that are read at once: more than twice as many as one event has
_MOST_LOG = 64 << 20  # bytes of a log that is served; of a longer one, both ends
_LEFT_OUT = Event(
    "stderr", 0.0, "[... the local Kaggle leaves out this part of a very long log ...]\n"
)


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


def output_types(run_folder: Path) -> set[str]:
    """Return which types of output a run has left: data (files), visualization (pictures)."""
    names = [file.name for file in output_files(run_folder)]
    has_pictures = any(name.lower().endswith(_PICTURES) for name in names)
    types = {"data"} if names else set()
    return types | {"visualization"} if has_pictures or _shows_pictures(run_folder) else types


def _shows_pictures(run_folder: Path) -> bool:
    """Return whether a cell of the executed notebook has a picture among its outputs."""
    try:
        cells = json.loads((run_folder / NOTEBOOK).read_bytes())["cells"]
        outputs = [output for cell in cells for output in cell.get("outputs", ())]
        return any(kind.startswith("image/") for out in outputs for kind in out.get("data", ()))
    except (OSError, ValueError, LookupError, AttributeError, TypeError):
        return False  # a script, or a run that was ended while it was written


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
    """Return the log of an ended session as Kaggle serves it; an empty text if it has no event.

    Of a log of more than 64 MiB, the middle is left out: a client holds all of it several times.
    """
    events = _bounded_events(run_folder)
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
        events, length = _events(run_folder, position)
        position += length
        if events:
            yield "".join(f"data: {event}\n\n" for event in events)
            quiet_since = time.monotonic()
        if length > _PART // 2:  # there is more
            continue
        if not active:
            break
        if time.monotonic() - quiet_since >= keepalive:
            yield ": keepalive\n\n"
            quiet_since = time.monotonic()
        await asyncio.sleep(_TICK)
    yield f"data: {END_OF_LOG}\n\n"


def _bounded_events(run_folder: Path) -> list[str]:
    """Return all events of a session, or those at both ends of its log."""
    try:
        with (run_folder / EVENTS).open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
            if size <= _MOST_LOG:
                return rendered_events(file.read())[0]
            first, _ = rendered_events(file.read(_MOST_LOG // 2))
            file.seek(size - _MOST_LOG // 2)
            file.readline()
            last, _ = rendered_events(file.read())
            return [*first, render_event(_LEFT_OUT), *last]
    except (FileNotFoundError, NotADirectoryError):
        return []


def _events(run_folder: Path, position: int) -> tuple[list[str], int]:
    """Return the next events from a position in the event file on, and their length in bytes."""
    try:
        with (run_folder / EVENTS).open("rb") as file:
            file.seek(position)
            return rendered_events(file.read(_PART))
    except (FileNotFoundError, NotADirectoryError):
        return [], 0
