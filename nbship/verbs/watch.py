"""watch: follow a pushed version to its end, have its outputs fetched, and say how it went."""

import contextlib
from dataclasses import replace

from nbship.core.kaggle.messages import about_week
from nbship.core.metadata.accelerators import kind_of
from nbship.core.metadata.script_block import read_header
from nbship.core.metadata.spec import parse_spec
from nbship.core.push import record as records
from nbship.core.run.log import parse_log, render_log
from nbship.core.run.watch_policy import duration
from nbship.core.source.nbjson import cells_digest
from nbship.core.workspace.catalogue import entry_of
from nbship.edges import clock
from nbship.edges.kaggle.client import Kaggle
from nbship.edges.kaggle.errors import plain
from nbship.edges.workspace import journal, sources
from nbship.errors import (
    RUN_CANCELLED,
    KaggleError,
    NbshipError,
    Place,
    SourceError,
    WorkspaceError,
)
from nbship.model.push import Record, RecordState
from nbship.model.run import FetchOptions, Outputs
from nbship.model.target import command
from nbship.model.workspace import Context, LineMap
from nbship.verbs.build import up_to_date
from nbship.verbs.operations.explain_run import explain_run
from nbship.verbs.operations.fetch_outputs import fetch_outputs
from nbship.verbs.operations.follow_run import Screen, follow_run, outputs_of

_SHOWN = 5  # outputs that could not be fetched, in words
_VERDICTS: dict[str, RecordState] = {
    "complete": "complete",
    "error": "error",
    "cancelled": "cancelled",
}


def watch(
    context: Context,
    name: str,
    kaggle: Kaggle,
    target: str,
    version: int | None = None,
    options: FetchOptions | None = None,
) -> Record:
    """Follow the version that was pushed from here, or the one asked for, to its verdict.

    Side effects: writes the outputs below runs/ and the verdict into the journal.

    Raises:
        KaggleError: there is nothing to watch, the server cannot be reached, or outputs are
            missing.
        WorkspaceError: that version was saved without a run.
        RunFailed: the run failed, and where in the source; or it was cancelled or took too long,
            which its exit code tells.
    """
    record = _record(context, name, kaggle, target, version)
    if not record.runs:
        raise WorkspaceError(
            f"version {record.version} of {record.kernel} was saved with --no-run: "
            "there is no run to watch",
            hint=f"To have it run: {command('push', name, target)}",
        )
    label = f"version {record.version} of {record.kernel}"
    context.report.step("watch", name, f"{label} on {kaggle.server.name}")
    try:
        return _watch(context, kaggle, record, options or FetchOptions())
    except KeyboardInterrupt:
        context.report.progress("")
        back = command("watch", record.name, record.target)
        context.report.notice(f"the run goes on; come back with: {back}")
        raise


def _watch(context: Context, kaggle: Kaggle, record: Record, options: FetchOptions) -> Record:
    began, screen = clock.seconds(), Screen(context.report)
    end = follow_run(context, kaggle, record, screen)
    # Kaggle's own words may have several lines, and whatever else.
    status = replace(end.status, failure_message=plain(end.status.failure_message))
    state = _VERDICTS[status.state]
    outputs, trouble = _outputs(kaggle, record, screen)
    screen.show_rest(parse_log(outputs.log))
    if end.by_log:
        context.report.notice(f"{kaggle.server.name} does not say so yet, but the log has ended")
    took = duration(clock.seconds() - began)
    context.report.step("verdict", record.name, f"{status.state} (watched for {took})")
    _tell_week(context, kaggle, record)
    settled, refused = fetch_outputs(context, kaggle, record, outputs, state, options)
    for why in refused[:_SHOWN]:
        context.report.notice(f"not fetched: {why}")
    if len(refused) > _SHOWN:
        context.report.notice(f"not fetched: {len(refused) - _SHOWN} more")
    if trouble:
        context.report.notice(f"the outputs are not known: {trouble}")
    if status.state != "complete":
        failed = explain_run(context, kaggle, settled, status, outputs)
        if status.state == "cancelled":
            failed.exit_code = RUN_CANCELLED
        raise failed
    if refused or trouble:
        missing = "its" if trouble else f"{len(refused)} of its"
        raise KaggleError(
            f"the run of {record.name} is complete, but {missing} outputs were not fetched",
            hint="What is said above tells why. Try again with: "
            + command("watch", record.name, record.target),
        )
    return settled


def _tell_week(context: Context, kaggle: Kaggle, record: Record) -> None:
    """Say what a run on an accelerator leaves of the week, if that can be known."""
    source = entry_of(context.catalogue, record.name).path
    with contextlib.suppress(NbshipError):
        spec = parse_spec(read_header(sources.read(context.workspace, source)))
        kind = kind_of(spec.kaggle) if spec.kaggle else None
        if kind and (left := about_week(kaggle.quota(), kind)):
            context.report.notice(left)


def _outputs(kaggle: Kaggle, record: Record, screen: Screen) -> tuple[Outputs, str]:
    """Return what the run left; where that cannot be had, the log as it was seen, and why."""
    try:
        return outputs_of(kaggle, record), ""
    except KaggleError as error:
        return Outputs((), render_log(screen.events)), error.message


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
        raise _no_version(kaggle, kernel, version, command("push", name, target))
    line_map = _line_map_of(context, name, remote.source)
    if not line_map:
        context.report.notice(
            f"version {version or remote.latest} was not made from what stands here: "
            "the line of a failure will not be told"
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
        line_map=line_map,
        version=version or remote.latest,
    )


def _no_version(kaggle: Kaggle, kernel: str, version: int | None, push: str) -> KaggleError:
    """Say what there is instead of the version that was asked for."""
    latest = kaggle.get(kernel) if version else None
    if latest is None or not latest.latest:
        return KaggleError(
            f"{kernel} has no version on {kaggle.server.name}", hint=f"Push it first: {push}"
        )
    return KaggleError(
        f"{kernel} has no version {version} on {kaggle.server.name}: its latest is {latest.latest}"
    )


def _line_map_of(context: Context, name: str, source: str) -> LineMap:
    """Return the map of a version pushed elsewhere, if it is what stands here today."""
    built = up_to_date(context.workspace, name)
    if built is None or cells_digest(built.artifact.text) != cells_digest(source):
        return ()
    return built.artifact.line_map
