"""smoke: rehearse an artifact on this machine, in a world shaped like Kaggle's."""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nbship.core import failure
from nbship.core.failure import Ran
from nbship.core.log import readable
from nbship.core.notebook import cells_of
from nbship.core.parameters import refuse_unknown_parameters
from nbship.edges import artifacts, clock, files, packages, process, sandbox, sources
from nbship.errors import Place, SmokeError, SourceError
from nbship.model import Built, Context, SmokeResult, Workspace
from nbship.verbs.build import build

_LONGEST_ERROR = 500  # characters of an error that are shown; the rest is in the notebook
_ERROR_TAG = "papermill-error-cell-tag"  # papermill's tag for the cells that it adds on a failure


def smoke(context: Context, name: str) -> SmokeResult:
    """Run the artifact's very bytes with papermill, and remember the digest that passed.

    Side effects: builds; runs the notebook's code; writes below .nbship/.

    Raises:
        SourceError: the notebook asks for what is not here: a package, a dataset, a parameter.
        SmokeError: the notebook failed, or took longer than its timeout.
    """
    built = build(context, name)
    with files.locked(context.workspace.state / "locks" / f"{name.replace('/', '.')}.smoke"):
        return _rehearse(context, built)


def passed(workspace: Workspace, digest: str, name: str) -> SmokeResult | None:
    """Return the passing rehearsal of just this digest, if there was one."""
    try:
        entries = json.loads(files.read_bytes(_result_path(workspace, name)) or b"")
        result = SmokeResult(**entries)
    except (ValueError, TypeError):
        return None
    return result if result.digest == digest else None


def is_rehearsed(workspace: Workspace, name: str) -> bool:
    """Whether the artifact is up to date and passed, under the parameters of today."""
    manifest = artifacts.read_manifest(workspace, name)
    if manifest is None or not artifacts.is_current(workspace, name):
        return False
    result = passed(workspace, manifest.digest, name)
    return result is not None and dict(result.parameters) == dict(manifest.parameters)


def _rehearse(context: Context, built: Built) -> SmokeResult:
    workspace, spec, artifact = context.workspace, built.spec, built.artifact
    _check_machine(artifact.name, built)
    source = Place(sources.path_of(artifact.name), spec.smoke_line)
    refuse_unknown_parameters(spec.smoke.parameters, cells_of(artifact.text), source)
    folder = workspace.state / "smoke" / artifact.name
    world = sandbox.make_world(
        folder,
        workspace.inputs,
        spec.kaggle,
        Place(source.path, spec.kaggle_line),
        workspace.inputs.relative_to(workspace.root).as_posix(),
    )
    files.write_file(folder / artifact.notebook_file, artifact.text.encode())
    executed = folder / "executed.ipynb"
    request = {
        "notebook": str(folder / artifact.notebook_file),
        "executed": str(executed),
        "result": str(folder / "result.json"),
        "parameters": dict(spec.smoke.parameters),
        "cwd": str(world.working),
    }
    files.write_file(folder / "request.json", json.dumps(request).encode())
    began = clock.seconds()
    code = process.run_supervised(
        [sys.executable, "-m", "nbship.edges.papermill", str(folder / "request.json")],
        cwd=world.working,
        env=sandbox.clean_environment(world, workspace.state / "cache"),
        timeout=spec.smoke.timeout,
        on_line=lambda line: context.report.log(readable(line)),
        errors=folder / "errors.txt",
    )
    result = json.loads(files.read_bytes(folder / "result.json") or b"{}")
    if not result.get("passed"):
        raise _failed(workspace, built, code, result)
    took = SmokeResult(artifact.digest, spec.smoke.parameters, round(clock.seconds() - began, 1))
    files.write_file(_result_path(workspace, artifact.name), json.dumps(asdict(took)).encode())
    return took


def _check_machine(name: str, built: Built) -> None:
    """Say before anything runs what the notebook declares and this machine lacks."""
    spec = built.spec
    place = Place(sources.path_of(name), spec.dependencies_line)
    lacking = packages.missing(spec.dependencies)
    if lacking:
        raise SourceError(
            f"not installed here: {', '.join(lacking)}",
            place=place,
            hint="pip install " + " ".join(f"'{text}'" for text in lacking),
        )
    if not packages.python_fits(spec.requires_python):
        raise SourceError(
            f"requires Python {spec.requires_python}; this is {sys.version.split()[0]}", place=place
        )


def _failed(
    workspace: Workspace, built: Built, code: int | None, result: Mapping[str, Any]
) -> SmokeError:
    """Tell where in the source it failed, and keep the executed notebook for reading."""
    artifact = built.artifact
    executed = workspace.state / "smoke" / artifact.name / "executed.ipynb"
    cells = [
        cell
        for cell in cells_of((files.read_bytes(executed) or b"").decode(errors="replace"))
        if _ERROR_TAG not in cell.get("metadata", {}).get("tags", [])
    ]
    ran = Ran(cells, failure.with_injected(cells, artifact.line_map))
    kept = f"The executed notebook: {executed.relative_to(workspace.root)}"
    if code is None:
        place = _running_cell(ran) or Place(sources.path_of(artifact.name))
        message = f"no end after {built.spec.smoke.timeout:g} s (smoke of {artifact.name})"
        return SmokeError(message, place=place, hint=kept, quote=quote(workspace, place))
    traceback, error = result.get("traceback", ""), result.get("error", "")
    if not traceback and "cell" in result:  # an ExceptionGroup leaves only what was printed
        traceback, error = _printed(cells[result["cell"]]), ""
    found = failure.locate(traceback, ran, error=error, cell=result.get("cell"))
    place = Place(found.path or sources.path_of(artifact.name), found.line)
    if "cell" not in result:
        place = _running_cell(ran) or place
        error = error or f"the rehearsal ended by itself with code {code}"
    error = readable(" ".join((error or found.error).split()))[:_LONGEST_ERROR]
    where = f" in {found.function}" if found.function else ""
    message = f"{error}{where} (smoke of {artifact.name})"
    return SmokeError(message, place=place, hint=kept, quote=quote(workspace, place))


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


def quote(workspace: Workspace, place: Place) -> str:
    """Return the line of the source that a place names, as it stands today."""
    if place.line is None:
        return ""
    text = (files.read_bytes(workspace.root / place.path) or b"").decode(errors="replace")
    lines = text.split("\n")
    return lines[place.line - 1].strip() if place.line <= len(lines) else ""


def _result_path(workspace: Workspace, name: str) -> Path:
    return workspace.state / "smoked" / f"{name}.json"
