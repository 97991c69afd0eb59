"""rehearse: run an artifact's very bytes in its world, and bring a failure back to the source."""

import json
import sys
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbship.core import failure
from nbship.core.failure import Ran
from nbship.core.language import R, language_of
from nbship.core.log import readable
from nbship.core.notebook import cells_of
from nbship.edges import files, process, r, sandbox, sources
from nbship.edges.sandbox import World
from nbship.errors import Place, SmokeError, WorkspaceError
from nbship.model.notebook import Built
from nbship.model.workspace import Context, Workspace

_LONGEST_ERROR = 500  # characters of an error that are shown; the rest is in what is kept
_ERROR_TAG = "papermill-error-cell-tag"  # papermill's tag for the cells that it adds on a failure
_R_ERROR = "ERROR: "  # the name that IRkernel gives to every error
_MOST_LINES = 20_000  # of a script's output that are kept: the last ones
_KILLED = range(129, 193)  # what a shell makes of the signals 1 to 64
EXECUTED = "executed.ipynb"
LOG = "log.txt"


def rehearse(context: Context, built: Built, world: World) -> None:
    """Run a notebook with papermill, or a script as the file that it is.

    Side effects: runs the artifact's code; writes below the folder of the rehearsal.

    Raises:
        SmokeError: it failed, or took longer than its timeout.
        WorkspaceError: the language that it is in is not installed here.
    """
    run = _run_script if built.is_script else _run_notebook
    run(context, built, world)


def _run_notebook(context: Context, built: Built, world: World) -> None:
    artifact, folder = built.artifact, world.root.parent
    _, environment = _interpreter(context, built, world)
    files.write_file(folder / artifact.code_file, artifact.text.encode())
    request = {
        "notebook": str(folder / artifact.code_file),
        "executed": str(folder / EXECUTED),
        "result": str(folder / "result.json"),
        "parameters": dict(built.spec.smoke.parameters),
        "cwd": str(world.working),
    }
    files.write_file(folder / "request.json", json.dumps(request).encode())
    code = process.run_supervised(
        [sys.executable, "-m", "nbship.edges.papermill", str(folder / "request.json")],
        cwd=world.working,
        env=environment,
        timeout=built.spec.smoke.timeout,
        on_line=lambda line: context.report.log(readable(line)),
        errors=folder / "errors.txt",
    )
    result = json.loads(files.read_bytes(folder / "result.json") or b"{}")
    if not result.get("passed"):
        raise _notebook_failed(context.workspace, built, code, result)


def _run_script(context: Context, built: Built, world: World) -> None:
    """Run a script as Kaggle does: under a name of Kaggle's, with nothing beside it."""
    artifact = built.artifact
    script = world.root / "src" / f"script{language_of(artifact.code_file).suffix}"
    program, environment = _interpreter(context, built, world)
    files.write_file(script, artifact.text.encode())
    said: deque[str] = deque(maxlen=_MOST_LINES)

    def hear(line: str) -> None:
        said.append(readable(line))
        context.report.log(said[-1])

    code = process.run_supervised(
        [program, str(script)],
        cwd=world.working,
        env=environment,
        timeout=built.spec.smoke.timeout,
        on_line=hear,
        errors=None,
    )
    log = "".join(f"{line}\n" for line in said)
    files.write_file(world.root.parent / LOG, log.encode())
    if code != 0:
        raise _script_failed(context.workspace, built, code, log)


def _interpreter(context: Context, built: Built, world: World) -> tuple[str, dict[str, str]]:
    """Return the program that runs the language's scripts, and the environment of a rehearsal."""
    environment = sandbox.clean_environment(world, context.workspace.state / "cache")
    if language_of(built.source) != R:
        return sys.executable, environment
    try:
        installed = r.for_scripts() if built.is_script else r.for_notebooks()
    except WorkspaceError as error:
        error.place = Place(built.source)
        raise
    return installed.program, environment | installed.environment


def _notebook_failed(
    workspace: Workspace, built: Built, code: int | None, result: Mapping[str, Any]
) -> SmokeError:
    """Tell where in the source it failed, and keep the executed notebook for reading."""
    artifact = built.artifact
    executed = folder_of(workspace, artifact.name) / EXECUTED
    cells = [
        cell
        for cell in cells_of((files.read_bytes(executed) or b"").decode(errors="replace"))
        if _ERROR_TAG not in cell.get("metadata", {}).get("tags", [])
    ]
    ran = Ran(cells, failure.with_injected(cells, artifact.line_map))
    kept = f"The executed notebook: {executed.relative_to(workspace.root)}"
    if code is None:
        place = _running_cell(ran) or Place(built.source)
        message = f"no end after {built.spec.smoke.timeout:g} s (smoke of {artifact.name})"
        return SmokeError(message, place=place, hint=kept, quote=sources.quote(workspace, place))
    traceback, error = result.get("traceback", ""), result.get("error", "")
    if not traceback and "cell" in result:  # an ExceptionGroup leaves only what was printed
        traceback, error = _printed(cells[result["cell"]]), ""
    found = failure.locate(traceback, ran, error=error, cell=result.get("cell"))
    place = Place(found.path or built.source, found.line)
    if "cell" not in result:
        place = _running_cell(ran) or place
        error = error or f"the rehearsal ended by itself with code {code}"
    message = _in_a_line(error or found.error, found.function, artifact.name)
    return SmokeError(message, place=place, hint=kept, quote=sources.quote(workspace, place))


def _printed(cell: Mapping[str, Any]) -> str:
    outputs = [output for output in cell.get("outputs", []) if output.get("name") == "stderr"]
    return "".join("".join(output.get("text", "")) for output in outputs)


def _running_cell(ran: Ran) -> Place | None:
    """Return the cell that was started last: the one that was running when all ended."""
    started = [
        origin
        for cell, origin in zip(ran.cells, ran.line_map, strict=False)
        if cell.get("metadata", {}).get("papermill", {}).get("start_time")
    ]
    last = started[-1] if started else None
    return Place(last.path, last.line) if last else None


def _script_failed(workspace: Workspace, built: Built, code: int | None, log: str) -> SmokeError:
    """Tell where in the source it failed; a script that ends itself names no line."""
    name = built.artifact.name
    kept = f"What it said: {(folder_of(workspace, name) / LOG).relative_to(workspace.root)}"
    if code is None:
        message = f"no end after {built.spec.smoke.timeout:g} s (smoke of {name})"
        return SmokeError(message, place=Place(built.source), hint=kept)
    found = failure.locate(log, Ran([], built.artifact.line_map))
    place = Place(found.path or built.source, found.line)
    error = found.error
    if code in _KILLED or error == failure.UNSAID:
        last = log.rstrip("\n").rpartition("\n")[2]
        ended = f"signal {code - 128}" if code in _KILLED else f"exit code {code}"
        error = f"the script ended with {ended}" + (f": {last}" if last else "")
    message = _in_a_line(error, found.function, name)
    return SmokeError(message, place=place, hint=kept, quote=sources.quote(workspace, place))


def _in_a_line(error: str, function: str | None, name: str) -> str:
    said = readable(" ".join(error.split()))[:_LONGEST_ERROR].removeprefix(_R_ERROR)
    where = f" in {function}" if function else ""
    return f"{said}{where} (smoke of {name})"


def folder_of(workspace: Workspace, name: str) -> Path:
    """Return the folder of a notebook's rehearsal."""
    return workspace.state / "smoke" / name
