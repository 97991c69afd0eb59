"""The execution of an artifact on this machine, in folders that are laid out as on Kaggle."""

import contextlib
import json
import secrets
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import nbship
from nbship.core.artifact.parts import WHOLE, Parts
from nbship.core.failure.excerpt import BEFORE
from nbship.core.failure.world import as_there
from nbship.core.kaggle.redaction import masked
from nbship.core.run.rehearsal_result import RehearsalResult, has_passed, read_result
from nbship.core.run.tail import Tail
from nbship.core.source.language import R, language_of
from nbship.core.source.nbjson import cells_of
from nbship.diagnostics import Place
from nbship.edges import clock
from nbship.edges.process.forked import run_forked
from nbship.edges.process.output import Ended, Watch
from nbship.edges.process.supervision import run_supervised
from nbship.edges.rehearsal import colab, isolation, kaggle_layout, r, secret_service
from nbship.edges.rehearsal.isolation import Isolation, Program
from nbship.edges.rehearsal.kaggle_layout import KaggleFolders
from nbship.edges.storage import files
from nbship.errors import RehearsalStalled, SmokeError, Unreadable, WorkspaceError
from nbship.model.layout import EXECUTED, LOG
from nbship.model.notebook import Built
from nbship.model.workspace import Context
from nbship.sanitize import readable
from nbship.shim._launch.zygote_client import NotForkedError
from nbship.verbs.operations.explain_rehearsal import RehearsalEnd, explain_notebook, explain_script

# papermill runs in the Python of nbship, from wherever nbship is; the kernel in that of the layer.
_PAPERMILL = (
    sys.executable,
    "-c",
    (
        "import sys; sys.path.insert(0, sys.argv.pop(1)); "
        "from nbship.edges.rehearsal import papermill; papermill.run()"
    ),
    str(Path(nbship.__file__).resolve().parents[1]),
)
_ERRORS = "errors.txt"  # in the folder of a rehearsal: what papermill says
_OWN_END = 1.0  # seconds after the timeout in which the watchdog ends the run and says why
_MOST_EXECUTED = 1 << 27  # bytes of an executed notebook that is read to explain a failure
_MOST_LINES = 20_000  # of a script's output: in the last ones, its failure is looked for


def execute(
    context: Context,
    built: Built,
    folders: KaggleFolders,
    isolation: Isolation,
    parts: Parts = WHOLE,
) -> str:
    """Run a notebook with papermill, or a script as a program, as far apart as ``isolation`` says.

    Of a notebook, it runs the ``parts``. Return why its kernel was not forked, "" if it was, and
    for a script.

    Side effects: runs the artifact's code; writes files in the folder of the rehearsal.

    Raises:
        RehearsalStalled: a library below nbship stopped the notebook, which may be run again.
        SmokeError: the artifact failed, or took longer than its timeout.
        WorkspaceError: the artifact's language is not installed on this machine.
    """
    known = secret_service.secrets_for(context.workspace, built.spec)
    if known.made_up:
        context.report.notice(
            f"secrets of {built.artifact.name} are made up: {', '.join(known.made_up)} "
            f"(a value goes into {context.workspace.layout.local_secrets})"
        )
    run = _run_script if built.is_script else _run_notebook
    try:
        with secret_service.service_of(built.spec, known) as service:
            return run(_World(context, built, folders, isolation, parts, known.forms, service))
    finally:
        cache = context.workspace.path(context.workspace.layout.font_cache)
        kaggle_layout.keep_fonts(folders, cache)


@dataclass(frozen=True, slots=True)
class _World:
    """A rehearsal: the artifact, and the folders of this machine that it sees.

    ``hidden`` are texts that no output shows. ``service`` are the variables that name the server of
    secrets.
    """

    context: Context
    built: Built
    folders: KaggleFolders
    isolation: Isolation
    parts: Parts
    hidden: tuple[bytes, ...] = ()
    service: Mapping[str, str] = field(default_factory=dict)

    @property
    def seen(self) -> Path:
        """The folder of the rehearsal, as the notebook sees it."""
        return isolation.seen(self.isolation, self.folders)[0]

    @property
    def working(self) -> Path:
        """The working folder, as the notebook sees it."""
        if self.isolation.rung == "sandbox" and self.built.spec.colab is not None:
            return Path("/content")
        return isolation.seen(self.isolation, self.folders)[1] / "working"


