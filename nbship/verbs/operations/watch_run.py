"""The watch of a run: followed to its end, its outputs fetched, its verdict reported."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from nbship.core.kaggle.messages import about_week
from nbship.core.metadata.accelerators import kind_of
from nbship.core.metadata.script_block import read_header
from nbship.core.metadata.spec import parse_spec
from nbship.core.push import record as records
from nbship.core.push.stamp import read_stamp, stamped, without_stamp
from nbship.core.run.log import parse_log, render_log, seconds_of
from nbship.core.run.log_verdict import infer_outcome
from nbship.core.run.watch_policy import Settle, duration
from nbship.core.source.nbjson import cells_digest
from nbship.core.workspace.catalogue import entry_of
from nbship.diagnostics import Place
from nbship.edges import clock
from nbship.edges.kaggle.errors import plain
from nbship.edges.workspace import journal, sources
from nbship.errors import Interrupted, KaggleError, NbshipError, SourceError, WorkspaceError
from nbship.model.push import Record, RecordState
from nbship.model.run import FetchOptions, Outputs, RunStatus
from nbship.model.workspace import Context, LineMap, Meaning
from nbship.verbs.operations.build_artifact import up_to_date
from nbship.verbs.operations.explain_run import explain_run
from nbship.verbs.operations.fetch_outputs import fetch_outputs, log_of
from nbship.verbs.operations.follow_run import Screen, follow_run, outputs_of
from nbship.verbs.operations.remote import Remote
from nbship.verbs.operations.run import Connection, Run, kernel_of
from nbship.verbs.operations.session_facts import hear, with_session

_SHOWN = 5  # outputs that could not be fetched, named in notices
_VERDICTS: dict[str, RecordState] = {
    "complete": "complete",
    "error": "error",
    "cancelled": "cancelled",
}
_MEANINGS: dict[str, Meaning] = {"complete": "passed", "error": "error", "cancelled": "warning"}


def watch_run(
    context: Context,
    name: str,
    connection: Connection,
    version: int | None = None,
    options: FetchOptions | None = None,
) -> Run:
    """Follow the version that was pushed from here, or the given one, to its verdict.

    Side effects: writes the outputs to runs/ and the verdict to the journal.

    Raises:
        KaggleError: there is no version, the server cannot be reached, or outputs are missing.
        WorkspaceError: that version was saved without a run.
        RunFailed: the run failed; names the line of the source.
        RunCancelled: the run was cancelled or took too long.
    """
    run = run_of(context, name, connection, version)
    if not run.record.runs:
        raise WorkspaceError(
            f"{run.label} was saved with --no-run: there is no run to watch",
            hint=f"To run it: {run.command('push')}",
        )
    run.report.step("watch", name, f"{run.label} on {run.remote.name}", address=run.address)
    return _watch(run, options or FetchOptions())


def _watch(run: Run, options: FetchOptions) -> Run:
    began, screen = clock.seconds(), Screen(run.report, partial(hear, run))
    log = log_of(run.workspace, run.record)
    coming = f"{log}, when the run has ended"
    with (
        interruptible(run, "the run goes on", f", end it with: {run.command('stop')}"),
        run.report.working("watch", run.name, log=coming),
    ):
        end = follow_run(run, screen)
    with (
        interruptible(run, f"the run has ended ({end.status.state}), its outputs are not fetched"),
        run.report.working("outputs", run.name, log=log),
    ):
        return _settle(run, options, screen, end, duration(clock.seconds() - began))


@contextlib.contextmanager
def interruptible(run: Run, fate: str, more: str = "") -> Iterator[None]:
    """Let Ctrl-C in the block say what has become of the run, and what ``more`` one may do.

    Raises:
        Interrupted: Ctrl-C.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted(f"{fate}; continue with: {run.command('watch')}{more}") from None


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that has ended, with its verdict in the journal and its outputs.

    ``missing`` says which outputs were not fetched, "" if all of them were.
    """

    run: Run
    status: RunStatus
    outputs: Outputs
    missing: str


def _settle(run: Run, options: FetchOptions, screen: Screen, end: Settle, took: str) -> Run:
    """Fetch the outputs of a run that has ended, and report its verdict."""
    ended = settle_run(run, options, screen, end, f"watched for {took}")
    if ended.status.state != "complete":
        raise explain_run(ended.run, ended.status, ended.outputs)
    if ended.missing:
        raise incomplete(ended)
    return ended.run


def incomplete(ended: Ended) -> KaggleError:
    """Return the error for a run without all of its outputs."""
    run, state = ended.run, ended.status.state
    return KaggleError(
        f"the run of {run.name} is {state}, but {ended.missing} outputs were not fetched",
        hint=f"The notices above give the reasons. Try again with: {run.command('watch')}",
    )


def settle_run(run: Run, options: FetchOptions, screen: Screen, end: Settle, how: str) -> Ended:
    """Write the verdict on a run that has ended to the journal, and fetch its outputs.

    Of a run that the service calls cancelled, the log decides if it shows the end: Kaggle may call
    a run so that has ended long ago. ``how`` follows the verdict in the report.

    Side effects: writes files in runs/, also to the journal; reports.

    Raises:
        WorkspaceError: the run's folder cannot be written, or another process fetches this run.
    """
    # Kaggle's message may have several lines, and any characters.
    status = replace(end.status, failure_message=plain(end.status.failure_message))
    outputs, trouble = _outputs(run, screen)
    events = parse_log(outputs.log)
    if status.state == "cancelled" and (shown := infer_outcome(events, is_whole=False)):
        run.report.notice(
            f"{run.remote.name} calls the run cancelled; its log shows that it was {shown}"
        )
        status = replace(status, state=shown)
    run = run.changed(seconds=seconds_of(events) or run.record.seconds)
    screen.show_rest(events)
    run = with_session(run, screen.session)
    if end.by_log:
        run.report.notice(f"the log shows the end of the run; {run.remote.name}'s status does not")
    run.report.step("verdict", run.name, f"{status.state} ({how})", _MEANINGS[status.state])
    _report_week(run)
    settled, refused = fetch_outputs(run, outputs, _VERDICTS[status.state], options)
    for reason in refused[:_SHOWN]:
        run.report.notice(f"not fetched: {reason}")
    if len(refused) > _SHOWN:
        run.report.notice(f"not fetched: {len(refused) - _SHOWN} more")
    if trouble:
        run.report.notice(f"the list of outputs could not be fetched: {trouble}")
    missing = "its" if trouble else f"{len(refused)} of its" if refused else ""
    return Ended(settled, status, outputs, missing)


def _report_week(run: Run) -> None:
    """Report how much of the weekly time is left after a run on an accelerator, if known."""
    source = entry_of(run.context.catalogue, run.name).path
    with contextlib.suppress(NbshipError):
        spec = parse_spec(read_header(sources.read(run.workspace, source)))
        kind = kind_of(spec.kaggle) if spec.kaggle else None
        if kind and (left := about_week(run.remote.quota(), kind)):
            run.report.notice(left)


def _outputs(run: Run, screen: Screen) -> tuple[Outputs, str]:
    """Return the run's outputs; if the server does not list them, the log so far and the error."""
    try:
        return outputs_of(run), ""
    except KaggleError as error:
        return Outputs((), render_log(screen.events)), error.message


