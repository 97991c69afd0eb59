"""The outputs of a run: the verdict and the log are saved first, then each file is fetched."""

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from nbship.core.push import record as records
from nbship.core.run.log import bounded, log_text, parse_log
from nbship.core.run.output_names import OURS, Wanted, choose
from nbship.core.run.resume_policy import Attempts, began, broke_off, pause
from nbship.core.terminal.status import received
from nbship.edges import clock
from nbship.edges.kaggle.downloads import Incoming
from nbship.edges.storage import files, locks, run_folder
from nbship.edges.storage.run_folder import RunFolder
from nbship.edges.workspace import journal
from nbship.errors import DownloadRejected, KaggleError, NbshipError, ServerUnreachable
from nbship.model.layout import LOG
from nbship.model.push import Record, RecordState
from nbship.model.run import FetchedFile, FetchOptions, Outputs
from nbship.model.workspace import Workspace
from nbship.sanitize import readable
from nbship.verbs.operations.run import Run

__all__ = ["OURS", "fetch_outputs", "log_of"]

_LONGEST = 3600.0  # seconds for another command that fetches the same run
_MOST_LOG = 64 << 20  # bytes of a log that are kept
_SAVED_EVERY = 5.0  # seconds between two versions of the record
_NAMED = 8  # outputs named in the closing line


@dataclass(slots=True)
class _Fetch:
    """The state of fetching a run's files, which share one limit of attempts."""

    run: Run
    opened: RunFolder
    folder: Path
    most: int  # bytes of the largest file
    attempts: Attempts = Attempts()  # noqa: RUF009 - Attempts is frozen
    fetched: dict[str, FetchedFile] = field(default_factory=dict)


def fetch_outputs(
    run: Run, outputs: Outputs, state: RecordState, options: FetchOptions | None = None
) -> tuple[Run, tuple[str, ...]]:
    """Save the log and the verdict, then fetch each output that the server lists.

    A file that is already there, as the record describes it, is not fetched again. Returns the run
    with its verdict and, for each output that was not fetched, one line with the reason.

    Side effects: writes files in runs/, also to the journal.

    Raises:
        WorkspaceError: the run's folder cannot be written, or another process fetches this run for
            more than an hour.
    """
    workspace, options = run.workspace, options or FetchOptions()
    lock = workspace.layout.lock("outputs", f"{run.kernel}/v{run.version}")
    with ExitStack() as stack:
        with run.report.working("outputs", run.name, "waits for another command"):
            stack.enter_context(locks.locked(workspace.path(lock), _LONGEST))
        folder = _folder(workspace, run.record)
        settled = run.changed(state=state, folder=folder)
        path = workspace.path(folder)
        choice = choose(outputs.files, options.only, options.most_files)
        earlier = files.read_bytes(path / OURS / "record.json") or b""
        with run_folder.opened(path) as opened:
            fetch = _Fetch(settled, opened, path, options.most)
            fetch.fetched = {file.name: file for file in records.fetched_before(earlier)}
            _save(fetch, outputs.log)
            failed = _fetch_all(fetch, choice.wanted)
            _save_record(fetch, is_whole=not (failed or choice.left_out))
            opened.tidy()
    refused = (*failed, *choice.refused)
    names = [wanted.file.name for wanted in choice.wanted if wanted.file.name in fetch.fetched]
    run.report.step("outputs", run.name, f"{folder}/ ({_listed(names, len(refused))})")
    if choice.left_out:
        run.report.notice(f"--only leaves out {choice.left_out} more")
    return settled, refused


def log_of(workspace: Workspace, record: Record) -> str:
    """Return the path of the file that has, or will have, the log of a run as text."""
    return f"{_folder(workspace, record)}/{OURS}/{LOG}"


def _save(fetch: _Fetch, log: str) -> None:
    """Save the record and the log, then add the verdict to the journal."""
    beginning = bounded(log, _MOST_LOG)
    if beginning is not log:
        fetch.run.report.notice(f"only the first {_MOST_LOG >> 20} MiB of the log are saved")
    text = bounded(log_text(parse_log(beginning)), _MOST_LOG)
    _save_record(fetch)
    files.write_file(fetch.folder / OURS / "log.json", beginning.encode(errors="replace"))
    files.write_file(fetch.folder / OURS / LOG, text.encode(errors="replace"))
    journal.write(fetch.run.workspace, fetch.run.record)