def _run_notebook(world: _World) -> str:
    context, built, folders = world.context, world.built, world.folders
    artifact, folder, mark = built.artifact, folders.folder, secrets.token_hex()
    seen = world.seen
    files.write_cache(folder / artifact.code_file, artifact.text.encode())
    ends_at = clock.seconds() + built.spec.smoke.timeout
    request = {
        "notebook": str(seen / artifact.code_file),
        "executed": str(seen / EXECUTED),
        "parameters": dict(built.spec.smoke.parameters),
        "cwd": str(world.working),
        "kernel_arguments": _kernel_arguments(built),
        "ends_at": ends_at,
        "mark": mark,
        "skipped": dict(world.parts.skipped),
        "limits": dict(world.parts.limits),
    }
    files.write_cache(folder / "request.json", json.dumps(request).encode())
    tail = Tail(BEFORE)
    with _hiding(world), files.writing_lines(folder / LOG) as write:
        ended, plain = _papermill(
            world,
            _program(world, [*_PAPERMILL, f"{seen}/request.json"], ends_at),
            _shown(_Screen(world, tail, write, mark)),
        )
    result = read_result(masked(ended.result, world.hidden))
    if not has_passed(ended.code, result):
        cells, unreadable = _executed_cells(folder / EXECUTED)
        raise explain_notebook(
            context.workspace,
            built,
            RehearsalEnd(folder, ended.code, tail.lines, EXECUTED, ended.lost, unreadable),
            cells,
            result,
            RehearsalStalled if _may_be_repeated(world, ended.code, result) else SmokeError,
        )
    return plain


def _papermill(
    world: _World, program: Program, on_line: Callable[[str], None]
) -> tuple[Ended, str]:
    """Run papermill to its end; return also why no zygote has forked it, "" if one has."""
    folder, plain = world.folders.folder, world.isolation.plain
    timeout = world.built.spec.smoke.timeout + _OWN_END
    watch = Watch(on_line, timeout, folder / _ERRORS, world.context.stop)
    if world.isolation.zygote:
        begin = partial(isolation.begin, world.isolation, world.folders, program)
        try:
            return run_forked(begin, watch), ""
        except NotForkedError as error:
            plain = str(error)
    ended = run_supervised(
        isolation.command(world.isolation, world.folders, program),
        cwd=folder,
        env=kaggle_layout.clean_environment(),
        watch=watch,
        has_result=True,
    )
    return ended, plain


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


@contextlib.contextmanager
def _hiding(world: _World) -> Iterator[None]:
    """Hide the values of secrets in what papermill has written, also after Ctrl-C."""
    try:
        yield
    finally:
        for name in (EXECUTED, _ERRORS) if world.hidden else ():
            _hide(world.folders.folder / name, world.hidden)


def _hide(path: Path, hidden: tuple[bytes, ...]) -> None:
    """Replace the values of secrets in a file; the notebook may have put anything there."""
    with contextlib.suppress(Unreadable):
        data = files.read_bytes(path, follows=False) or b""
        clean = masked(data, hidden)
        if clean != data:
            files.write_file(path, clean)


def _kernel_arguments(built: Built) -> list[str]:
    language = language_of(built.source)
    is_colab = built.spec.colab is not None and language != R
    more = colab.KERNEL_ARGUMENTS if is_colab else ()
    return [*kaggle_layout.kernel_arguments(language), *more]


def _may_be_repeated(world: _World, code: int | None, result: RehearsalResult | None) -> bool:
    """Return whether another rehearsal may end otherwise, and is safe.

    A notebook whose kernel did not start has done nothing. One whose answer was lost in a library,
    or whose forked kernel died, has run its code: it is repeated, with a kernel that starts from
    its beginning, where it can have changed nothing outside the folder of the rehearsal.
    """
    kaggle = world.built.spec.kaggle
    reaches_out = kaggle is not None and kaggle.enable_internet
    end = result.end if result else "running"
    died = world.isolation.zygote and code is not None and end in {"running", "died"}
    return end == "start" or (not reaches_out and bool(end == "lost" or died))