def run_of(context: Context, name: str, connection: Connection, version: int | None) -> Run:
    """Return the run of the version to watch; a version pushed elsewhere gets a new record."""
    entry, remote = entry_of(context.catalogue, name), connection.remote
    if not entry.kernel:
        raise SourceError(f"{name} is not a Kaggle kernel: it has no run", place=Place(entry.path))
    kernel = kernel_of(context, connection, entry.kernel)
    ours = [r for r in journal.read(context.workspace) if version in {None, r.version}]
    record = records.latest(ours, kernel=kernel, server=remote.key)
    if record:
        return Run(context, connection, record)
    found = remote.get(kernel, version)
    if found is None or not (version or found.latest):
        raise _no_version(remote, kernel, version, connection.target.command("push", name))
    line_map = _line_map_of(context, name, found.source)
    if not line_map:
        context.report.notice(
            f"version {version or found.latest} was not made from the sources as they are here: "
            "nbship cannot name the line of a failure"
        )
    record = Record(
        id=journal.new_id(),
        state="pushed",
        at=journal.now(),
        name=name,
        target=connection.target.name,
        server=remote.key,
        kernel=kernel,
        digest="",
        cells="",
        commit=None,
        base_version=0,
        overrides=(),
        line_map=line_map,
        version=version or found.latest,
    )
    return Run(context, connection, record)


def _no_version(remote: Remote, kernel: str, version: int | None, push: str) -> KaggleError:
    """Return the error for a version that does not exist; it names the latest version."""
    latest = remote.get(kernel) if version else None
    if latest is None or not latest.latest:
        return KaggleError(
            f"{kernel} has no version on {remote.name}", hint=f"Push it first: {push}"
        )
    return KaggleError(
        f"{kernel} has no version {version} on {remote.name}: its latest is {latest.latest}"
    )


def _line_map_of(context: Context, name: str, source: str) -> LineMap:
    """Return the line map of a version pushed elsewhere, if it equals the artifact here."""
    built = up_to_date(context.workspace, name)
    if built is None:
        return ()
    artifact, stamp = built.artifact, read_stamp(source)
    if cells_digest(artifact.text) != cells_digest(without_stamp(source)):
        return ()
    if stamp is None:
        return artifact.line_map
    return stamped(artifact.text, artifact.line_map, stamp, built.source, "")[1]
