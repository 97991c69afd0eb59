"""watch: follow a pushed version to its end, bring its outputs home, and say how it went."""

import json
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path

from nbship.core import failure
from nbship.core import record as records
from nbship.core.catalogue import entry_of
from nbship.core.failure import Ran
from nbship.core.log import log_text, parse_log, readable
from nbship.core.notebook import cells_digest, cells_of
from nbship.edges import clock, files, journal, sources
from nbship.edges.kaggle import Kaggle
from nbship.errors import KaggleError, Place, RunFailed, SourceError, WorkspaceError
from nbship.model import Context, LineMap, Outputs, Record, RecordState, RunStatus
from nbship.verbs.build import up_to_date
from nbship.verbs.smoke import quote

OURS = "_nbship"  # the folder of what nbship adds to a run's outputs
_LOCAL_POLL = 0.2  # seconds
_KAGGLE_POLL = 10.0
_LONGEST = 14 * 3600.0  # seconds: a session lasts 12 h at most, and it may queue before
_UNSEEN = 120.0  # seconds until a version that Kaggle does not know of is given up
_LARGEST_OUTPUT = 2 << 30  # bytes
_NAMED = 8  # outputs named in the closing line
_MOST_OUTPUTS = 10_000
_VERDICTS: dict[str, RecordState] = {
    "complete": "complete",
    "error": "error",
    "cancelled": "cancelled",
}


def watch(
    context: Context, name: str, kaggle: Kaggle, target: str, version: int | None = None
) -> Record:
    """Follow the version that was pushed from here, or the one asked for, to its verdict.

    Side effects: writes the outputs below runs/ and the verdict into the journal.

    Raises:
        KaggleError: there is nothing to watch, or the server cannot be reached.
        RunFailed: the run failed or was cancelled; names the line of the source.
    """
    record = _record(context, name, kaggle, target, version)
    label = f"version {record.version} of {record.kernel}"
    context.report.step("watch", name, f"{label} on {kaggle.server.name}")
    began = clock.seconds()
    status, shown = _follow(context, kaggle, record)
    outputs = kaggle.outputs(record.kernel, record.version or 0)
    for event in parse_log(outputs.log)[shown:]:
        context.report.log(readable(event.text))
    took = clock.seconds() - began
    context.report.step("verdict", name, f"{status.state} (watched for {took:.0f} s)")
    with files.locked(_lock(context, record)):
        folder = _bring_home(context, kaggle, record, outputs, _VERDICTS[status.state])
    if status.state != "complete":
        raise _failed(context, kaggle, record, status, outputs, folder)
    return replace(record, state="complete", folder=folder)


def _record(
    context: Context, name: str, kaggle: Kaggle, target: str, version: int | None
) -> Record:
    """Return the record of the version to watch; of one that was pushed elsewhere, a new one."""
    kernel = entry_of(context.catalogue, name).kernel
    if not kernel:
        raise SourceError(
            f"{name} is no Kaggle kernel: it never runs there", place=Place(sources.path_of(name))
        )
    ours = [r for r in journal.read(context.workspace) if version in {None, r.version}]
    record = records.latest(ours, kernel=kernel, server=kaggle.server.key)
    if record:
        return record
    remote = kaggle.get(kernel, version)
    if remote is None or not (version or remote.latest):
        raise KaggleError(
            f"{kernel} has no such version on {kaggle.server.name}",
            hint=f"Push it first: doit push:{name}" + (" -t local" if target == "local" else ""),
        )
    return Record(
        id=journal.new_id(),
        state="pushed",
        at=journal.now(),
        name=name,
        target=target,
        server=kaggle.server.key,
        kernel=kernel,
        digest="",
        cells="",
        commit=None,
        base_version=0,
        overrides=(),
        line_map=_line_map_of(context, name, remote.source),
        version=version or remote.latest,
    )


def _line_map_of(context: Context, name: str, source: str) -> LineMap:
    """Return the map of a version pushed elsewhere, if it is what stands here today."""
    built = up_to_date(context.workspace, name)
    if built is None or cells_digest(built.artifact.text) != cells_digest(source):
        return ()
    return built.artifact.line_map


