"""The explanation of a failed run: the line of the source, and the service's message."""

from nbship.core.failure.executed import ExecutedArtifact, sources_as_run
from nbship.core.failure.locate import locate_in_log
from nbship.core.failure.message import choose_message
from nbship.core.failure.relocate import current_line
from nbship.core.failure.report import FailureReport, Now
from nbship.core.run.log import parse_log
from nbship.core.source.nbjson import cells_of
from nbship.core.workspace.catalogue import entry_of
from nbship.edges.workspace import sources
from nbship.errors import RunCancelled, RunFailed
from nbship.model.failure import Failure
from nbship.model.layout import LOG
from nbship.model.run import Outputs, RunStatus
from nbship.model.workspace import Workspace
from nbship.verbs.operations.explain import explain_failure
from nbship.verbs.operations.fetch_outputs import OURS
from nbship.verbs.operations.run import Run


def explain_run(run: Run, status: RunStatus, outputs: Outputs) -> RunFailed:
    """Return the error that names the failing line, by the line map of the version that ran.

    Side effects: writes failure.md beside the log.
    """
    version = run.remote.get(run.kernel, run.version)
    executed = _executed(run, version.source if version else "")
    failure = choose_message(locate_in_log(parse_log(outputs.log), executed), status)
    folder = f"{run.record.folder}/{OURS}"
    report = FailureReport(
        failure=failure,
        what=f"version {run.version} on {run.remote.name}",
        source=entry_of(run.context.catalogue, run.name).path,
        log_name="The log",
        log=f"{folder}/{LOG}",
        now=_now(run.workspace, failure, executed),
        taken=sources_as_run(executed).keys(),
    )
    kind = RunCancelled if status.state == "cancelled" else RunFailed
    return explain_failure(run.workspace, kind, report, run.workspace.path(folder))


def _executed(run: Run, source: str) -> ExecutedArtifact:
    cells, sources = cells_of(source), run.workspace.layout.sources
    return ExecutedArtifact(cells, run.record.line_map, "" if cells else source, sources=sources)


def _now(workspace: Workspace, failure: Failure, executed: ExecutedArtifact) -> Now:
    """Return where the line that failed is in the sources as they are now."""
    last = failure.last
    if last is None:
        return "same"
    then = sources_as_run(executed).get(last.path)
    if then is None:  # the server no longer has that version
        return "unknown"
    line = current_line(then, last.line, sources.lines(workspace, last.path))
    return "gone" if line is None else "same" if line == last.line else line
