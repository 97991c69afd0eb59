"""The execution of an artifact on this machine, in folders that are laid out as on Kaggle."""

import json
import secrets
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbship.core.failure.excerpt import BEFORE
from nbship.core.failure.world import as_there
from nbship.core.run.rehearsal_result import RehearsalResult, has_passed, read_result
from nbship.core.run.tail import Tail
from nbship.core.source.language import R, language_of
from nbship.core.source.nbjson import cells_of
from nbship.diagnostics import Place
from nbship.edges import clock
from nbship.edges.process.supervision import run_supervised
from nbship.edges.rehearsal import colab, kaggle_layout, r
from nbship.edges.rehearsal.kaggle_layout import KaggleFolders
from nbship.edges.storage import files
from nbship.errors import RehearsalStalled, SmokeError, Unreadable, WorkspaceError
from nbship.model.layout import EXECUTED, LOG
from nbship.model.notebook import Built
from nbship.model.workspace import Context
from nbship.sanitize import readable
from nbship.verbs.operations.explain_rehearsal import RehearsalEnd, explain_notebook, explain_script

_OWN_END = 1.0  # seconds after the timeout in which the watchdog ends the run and says why
_MOST_EXECUTED = 1 << 27  # bytes of an executed notebook that is read to explain a failure
_MOST_LINES = 20_000  # of a script's output: in the last ones, its failure is looked for


def execute(context: Context, built: Built, folders: KaggleFolders) -> None:
    """Run a notebook with papermill, or a script as a program.

    Side effects: runs the artifact's code; writes files in the folder of the rehearsal.

    Raises:
        RehearsalStalled: a library below nbship stopped the notebook, which may be run again.
        SmokeError: the artifact failed, or took longer than its timeout.
        WorkspaceError: the artifact's language is not installed on this machine.
    """
    run = _run_script if built.is_script else _run_notebook
    run(context, built, folders)


def _run_notebook(context: Context, built: Built, folders: KaggleFolders) -> None:
    artifact, folder, mark = built.artifact, folders.root.parent, secrets.token_hex()
    _, environment = _interpreter(context, built, folders)
    files.write_file(folder / artifact.code_file, artifact.text.encode())
    request = {
        "notebook": str(folder / artifact.code_file),
        "executed": str(folder / EXECUTED),
        "parameters": dict(built.spec.smoke.parameters),
        "cwd": str(folders.working),
        "kernel_arguments": _kernel_arguments(built),
        "ends_at": clock.seconds() + built.spec.smoke.timeout,
        "mark": mark,
    }
    files.write_file(folder / "request.json", json.dumps(request).encode())
    tail = Tail(BEFORE)
    with files.writing_lines(folder / LOG) as write:
        ended = run_supervised(
            [sys.executable, "-m", "nbship.edges.rehearsal.papermill", f"{folder}/request.json"],
            cwd=folders.working,
            env=environment,
            timeout=built.spec.smoke.timeout + _OWN_END,
            on_line=_shown(_Screen(context, built, folders, tail, write, mark)),
            errors=folder / "errors.txt",
            has_result=True,
        )
    result = read_result(ended.result)
    if not has_passed(ended.code, result):
        cells, unreadable = _executed_cells(folder / EXECUTED)
        raise explain_notebook(
            context.workspace,
            built,
            RehearsalEnd(folder, ended.code, tail.lines, EXECUTED, ended.lost, unreadable),
            cells,
            result,
            RehearsalStalled if _may_be_repeated(built, result) else SmokeError,
        )


def _executed_cells(path: Path) -> tuple[list[Mapping[str, Any]], str]:
    """Return the cells of the executed notebook, and why it cannot be read, "" if it can.

    The notebook may have put anything there.
    """
    try:
        data = files.read_bytes(path, most=_MOST_EXECUTED + 1, follows=False) or b""
    except Unreadable as error:
        return [], error.reason
    if len(data) > _MOST_EXECUTED:
        return [], f"it is larger than {_MOST_EXECUTED >> 20} MB"
    return cells_of(data.decode(errors="replace")), ""


def _kernel_arguments(built: Built) -> list[str]:
    language = language_of(built.source)
    is_colab = built.spec.colab is not None and language != R
    more = colab.KERNEL_ARGUMENTS if is_colab else ()
    return [*kaggle_layout.kernel_arguments(language), *more]


def _may_be_repeated(built: Built, result: RehearsalResult | None) -> bool:
    """Return whether a library below nbship stopped the rehearsal, and another one is safe.

    A notebook whose kernel did not start has done nothing. One whose answer was lost has run its
    code: it is repeated where it can have changed nothing outside the folder of the rehearsal.
    """
    kaggle = built.spec.kaggle
    reaches_out = kaggle is not None and kaggle.enable_internet
    end = result.end if result else ""
    return end == "start" or (end == "lost" and not reaches_out)


def _run_script(context: Context, built: Built, folders: KaggleFolders) -> None:
    """Run a script as Kaggle does: as ``src/script.py`` or ``.R``, with no file beside it."""
    artifact = built.artifact
    script = folders.root / "src" / f"script{language_of(artifact.code_file).suffix}"
    program, environment = _interpreter(context, built, folders)
    files.write_file(script, artifact.text.encode())
    tail = Tail(_MOST_LINES)
    with files.writing_lines(folders.root.parent / LOG) as write:
        ended = run_supervised(
            [program, str(script)],
            cwd=folders.working,
            env=environment,
            timeout=built.spec.smoke.timeout,
            on_line=_shown(_Screen(context, built, folders, tail, write)),
            errors=None,
        )
    if ended.code != 0:
        folder = folders.root.parent
        end = RehearsalEnd(folder, ended.code, tail.lines, LOG, ended.lost)
        raise explain_script(context.workspace, built, end)


@dataclass(frozen=True, slots=True)
class _Screen:
    """What becomes of the output: shown, kept and written to the log, but for lines of ``mark``."""

    context: Context
    built: Built
    folders: KaggleFolders
    tail: Tail
    write: Callable[[str], None]
    mark: str = ""  # before the number of the cell that begins; "" in the output of a script


def _shown(screen: _Screen) -> Callable[[str], None]:
    """Return the function that shows a line of the output, with its paths as on Kaggle or Colab."""
    world, is_colab = str(screen.folders.root), screen.built.spec.colab is not None
    report, mark = screen.context.report, screen.mark

    def show(line: str) -> None:
        if mark and line.startswith(mark):
            report.cell(*map(int, line.removeprefix(mark).split()))
            return
        text = as_there(readable(line), world, is_colab=is_colab)
        screen.tail.add(text)
        screen.write(text)
        report.log(text)

    return show


def _interpreter(
    context: Context, built: Built, folders: KaggleFolders
) -> tuple[str, dict[str, str]]:
    """Return the program that runs a script, and the environment variables of the rehearsal."""
    workspace = context.workspace
    environment = kaggle_layout.clean_environment(folders, workspace.path(workspace.layout.cache))
    if built.spec.colab is not None:
        environment = colab.as_on_colab(environment, folders, workspace, built.spec.smoke.userdata)
    if language_of(built.source) != R:
        return sys.executable, environment
    try:
        installed = r.for_scripts() if built.is_script else r.for_notebooks()
    except WorkspaceError as error:
        raise error.with_changes(place=Place(built.source)) from None
    return installed.program, environment | installed.environment