def _follow(context: Context, kaggle: Kaggle, record: Record) -> tuple[RunStatus, int]:
    """Print the log live until the run has ended; return its status and the lines printed."""
    version = record.version or 0
    began = clock.seconds()
    told, shown = "", 0
    while True:
        status = kaggle.status(record.kernel, version)
        state = status.state if status else "queued"
        if state != told:
            context.report.step("run", record.name, state)
            told = state
        if status and not status.is_active:
            return status, shown
        if state == "running":
            # The server begins again with the first line each time.
            for event in islice(kaggle.stream(record.kernel, version), shown, None):
                context.report.log(readable(event.text))
                shown += 1
        waited = clock.seconds() - began
        if waited > _LONGEST or (status is None and waited > _UNSEEN):
            raise KaggleError(
                f"{record.kernel} version {version} is {state} after {waited:.0f} s",
                hint=f"Come back with: doit watch:{record.name}",
            )
        clock.wait(_KAGGLE_POLL if kaggle.server.is_kaggle else _LOCAL_POLL)


def _bring_home(
    context: Context, kaggle: Kaggle, record: Record, outputs: Outputs, state: RecordState
) -> str:
    """Fetch the outputs, keep log and record beside them; the record is written last."""
    if len(outputs.files) > _MOST_OUTPUTS:
        raise KaggleError(f"{len(outputs.files):,} output files; zip them in the notebook")
    workspace = context.workspace
    folder = _folder(workspace.runs / record.at[:10], record)
    for file in outputs.files:
        if file.name.split("/")[0] == OURS:
            raise WorkspaceError(f"refused: the output {file.name!r} has a name that nbship uses")
        path = files.contained(folder, file.name)
        files.write_chunks(path, kaggle.download(file), most=_LARGEST_OUTPUT)
    shown = folder.relative_to(workspace.root).as_posix()
    settled = replace(record, state=state, folder=shown)
    files.write_file(folder / OURS / "log.json", outputs.log.encode())
    files.write_file(folder / OURS / "log.txt", log_text(parse_log(outputs.log)).encode())
    text = json.dumps(asdict(settled), ensure_ascii=False, indent=1)
    files.write_file(folder / OURS / "record.json", f"{text}\n".encode())
    journal.write(workspace, settled)
    names = [file.name for file in outputs.files[:_NAMED]] or ["no files"]
    more = len(outputs.files) - len(names)
    listed = ", ".join(names) + (f" and {more} more" if more > 0 else "")
    context.report.step("outputs", record.name, f"{shown}/ ({listed})")
    return shown


def _lock(context: Context, record: Record) -> Path:
    name = f"{record.kernel.replace('/', '.')}-v{record.version}.outputs"
    return context.workspace.state / "locks" / name


def _folder(day: Path, record: Record) -> Path:
    """Return where a run's outputs go; another run's folder is never touched."""
    name = f"{record.name.replace('/', '.')}-v{record.version}"
    for folder in (day / name, day / f"{name}-{record.target}"):
        kept = files.read_bytes(folder / OURS / "record.json")
        if kept is None or records.id_of(kept) == record.id:
            return folder
    return day / f"{name}-{record.id}"


def _failed(
    context: Context,
    kaggle: Kaggle,
    record: Record,
    status: RunStatus,
    outputs: Outputs,
    folder: str,
) -> RunFailed:
    """Bring the crash back to the source, with the map of the version that ran."""
    log = f"The log: {folder}/{OURS}/log.txt"
    what = f"version {record.version} on {kaggle.server.name}"
    if status.state == "cancelled":
        return RunFailed(f"{record.name} {what} was cancelled, or took too long", hint=log)
    remote = kaggle.get(record.kernel, record.version)
    ran = Ran(cells_of(remote.source) if remote else [], record.line_map)
    events = parse_log(outputs.log)
    found = failure.locate("".join(event.text for event in events), ran)
    error = status.failure_message if not found.path and status.failure_message else found.error
    place = Place(found.path or sources.path_of(record.name), found.line)
    where = f" in {found.function}" if found.function else ""
    return RunFailed(
        f"{readable(error)}{where} ({what})",
        place=place,
        hint=log,
        quote=quote(context.workspace, place),
    )
