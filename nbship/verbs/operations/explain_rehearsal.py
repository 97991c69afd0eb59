"""The explanation of a failed rehearsal: the line of the source, and the error."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nbship.core.failure.excerpt import BEFORE
from nbship.core.failure.executed import ExecutedArtifact, tags_of, with_injected
from nbship.core.failure.locate import UNSAID, in_cell, locate, locate_in_log
from nbship.core.failure.report import FailureReport
from nbship.core.failure.stacks import hang_of
from nbship.core.failure.world import as_on_kaggle
from nbship.core.metadata.cell_tags import timeout_of
from nbship.core.run.rehearsal_result import RehearsalResult, disagreement, ended_with, is_killed
from nbship.edges.storage import files
from nbship.errors import SmokeError
from nbship.model.failure import Failure, Frame
from nbship.model.notebook import Built
from nbship.model.run import LogEvent
from nbship.model.workspace import Workspace
from nbship.verbs.operations.explain import explain_failure

_ERROR_TAG = "papermill-error-cell-tag"  # papermill's tag for the cells that it adds on a failure
_R_ERROR = "ERROR: "  # the name that IRkernel gives to every error
_IDLE = "the kernel runs no code of the notebook"
_LOST = f"{_IDLE}; its answer was lost in Jupyter, below nbship"
_UNCERTAIN = f"{_IDLE}: it has not begun the cell, or its answer was lost in Jupyter"


@dataclass(frozen=True, slots=True)
class RehearsalEnd:
    """How a rehearsal ended: its exit code, its folder and its last lines of output."""

    folder: Path
    code: int | None  # None if the timeout was reached, or the supervisor was lost
    lines: Sequence[str]
    log: str  # the name of the file in the folder to read: the executed notebook, or the output
    lost: str = ""  # what became of the supervisor of its processes, "" if nothing
    unreadable: str = ""  # why the executed notebook cannot be read, "" if it can

    @property
    def world(self) -> str:
        """The folder in place of /kaggle, as the notebook's errors name it."""
        return str(self.folder / "kaggle")


def explain_notebook(
    workspace: Workspace,
    built: Built,
    end: RehearsalEnd,
    cells: Sequence[Mapping[str, Any]],
    result: RehearsalResult | None,
    kind: type[SmokeError] = SmokeError,
) -> SmokeError:
    """Return the error that names the failing line of a notebook.

    ``cells`` are those of the executed notebook.

    Side effects: writes failure.md beside the executed notebook.
    """
    cells = [cell for cell in cells if _ERROR_TAG not in tags_of(cell)]
    line_map = with_injected(cells, built.artifact.line_map)
    executed = ExecutedArtifact(cells, line_map, sources=workspace.layout.sources)
    failure = _notebook_failure(built, executed, end, result)
    failure = replace(failure, before=tuple(end.lines[-BEFORE:]))
    return _error(workspace, built, end, failure, kind)


def explain_script(workspace: Workspace, built: Built, end: RehearsalEnd) -> SmokeError:
    """Return the error that names the failing line of a script; no line if it ends itself.

    Side effects: writes failure.md beside the log.
    """
    events = [LogEvent("", 0.0, f"{line}\n") for line in end.lines]
    sources = workspace.layout.sources
    failure = locate_in_log(
        events,
        ExecutedArtifact([], built.artifact.line_map, built.artifact.text, sources=sources),
    )
    if end.code is None:
        failure = Failure(end.lost or _timed_out(built), before=failure.before)
    elif is_killed(end.code) or failure.error == UNSAID:
        last = f": {end.lines[-1]}" if end.lines else ""
        failure = replace(failure, error=f"the script ended with {ended_with(end.code)}{last}")
    return _error(workspace, built, end, failure)


def _notebook_failure(
    built: Built, executed: ExecutedArtifact, end: RehearsalEnd, told: RehearsalResult | None
) -> Failure:
    result = told or RehearsalResult()
    running = _running_cell(executed, result)
    if end.lost:
        return Failure(end.lost, running)
    if end.code is None or result.end in {"timeout", "cell"}:
        return _hang(built, executed, running, result)
    if result.end == "lost":
        return Failure(_LOST, running)
    if conflict := disagreement(end.code, told):
        return Failure(conflict, running)
    error, traceback, cell = result.error, result.traceback, result.cell
    if cell is None or cell not in range(len(executed.cells)):
        why = f"; the executed notebook cannot be read: {end.unreadable}" if end.unreadable else ""
        return Failure(f"{error}{why}", running)
    if not traceback:  # the traceback of an ExceptionGroup is only printed
        traceback, error = _stderr(executed.cells[cell]), ""
    error = " ".join(error.split()).removeprefix(_R_ERROR)
    return locate(traceback, executed, error=error, cell=cell)


def _hang(
    built: Built, executed: ExecutedArtifact, running: tuple[Frame, ...], result: RehearsalResult
) -> Failure:
    """Return the failure of a notebook that was ended at a timeout, by the kernel's stacks."""
    error, stacks = _timed_out(built), result.stacks
    if result.end == "cell":
        error = "the cell is not finished after its timeout"
        cells = executed.cells[result.cell :] if result.cell is not None else ()
        if limit := timeout_of(tags_of(cells[0])) if cells else None:
            error = f"the cell is not finished after {limit:g} s, its timeout"
    hang = hang_of(stacks)
    if hang.traceback:
        waits = f", it is in {hang.library}" if hang.library else ""
        found = locate(hang.traceback, executed, error=f"{error}{waits}", cell=result.cell)
        return replace(found, causes=())
    return Failure(f"{error}: {_UNCERTAIN}" if stacks else error, running)


def _timed_out(built: Built) -> str:
    return f"not finished after {built.spec.smoke.timeout:g} s"


def _stderr(cell: Mapping[str, Any]) -> str:
    outputs = [output for output in cell.get("outputs", []) if output.get("name") == "stderr"]
    return "".join("".join(output.get("text", "")) for output in outputs)


def _running_cell(executed: ExecutedArtifact, result: RehearsalResult) -> tuple[Frame, ...]:
    """Return the cell that was running when the rehearsal ended.

    Without a result that names it, it is the cell that was started last.
    """
    if result.cell in range(len(executed.cells)):
        return in_cell(executed, result.cell)
    started = [
        number
        for number, (cell, origin) in enumerate(
            zip(executed.cells, executed.line_map, strict=False)
        )
        if origin and cell.get("metadata", {}).get("papermill", {}).get("start_time")
    ]
    return in_cell(executed, started[-1]) if started else ()


def _error(
    workspace: Workspace,
    built: Built,
    end: RehearsalEnd,
    failure: Failure,
    kind: type[SmokeError] = SmokeError,
) -> SmokeError:
    failure = as_on_kaggle(failure, end.world, is_colab=built.spec.colab is not None)
    log = (end.folder / end.log).relative_to(workspace.root).as_posix()
    name = "The output" if built.is_script else "The executed notebook"
    what = f"smoke of {built.artifact.name}"
    report = FailureReport(failure, what, built.source, name, log, taken=built.inputs)
    hint = files.MAKE_ROOM if files.is_full(end.folder) else ""
    return explain_failure(workspace, kind, report, end.folder, hint)
