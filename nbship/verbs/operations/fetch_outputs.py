"""fetch: bring a run's log, record and outputs home; the verdict first, whatever the files do."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from nbship.core.push import record as records
from nbship.core.run.log import bounded, log_text, parse_log
from nbship.core.run.output_names import OURS, Wanted, choose
from nbship.edges import clock
from nbship.edges.kaggle.client import Kaggle
from nbship.edges.kaggle.downloads import DownloadRejected, Incoming, incoming
from nbship.edges.kaggle.errors import ServerUnreachable
from nbship.edges.storage import files, locks, run_folder
from nbship.edges.storage.run_folder import RunFolder
from nbship.edges.workspace import journal
from nbship.errors import KaggleError, NbshipError
from nbship.model.push import Record, RecordState
from nbship.model.run import FetchedFile, FetchOptions, Outputs
from nbship.model.workspace import Context, Report, Workspace
from nbship.sanitize import readable

__all__ = ["OURS", "fetch_outputs"]

_MOST_LOG = 64 << 20  # bytes of a log that are kept
_ATTEMPTS = 5  # in a row that bring nothing new, for all files together
_LONGEST_PAUSE = 30.0  # seconds between two of them
_KEPT_EVERY = 5.0  # seconds between two states of the record
_NAMED = 8  # outputs named in the closing line


@dataclass(slots=True)
class _Trip:
    """One fetching of many files, with the patience that they have in common."""

    kaggle: Kaggle
    folder: RunFolder
    report: Report
    most: int
    vain: int = 0  # attempts in a row that brought nothing new
    there: dict[str, FetchedFile] = field(default_factory=dict)


def fetch_outputs(
    context: Context,
    kaggle: Kaggle,
    record: Record,
    outputs: Outputs,
    state: RecordState,
    options: FetchOptions | None = None,
) -> tuple[Record, tuple[str, ...]]:
    """Keep the log and the verdict, then fetch each output that can be had.

    What is there already, as its record says, stays. Returns the settled record, and for each
    output that could not be fetched why, in a line.

    Side effects: writes below runs/ and into the journal.

    Raises:
        WorkspaceError: the run's folder cannot be written, or another process fetches this run.
    """
    workspace, asked = context.workspace, options or FetchOptions()
    lock = f"{record.kernel.replace('/', '.')}-v{record.version}.outputs"
    with locks.locked(workspace.state / "locks" / lock):
        folder = _folder(workspace.runs / record.at[:10], record)
        shown = folder.relative_to(workspace.root).as_posix()
        settled = replace(record, state=state, folder=shown)
        choice = choose(outputs.files, asked.only)
        kept = files.read_bytes(folder / OURS / "record.json") or b""
        with run_folder.opened(folder) as opened:
            trip = _Trip(kaggle, opened, context.report, asked.most)
            trip.there = {file.name: file for file in records.fetched_before(kept)}
            _keep(workspace, folder, settled, outputs.log, trip)
            failed = _fetch_all(trip, folder, settled, choice.wanted)
            opened.tidy()
    refused = (*failed, *choice.refused)
    names = [wanted.file.name for wanted in choice.wanted if wanted.file.name in trip.there]
    context.report.step("outputs", record.name, f"{shown}/ ({_listed(names, len(refused))})")
    if choice.left_out:
        context.report.notice(f"{choice.left_out} more were not asked for")
    return settled, refused


def _keep(workspace: Workspace, folder: Path, record: Record, log: str, trip: _Trip) -> None:
    kept = bounded(log, _MOST_LOG)
    if kept is not log:
        trip.report.notice(f"of the log, the first {_MOST_LOG >> 20} MiB are kept")
    text = log_text(parse_log(kept))
    _keep_record(folder, record, trip)
    files.write_file(folder / OURS / "log.json", kept.encode(errors="replace"))
    files.write_file(folder / OURS / "log.txt", bounded(text, _MOST_LOG).encode(errors="replace"))
    journal.write(workspace, record)


def _keep_record(folder: Path, record: Record, trip: _Trip) -> None:
    files.write_file(folder / OURS / "record.json", records.run_record(record, trip.there.values()))


def _fetch_all(
    trip: _Trip, folder: Path, record: Record, wanted: tuple[Wanted, ...]
) -> tuple[str, ...]:
    """Fetch one file after the other; return why the others are not there."""
    refused: list[str] = []
    kept = clock.seconds()
    try:
        for number, output in enumerate(wanted):
            name = output.file.name
            before = trip.there.pop(name, None)
            try:
                trip.there[name] = _there(trip, output, before) or _fetch(trip, output)
            except ServerUnreachable as error:
                return (*refused, *[error.message] * (len(wanted) - number))
            except NbshipError as error:
                refused.append(readable(error.message))
            if clock.seconds() - kept > _KEPT_EVERY:
                _keep_record(folder, record, trip)
                kept = clock.seconds()
        return tuple(refused)
    finally:
        _keep_record(folder, record, trip)


def _there(trip: _Trip, output: Wanted, before: FetchedFile | None) -> FetchedFile | None:
    """Return what an earlier fetch brought, if it is still what that one brought."""
    found = trip.folder.digest(output.path) if before else None
    return before if before and found == (before.size, before.sha256) else None


def _fetch(trip: _Trip, output: Wanted) -> FetchedFile:
    """Fetch a file, and go on with it when the connection breaks off."""
    key = hashlib.sha256(output.file.name.encode(errors="replace")).hexdigest()[:16]
    while True:
        before, _ = trip.folder.begun(key)
        try:
            size, digest = _receive(trip, output, key)
            trip.folder.place(key, output.path)
        except DownloadRejected:
            trip.folder.drop(key)
            raise
        except KaggleError:
            is_further = trip.folder.begun(key)[0] > before
            trip.vain = 0 if is_further else trip.vain + 1
            if trip.vain >= _ATTEMPTS:
                raise
            clock.wait(min(_LONGEST_PAUSE, 2.0**trip.vain))
        else:
            trip.vain = 0
            return FetchedFile(output.file.name, size, digest)
        finally:
            trip.report.received("", 0, 0)


def _receive(trip: _Trip, output: Wanted, key: str) -> tuple[int, str]:
    have, validator = trip.folder.begun(key)
    with incoming(
        trip.kaggle.server, output.file, most=trip.most, have=have, validator=validator
    ) as coming:
        return trip.folder.grow(key, coming.validator, coming.start, _told(trip, output, coming))


def _told(trip: _Trip, output: Wanted, coming: Incoming) -> Iterator[bytes]:
    """Pass the bytes on, and show how many there are."""
    size = coming.start
    for chunk in coming.chunks:
        size += len(chunk)
        trip.report.received(output.path[-1], size, coming.total)
        yield chunk


def _listed(names: list[str], refused: int) -> str:
    first = [readable(name) for name in names[:_NAMED]] or ["no files"]
    more = len(names) - len(first)
    missing = f"; {len(names)} of {len(names) + refused} fetched" if refused else ""
    return ", ".join(first) + (f" and {more} more" if more > 0 else "") + missing


def _folder(day: Path, record: Record) -> Path:
    """Return where a run's outputs go; another run's folder is never touched."""
    name = f"{record.name.replace('/', '.')}-v{record.version}"
    for folder in (day / name, day / f"{name}-{record.target}"):
        kept = files.read_bytes(folder / OURS / "record.json")
        if kept is None or records.id_of(kept) == record.id:
            return folder
    return day / f"{name}-{record.id}"