def _save_record(fetch: _Fetch, *, is_whole: bool = False) -> None:
    data = records.run_record(fetch.run.record, fetch.fetched.values(), is_whole=is_whole)
    files.write_file(fetch.folder / OURS / "record.json", data)


def _fetch_all(fetch: _Fetch, wanted: tuple[Wanted, ...]) -> tuple[str, ...]:
    """Fetch one file after another; return a line for each file that was not fetched."""
    refused: list[str] = []
    saved_at = clock.seconds()
    try:
        for number, output in enumerate(wanted):
            name = output.file.name
            before = fetch.fetched.pop(name, None)
            try:
                fetch.fetched[name] = _existing(fetch, output, before) or _fetch(fetch, output)
            except ServerUnreachable as error:
                return (*refused, *[error.message] * (len(wanted) - number))
            except NbshipError as error:
                refused.append(readable(error.message))
            if clock.seconds() - saved_at > _SAVED_EVERY:
                _save_record(fetch)
                saved_at = clock.seconds()
        return tuple(refused)
    finally:
        _save_record(fetch)


def _existing(fetch: _Fetch, output: Wanted, before: FetchedFile | None) -> FetchedFile | None:
    """Return the file of an earlier fetch if it still has the same bytes."""
    present = fetch.opened.digest(output.path) if before else None
    return before if before and present == (before.size, before.sha256) else None


def _fetch(fetch: _Fetch, output: Wanted) -> FetchedFile:
    """Fetch a file; if the connection breaks, continue where it broke."""
    key = hashlib.sha256(output.file.name.encode(errors="replace")).hexdigest()[:16]
    fetch.attempts = began(fetch.attempts, fetch.opened.partial(key)[0])
    while True:
        try:
            size, digest = _receive(fetch, output, key)
            fetch.opened.place(key, output.path)
        except DownloadRejected:
            fetch.opened.drop(key)
            raise
        except KaggleError:
            fetch.attempts = broke_off(fetch.attempts, fetch.opened.partial(key)[0])
            seconds = pause(fetch.attempts)
            if seconds is None:
                raise
            clock.wait(seconds)
        else:
            fetch.attempts = Attempts()
            return FetchedFile(output.file.name, size, digest)
        finally:
            fetch.run.report.progress("")


def _receive(fetch: _Fetch, output: Wanted, key: str) -> tuple[int, str]:
    have, validator = fetch.opened.partial(key)
    with fetch.run.remote.download(
        output.file, most=fetch.most, have=have, validator=validator
    ) as coming:
        chunks = _shown(fetch, output, coming)
        return fetch.opened.grow(key, coming.validator, coming.start, chunks)


def _shown(fetch: _Fetch, output: Wanted, coming: Incoming) -> Iterator[bytes]:
    """Yield the bytes as they arrive, and show how many have arrived."""
    size = coming.start
    for chunk in coming.chunks:
        size += len(chunk)
        fetch.run.report.progress(received(readable(output.path[-1]), size, coming.total))
        yield chunk


def _listed(names: list[str], refused: int) -> str:
    first = [readable(name) for name in names[:_NAMED]] or ["no files"]
    more = len(names) - len(first)
    missing = f"; {len(names)} of {len(names) + refused} fetched" if refused else ""
    return ", ".join(first) + (f" and {more} more" if more > 0 else "") + missing


def _folder(workspace: Workspace, record: Record) -> str:
    """Return the folder of a run's outputs; never the folder of another run."""
    base = workspace.layout.run_folder(record.at[:10], record.name, record.version)
    for folder in (base, f"{base}-{record.target}"):
        existing = files.read_bytes(workspace.path(folder) / OURS / "record.json")
        if existing is None or records.id_of(existing) == record.id:
            return folder
    return f"{base}-{record.id}"
