"""verdict: what became of a run that did not end well, as a line of the source."""

from nbship.core.failure.executed import ExecutedArtifact, sources_as_run
from nbship.core.failure.locate import locate_in_log
from nbship.core.failure.message import choose_message
from nbship.core.failure.relocate import current_line
from nbship.core.failure.report import FailureReport, Now
from nbship.core.run.log import parse_log
from nbship.core.source.nbjson import cells_of
from nbship.core.workspace.catalogue import entry_of
from nbship.edges.kaggle.client import Kaggle
from nbship.edges.workspace import sources
from nbship.errors import RunFailed
from nbship.model.failure import Failure
from nbship.model.push import Record
from nbship.model.run import Outputs, RunStatus
from nbship.model.workspace import Context
from nbship.verbs.operations.explain import explain_failure
from nbship.verbs.operations.fetch_outputs import OURS


def explain_run(
    context: Context,
    kaggle: Kaggle,
    record: Record,
    status: RunStatus,
    outputs: Outputs,
) -> RunFailed:
    """Bring the crash back to the source, with the map and the text of the version that ran.

    Side effects: writes failure.md beside the log.
    """
    remote = kaggle.get(record.kernel, record.version)
    ran = _ran(remote.source if remote else "", record)
    found = choose_message(locate_in_log(parse_log(outputs.log), ran), status)
    folder = f"{record.folder}/{OURS}"
    account = FailureReport(
        failure=found,
        what=f"version {record.version} on {kaggle.server.name}",
        source=entry_of(context.catalogue, record.name).path,
        log_name="The log",
        log=f"{folder}/log.txt",
        now=_now(context, found, ran),
    )
    return explain_failure(context.workspace, RunFailed, account, context.workspace.root / folder)


def _ran(source: str, record: Record) -> ExecutedArtifact:
    cells = cells_of(source)
    return ExecutedArtifact(cells, record.line_map, "" if cells else source)


def _now(context: Context, failure: Failure, ran: ExecutedArtifact) -> Now:
    """Say where the line that failed is today."""
    last = failure.last
    if last is None:
        return "same"
    then = sources_as_run(ran).get(last.path)
    if then is None:  # the server has that version no more
        return "unknown"
    today = sources.lines(context.workspace, last.path)
    line = current_line(then, last.line, today)
    return "gone" if line is None else "same" if line == last.line else line
