"""fetch: bring a run's log, record and outputs home; the verdict first, whatever the files do."""

import json
from dataclasses import asdict, replace
from pathlib import Path

from nbship.core import record as records
from nbship.core.log import log_text, parse_log, readable
from nbship.edges import files, journal
from nbship.edges.downloads import download
from nbship.edges.kaggle import Kaggle
from nbship.edges.refusals import ServerUnreachable
from nbship.errors import NbshipError, WorkspaceError
from nbship.model.run import OutputFile, Outputs, Record, RecordState
from nbship.model.workspace import Context, Workspace

OURS = "_nbship"  # the folder of what nbship adds to a run's outputs
_LARGEST_OUTPUT = 20 << 30  # bytes: what Kaggle keeps of a working folder
_MOST_OUTPUTS = 10_000
_NAMED = 8  # outputs named in the closing line


def fetch(
    context: Context, kaggle: Kaggle, record: Record, outputs: Outputs, state: RecordState
) -> tuple[Record, tuple[str, ...]]:
    """Keep the log and the verdict, then fetch each output that can be had.

    Returns the settled record, and for each output that could not be fetched why, in a line.

    Side effects: writes below runs/ and into the journal.

    Raises:
        WorkspaceError: the run's folder cannot be written, or another process fetches this run.
    """
    workspace = context.workspace
    lock = f"{record.kernel.replace('/', '.')}-v{record.version}.outputs"
    with files.locked(workspace.state / "locks" / lock):
        folder = _folder(workspace.runs / record.at[:10], record)
        shown = folder.relative_to(workspace.root).as_posix()
        settled = replace(record, state=state, folder=shown)
        _keep(workspace, folder, settled, outputs.log)
        refused = tuple(_fetch_all(kaggle, folder, outputs.files))
    fetched = len(outputs.files) - len(refused)
    names = [readable(file.name) for file in outputs.files[:_NAMED]] or ["no files"]
    more = len(outputs.files) - len(names)
    listed = ", ".join(names) + (f" and {more} more" if more > 0 else "")
    missing = f"; {fetched} of {len(outputs.files)} fetched" if refused else ""
    context.report.step("outputs", record.name, f"{shown}/ ({listed}{missing})")
    return settled, refused


def _keep(workspace: Workspace, folder: Path, record: Record, log: str) -> None:
    text = json.dumps(asdict(record), ensure_ascii=False, indent=1)
    files.write_file(folder / OURS / "record.json", f"{text}\n".encode())
    files.write_file(folder / OURS / "log.json", log.encode())
    files.write_file(folder / OURS / "log.txt", log_text(parse_log(log)).encode())
    journal.write(workspace, record)


def _fetch_all(kaggle: Kaggle, folder: Path, outputs: tuple[OutputFile, ...]) -> list[str]:
    refused: list[str] = []
    for number, file in enumerate(outputs):
        if number == _MOST_OUTPUTS:
            rest = len(outputs) - number
            return refused + [f"more than {_MOST_OUTPUTS:,} files: zip them in the notebook"] * rest
        try:
            _fetch(kaggle, folder, file)
        except ServerUnreachable as error:
            return refused + [error.message] * (len(outputs) - number)
        except NbshipError as error:
            refused.append(readable(error.message))
    return refused


def _fetch(kaggle: Kaggle, folder: Path, file: OutputFile) -> None:
    if file.name.split("/")[0] == OURS:
        raise WorkspaceError(f"the output {file.name!r} has a name that nbship uses itself")
    path = files.contained(folder, file.name)
    files.write_chunks(path, download(kaggle.server, file), most=_LARGEST_OUTPUT)


def _folder(day: Path, record: Record) -> Path:
    """Return where a run's outputs go; another run's folder is never touched."""
    name = f"{record.name.replace('/', '.')}-v{record.version}"
    for folder in (day / name, day / f"{name}-{record.target}"):
        kept = files.read_bytes(folder / OURS / "record.json")
        if kept is None or records.id_of(kept) == record.id:
            return folder
    return day / f"{name}-{record.id}"
