"""watch: follow a pushed version to its end, have its outputs fetched, and say how it went."""

from itertools import islice

from nbship.core import record as records
from nbship.core.catalogue import entry_of
from nbship.core.log import parse_log, readable
from nbship.core.notebook import cells_digest
from nbship.edges import clock, journal
from nbship.edges.kaggle import Kaggle
from nbship.errors import KaggleError, Place, SourceError, WorkspaceError
from nbship.model.run import Record, RecordState, RunStatus
from nbship.model.workspace import Context, LineMap
from nbship.verbs.build import up_to_date
from nbship.verbs.fetch import fetch
from nbship.verbs.verdict import run_failed

_LOCAL_POLL = 0.2  # seconds
_KAGGLE_POLL = 10.0
_LONGEST = 14 * 3600.0  # seconds: a session lasts 12 h at most, and it may queue before
_UNSEEN = 120.0  # seconds until a version that Kaggle does not know of is given up
_SHOWN = 5  # outputs that could not be fetched, in words
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
    settled, refused = fetch(context, kaggle, record, outputs, _VERDICTS[status.state])
    for why in refused[:_SHOWN]:
        context.report.notice(f"not fetched: {why}")
    if status.state != "complete":
        raise run_failed(context, kaggle, settled, status, outputs)
    if refused:
        raise WorkspaceError(
            f"the run of {name} is complete, but {len(refused)} of its outputs were not fetched",
            hint="What is said above tells why; the log, the record and the rest are there.",
        )
    return settled


def _record(
    context: Context, name: str, kaggle: Kaggle, target: str, version: int | None
) -> Record:
    """Return the record of the version to watch; of one that was pushed elsewhere, a new one."""
    entry = entry_of(context.catalogue, name)
    kernel = entry.kernel
    if not kernel:
        raise SourceError(
            f"{name} is no Kaggle kernel: it never runs there", place=Place(entry.path)
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
        if status is None and kaggle.get(record.kernel, version) is None:
            raise KaggleError(
                f"{kaggle.server.name} has no version {version} of {record.kernel} (any more)",
                hint=f"Push it again: doit push:{record.name}{_target_option(record)}",
            )
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
                hint=f"Come back with: doit watch:{record.name}{_target_option(record)}",
            )
        clock.wait(_KAGGLE_POLL if kaggle.server.is_kaggle else _LOCAL_POLL)


def _target_option(record: Record) -> str:
    return "" if record.target == "main" else f" -t {record.target}"
