"""rehearse: run an artifact's very bytes in its world, and bring a failure back to the source."""

import json
import sys
from collections import deque
from pathlib import Path

from nbship.core.failure.excerpt import BEFORE
from nbship.core.source.language import R, language_of
from nbship.core.source.nbjson import cells_of
from nbship.edges.process import runner
from nbship.edges.rehearsal import kaggle_layout, r
from nbship.edges.rehearsal.kaggle_layout import KaggleFolders
from nbship.edges.storage import files
from nbship.errors import Place, WorkspaceError
from nbship.model.notebook import Built
from nbship.model.workspace import Context, Workspace
from nbship.sanitize import readable
from nbship.verbs.operations.explain_rehearsal import RehearsalEnd, explain_notebook, explain_script

_MOST_LINES = 20_000  # of a script's output that are kept: the last ones
EXECUTED = "executed.ipynb"
LOG = "log.txt"


def execute(context: Context, built: Built, world: KaggleFolders) -> None:
    """Run a notebook with papermill, or a script as the file that it is.

    Side effects: runs the artifact's code; writes below the folder of the rehearsal.

    Raises:
        SmokeError: it failed, or took longer than its timeout.
        WorkspaceError: the language that it is in is not installed here.
    """
    run = _run_script if built.is_script else _run_notebook
    run(context, built, world)


def _run_notebook(context: Context, built: Built, world: KaggleFolders) -> None:
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
    heard: deque[str] = deque(maxlen=BEFORE)

    def hear(line: str) -> None:
        heard.append(readable(line))
        context.report.log(heard[-1])

    code = runner.run_supervised(
        [sys.executable, "-m", "nbship.edges.rehearsal.papermill", str(folder / "request.json")],
        cwd=world.working,
        env=environment,
        timeout=built.spec.smoke.timeout,
        on_line=hear,
        errors=folder / "errors.txt",
    )
    result = json.loads(files.read_bytes(folder / "result.json") or b"{}")
    if not result.get("passed"):
        cells = cells_of((files.read_bytes(folder / EXECUTED) or b"").decode(errors="replace"))
        raise explain_notebook(
            context.workspace,
            built,
            RehearsalEnd(folder, code, tuple(heard), EXECUTED),
            cells,
            result,
        )


def _run_script(context: Context, built: Built, world: KaggleFolders) -> None:
    """Run a script as Kaggle does: under a name of Kaggle's, with nothing beside it."""
    artifact = built.artifact
    script = world.root / "src" / f"script{language_of(artifact.code_file).suffix}"
    program, environment = _interpreter(context, built, world)
    files.write_file(script, artifact.text.encode())
    said: deque[str] = deque(maxlen=_MOST_LINES)

    def hear(line: str) -> None:
        said.append(readable(line))
        context.report.log(said[-1])

    code = runner.run_supervised(
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
        raise explain_script(
            context.workspace, built, RehearsalEnd(world.root.parent, code, tuple(said), LOG)
        )


def _interpreter(
    context: Context, built: Built, world: KaggleFolders
) -> tuple[str, dict[str, str]]:
    """Return the program that runs the language's scripts, and the environment of a rehearsal."""
    environment = kaggle_layout.clean_environment(world, context.workspace.state / "cache")
    if language_of(built.source) != R:
        return sys.executable, environment
    try:
        installed = r.for_scripts() if built.is_script else r.for_notebooks()
    except WorkspaceError as error:
        error.place = Place(built.source)
        raise
    return installed.program, environment | installed.environment


def folder_of(workspace: Workspace, name: str) -> Path:
    """Return the folder of a notebook's rehearsal."""
    return workspace.state / "smoke" / name
