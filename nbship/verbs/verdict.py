"""verdict: what became of a run that did not end well, as a line of the source."""

from nbship.core import failure
from nbship.core.catalogue import entry_of
from nbship.core.failure import Ran
from nbship.core.log import parse_log, readable
from nbship.core.notebook import cells_of
from nbship.edges import sources
from nbship.edges.kaggle import Kaggle
from nbship.errors import Place, RunFailed
from nbship.model.run import Outputs, Record, RunStatus
from nbship.model.workspace import Context
from nbship.verbs.fetch import OURS

_LONGEST_ERROR = 500  # characters; the log has the rest


def run_failed(
    context: Context,
    kaggle: Kaggle,
    record: Record,
    status: RunStatus,
    outputs: Outputs,
) -> RunFailed:
    """Bring the crash back to the source, with the map of the version that ran."""
    log = f"The log: {record.folder}/{OURS}/log.txt"
    what = f"version {record.version} on {kaggle.server.name}"
    if status.state == "cancelled":
        return RunFailed(f"{record.name} {what} was cancelled, or took too long", hint=log)
    remote = kaggle.get(record.kernel, record.version)
    ran = Ran(cells_of(remote.source) if remote else [], record.line_map)
    events = parse_log(outputs.log)
    found = failure.locate("".join(event.text for event in events), ran)
    error = status.failure_message if not found.path and status.failure_message else found.error
    source = entry_of(context.catalogue, record.name).path
    place = Place(found.path or source, found.line)
    where = f" in {found.function}" if found.function else ""
    return RunFailed(
        f"{readable(error)[:_LONGEST_ERROR]}{where} ({what})",
        place=place,
        hint=log,
        quote=sources.quote(context.workspace, place),
    )
