"""smoke_failed: why a rehearsal did not pass, as a line of the source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nbship.core.failure.excerpt import BEFORE
from nbship.core.failure.executed import ExecutedArtifact, tags_of, with_injected
from nbship.core.failure.locate import UNSAID, beginning, locate, locate_in_log
from nbship.core.failure.report import FailureReport
from nbship.errors import SmokeError
from nbship.model.failure import Failure, Frame
from nbship.model.notebook import Built
from nbship.model.run import LogEvent
from nbship.model.workspace import Workspace
from nbship.verbs.operations.explain import explain_failure

_ERROR_TAG = "papermill-error-cell-tag"  # papermill's tag for the cells that it adds on a failure
_R_ERROR = "ERROR: "  # the name that IRkernel gives to every error
_KILLED = range(129, 193)  # what a shell makes of the signals 1 to 64


@dataclass(frozen=True, slots=True)
class RehearsalEnd:
    """How a rehearsal ended: where its files lie, its exit code, and the last lines it said.

    The code is None where its time was up.
    """

    folder: Path
    code: int | None
    said: Sequence[str]
    kept: str  # the file in the folder that tells more


def explain_notebook(
    workspace: Workspace,
    built: Built,
    ended: RehearsalEnd,
    executed: Sequence[Mapping[str, Any]],
    result: Mapping[str, Any],
) -> SmokeError:
    """Tell where in the source a notebook failed, by its executed cells and papermill's result.

    Side effects: writes failure.md beside the executed notebook.
    """
    cells = [cell for cell in executed if _ERROR_TAG not in tags_of(cell)]
    ran = ExecutedArtifact(cells, with_injected(cells, built.artifact.line_map))
    found = _of_notebook(built, ran, ended, result)
    return _told(workspace, built, ended, replace(found, before=tuple(ended.said[-BEFORE:])))


def explain_script(workspace: Workspace, built: Built, ended: RehearsalEnd) -> SmokeError:
    """Tell where in the source a script failed; one that ends itself names no line.

    Side effects: writes failure.md beside the log.
    """
    events = [LogEvent("", 0.0, f"{line}\n") for line in ended.said]
    found = locate_in_log(
        events, ExecutedArtifact([], built.artifact.line_map, built.artifact.text)
    )
    if ended.code is None:
        found = Failure(_no_end(built), before=found.before)
    elif ended.code in _KILLED or found.error == UNSAID:
        how = f"exit code {ended.code}"
        if ended.code in _KILLED:
            how = f"signal {ended.code - _KILLED.start + 1}"
        last = f": {ended.said[-1]}" if ended.said else ""
        found = replace(found, error=f"the script ended with {how}{last}")
    return _told(workspace, built, ended, found)


def _of_notebook(
    built: Built, ran: ExecutedArtifact, ended: RehearsalEnd, result: Mapping[str, Any]
) -> Failure:
    running = _running_cell(ran)
    if ended.code is None:
        return Failure(_no_end(built), running)
    traceback, error = result.get("traceback", ""), result.get("error", "")
    cell = result.get("cell")
    if cell is None:
        return Failure(error or f"the rehearsal ended by itself with code {ended.code}", running)
    if not traceback:  # an ExceptionGroup leaves only what was printed
        traceback, error = _printed(ran.cells[cell]), ""
    error = " ".join(error.split()).removeprefix(_R_ERROR)
    return locate(traceback, ran, error=error, cell=cell)


def _no_end(built: Built) -> str:
    return f"no end after {built.spec.smoke.timeout:g} s"


def _printed(cell: Mapping[str, Any]) -> str:
    outputs = [output for output in cell.get("outputs", []) if output.get("name") == "stderr"]
    return "".join("".join(output.get("text", "")) for output in outputs)


def _running_cell(ran: ExecutedArtifact) -> tuple[Frame, ...]:
    """Return the cell that was started last: the one that was running when all ended."""
    started = [
        number
        for number, (cell, origin) in enumerate(zip(ran.cells, ran.line_map, strict=False))
        if origin and cell.get("metadata", {}).get("papermill", {}).get("start_time")
    ]
    return beginning(ran, started[-1]) if started else ()


def _told(workspace: Workspace, built: Built, ended: RehearsalEnd, found: Failure) -> SmokeError:
    kept = (ended.folder / ended.kept).relative_to(workspace.root).as_posix()
    name = "What it said" if built.is_script else "The executed notebook"
    account = FailureReport(found, f"smoke of {built.artifact.name}", built.source, name, kept)
    return explain_failure(workspace, SmokeError, account, ended.folder)