def _run_script(world: _World) -> str:
    """Run a script as Kaggle does: as ``src/script.py`` or ``.R``, with no file beside it."""
    context, built, folders = world.context, world.built, world.folders
    artifact = built.artifact
    script = f"src/script{language_of(artifact.code_file).suffix}"
    files.write_cache(folders.root / script, artifact.text.encode())
    is_r = language_of(built.source) == R
    program = _r(world).program if is_r else "{python}"
    tail, ends_at = Tail(_MOST_LINES), clock.seconds() + built.spec.smoke.timeout
    with files.writing_lines(folders.folder / LOG) as write:
        ended = run_supervised(
            isolation.command(
                world.isolation,
                folders,
                _program(world, [program, f"{{kaggle}}/{script}"], ends_at),
            ),
            cwd=folders.folder,
            env=kaggle_layout.clean_environment(),
            watch=Watch(
                _shown(_Screen(world, tail, write)), built.spec.smoke.timeout, stop=context.stop
            ),
        )
    if ended.code != 0:
        end = RehearsalEnd(folders.folder, ended.code, tail.lines, LOG, ended.lost)
        raise explain_script(context.workspace, built, end)
    return ""


@dataclass(frozen=True, slots=True)
class _Screen:
    """What becomes of the output: shown, kept and written to the log, but for lines of ``mark``."""

    world: _World
    tail: Tail
    write: Callable[[str], None]
    mark: str = ""  # before the number of the cell that begins; "" in the output of a script


def _shown(screen: _Screen) -> Callable[[str], None]:
    """Return the function that shows a line of the output, with its paths as on Kaggle or Colab."""
    world, is_colab = str(screen.world.folders.root), screen.world.built.spec.colab is not None
    report, mark, hidden = screen.world.context.report, screen.mark, screen.world.hidden

    def show(line: str) -> None:
        if mark and line.startswith(mark):
            report.cell(*map(int, line.removeprefix(mark).split()))
            return
        text = as_there(_masked(readable(line), hidden), world, is_colab=is_colab)
        screen.tail.add(text)
        screen.write(text)
        report.log(text)

    return show


def _masked(line: str, hidden: tuple[bytes, ...]) -> str:
    if not hidden:
        return line
    return masked(line.encode(errors="surrogatepass"), hidden).decode(errors="surrogatepass")


def _program(world: _World, argv: list[str], ends_at: float) -> Program:
    """Return a program to start in the world of the rehearsal.

    On Kaggle the notebook has the network only if it asks for it. Nothing of the workspace is
    there, but for a local helper, which may read it.
    """
    built, workspace = world.built, world.context.workspace
    environment = kaggle_layout.clean_environment() | dict(world.service)
    visible, hidden = [], [str(workspace.root)]
    if built.spec.colab is not None:
        seen = world.seen, world.working
        userdata = built.spec.smoke.userdata
        environment = colab.as_on_colab(environment, world.folders, workspace, userdata, seen)
        visible = [str(workspace.inputs / "colab")]
    elif built.spec.kaggle is None:
        visible, hidden = [str(workspace.root)], []
    if language_of(built.source) == R:
        installed = _r(world)
        environment |= installed.environment
        visible += installed.folders
    kaggle = built.spec.kaggle
    return Program(
        argv,
        environment,
        visible,
        hidden,
        network=kaggle is None or kaggle.enable_internet,
        is_colab=built.spec.colab is not None,
        fonts=workspace.path(workspace.layout.font_cache),
        ends_at=ends_at,
    )


def _r(world: _World) -> r.Installation:
    try:
        return r.for_scripts() if world.built.is_script else r.for_notebooks()
    except WorkspaceError as error:
        raise error.with_changes(place=Place(world.built.source)) from None
