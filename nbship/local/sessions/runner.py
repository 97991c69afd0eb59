"""The runner of one session: a program that starts the kernel's code and writes its log.

``python -m nbship.local.sessions.runner REQUEST.json``. Standard input is the lifeline: when it
ends (the server closed it or died), or when the time is up, which the server may not notice, the
runner kills every process of the session. The result is one line of JSON on standard output:
``{"failureMessage", "isFinished"}``: null or the reason of the failure, and whether the code ended
by itself.

Side effects: starts and kills processes; writes files below the run's folder.
"""

import contextlib
import json
import math
import os
import secrets
import selectors
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from nbship.local.sessions.forked import ForkedRun, fork
from nbship.local.sessions.log import Event, Lines, render_event
from nbship.local.sessions.processes import become_subreaper, end_descendants

EVENTS = "events.jsonl"
NOTEBOOK = "__notebook__.ipynb"
RESULTS = "__results__.html"
WORKING = Path("world", "working")
SCRIPT = Path("world", "src", "script.py")
FONTS = "fontlist-*.json"  # matplotlib's lists, below its cache
WORLD = Path("/kaggle")  # on Kaggle; here a folder of the run, whose path the log does not show

# Kaggle runs a notebook in this way too, which is why a failure's traceback starts in "<string>".
# After each cell a mark is written to both streams; it ends a line that has no newline. The streams
# are separate pipes, because ipykernel inherits the standard streams, and repeats on them the
# output that it has already sent to papermill.
_IMPORTS = (
    # Excludes rfc3987_syntax, which JupyterLab installs: optional here, and 3 s to import.
    "import os, sys; sys.modules['rfc3987_syntax'] = None; import papermill; "
)
_PAPERMILL = (
    "mark, out, err, folder, *arguments = sys.argv[1:]; "
    "working = os.getcwd(); os.chdir(folder); "
    # The kernel has other standard streams than these.
    "sys.stdout, sys.stderr = (open(os.dup(int(pipe)), 'w', buffering=1) for pipe in (out, err)); "
    "nothing = os.open(os.devnull, os.O_WRONLY); os.dup2(nothing, 1); "
    "papermill.execute_notebook("
    f"{NOTEBOOK!r}, {NOTEBOOK!r}, progress_bar=False, "
    # The kernel alone is in that folder: a notebook can remove it.
    "resources={'metadata': {'path': working}}, "
    "extra_arguments=arguments, iopub_timeout=120, "
    "stdout_file=sys.stdout, stderr_file=sys.stderr, on_cell_executed=lambda **_: "
    "[print(mark, end='', file=pipe, flush=True) for pipe in (sys.stdout, sys.stderr)])"
)
# Without it, nbclient can wait for ever for an answer, and two kernels can meet on one port. The
# module is in the folder of the shim.
_RELIABLE = (
    "from papermill import engines; from notebook_client import reliable; "
    "engines.PapermillNotebookClient = reliable(engines.PapermillNotebookClient); "
)
_LAUNCH = "launch.json"
# A program in a sandbox that a signal ended has this exit code, and the number of the signal.
_SIGNALS, _MOST_SIGNALS = 128, 64
_MOST_FONTS = 16 << 20  # bytes
_PROCESS_STDERR = "last-words.txt"  # stderr of papermill, for failures outside any cell
_HTML = (
    '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>\n'
    '<body><a href="{notebook}">{notebook}</a></body></html>\n'
)
_CHUNK = 65536
_TICK = 0.05
_DRAIN_TIMEOUT = 1.0  # seconds
_MESSAGE_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Request:
    """The folder, the code's type, the title, the environment and the end of a run.

    ``launcher`` is the program that makes the world, "" if there is none; ``launch`` is its
    request, without the program to start. ``zygote`` is the socket of what forks the run, "" if
    nothing does.
    """

    folder: Path
    kernel_type: str
    title: str
    environment: dict[str, str]
    language: str = "python"
    launcher: str = ""
    ends_at: float = math.inf  # on the monotonic clock
    launch: dict[str, Any] = field(default_factory=dict)
    zygote: str = ""


class Ended(NamedTuple):
    """The end of a session: why its code failed, and whether the code ended by itself."""

    failure: str | None
    is_finished: bool = True


class Pipe(NamedTuple):
    """One stream of output: its name, and the two ends of its pipe."""

    stream: str
    reader: int
    writer: int


class SessionLog:
    """The event file of a running session."""

    def __init__(self, path: Path, mark: str, world: Path = WORLD) -> None:
        """Open the file. The code sees the folder ``world`` in place of /kaggle."""
        # Unbuffered: readers see each event at once, even if this process is killed.
        self._file = path.open("ab", buffering=0)
        self._lines = {"stdout": Lines(mark), "stderr": Lines(mark)}
        self._world = str(world)
        self._start = time.perf_counter()
        self.last_error = ""

    def feed(self, stream: str, data: bytes) -> None:
        """Add output of the code."""
        self._write(stream, self._lines[stream].feed(data))

    def write_line(self, text: str) -> None:
        """Write a line that the runner itself produces, as stderr."""
        self.feed("stderr", f"{text}\n".encode())

    def close(self) -> None:
        """Write the last lines without a newline, and close the file."""
        with self._file:
            for stream, lines in self._lines.items():
                self._write(stream, lines.rest())

    def _write(self, stream: str, lines: Iterator[str]) -> None:
        for text in lines:
            line = text.replace(self._world, str(WORLD))
            moment = round(time.perf_counter() - self._start, 9)
            event = f"{render_event(Event(stream, moment, line))}\n".encode()
            while event:  # a nearly full disk writes a part, and then fails
                event = event[self._file.write(event) :]
            if stream == "stderr" and line.strip():
                self.last_error = line.strip()


def run_session(request: Request, lifeline: int) -> Ended:
    """Run the kernel's code until it ends, the lifeline ends, or its time is up."""
    mark = f"\x1e{secrets.token_hex(16)}"
    log = SessionLog(request.folder / EVENTS, mark, request.folder / "world")
    with contextlib.closing(log), _short_temp(request), _pipes() as pipes:
        child = _start(request, pipes, mark)
        try:
            finished = _follow(child, pipes, lifeline, log, request.ends_at)
        finally:
            end_descendants(os.getpid())
            child.wait()
        _drain(pipes, log)
        if not finished:
            return Ended(None, is_finished=False)
        failure = _failure(request, child.returncode, log) if child.returncode else None
        if request.kernel_type == "notebook":
            _convert(request, log)
        return Ended(failure)


@contextlib.contextmanager
def _short_temp(request: Request) -> Iterator[None]:
    """Link a short path to the run's temp folder, because Unix sockets allow about 100 bytes."""
    link = Path(request.environment["TMPDIR"])
    link.symlink_to(request.folder / "world" / "temp")
    try:
        yield
    finally:
        link.unlink(missing_ok=True)


@contextlib.contextmanager
def _pipes() -> Iterator[list[Pipe]]:
    """Open the pipes for stdout and stderr, and close their readers at the end."""
    pipes = [Pipe(stream, *os.pipe()) for stream in ("stdout", "stderr")]
    try:
        yield pipes
    finally:
        for pipe in pipes:
            os.close(pipe.reader)


def _start(request: Request, pipes: list[Pipe], mark: str) -> subprocess.Popen[bytes] | ForkedRun:
    """Start the code; afterwards only the code holds the writing ends of the pipes."""
    writers = [pipe.writer for pipe in pipes]
    try:
        if request.kernel_type == "script":
            return subprocess.Popen(  # noqa: S603 - our own Python; running the script is our task
                _command(request, ["{python}", "-u", "{kaggle}/src/script.py"]),
                cwd=request.folder / WORKING,
                env=request.environment,
                stdin=subprocess.DEVNULL,
                stdout=writers[0],
                stderr=writers[1],
            )
        is_packed = request.language == "python" and request.launcher
        arguments = ["--Session.packer=kernel_messages.pack"] if is_packed else []
        code = _IMPORTS + (_RELIABLE if request.launcher else "") + _PAPERMILL
        start, rest = [sys.executable, "-c", code, mark], ["{folder}", *arguments]
        argv = [*start, *map(str, writers), *rest]
        with (request.folder / _PROCESS_STDERR).open("wb") as process_stderr:
            if request.zygote:
                errors = process_stderr.fileno()
                forked = _fork(request, [*start, "1", "3", *rest], (writers[0], errors, writers[1]))
                if forked is not None:
                    return forked
            return subprocess.Popen(  # noqa: S603 - our own Python; the notebook is data to it
                _command(request, argv),
                cwd=request.folder / WORKING,
                env=request.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=process_stderr,
                pass_fds=writers,
            )
    finally:
        for writer in writers:
            os.close(writer)


def _fork(request: Request, argv: list[str], streams: tuple[int, ...]) -> ForkedRun | None:
    """Let the zygote start a program with these streams from 1 on; return None if it cannot."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    try:
        launch = {**request.launch, "argv": argv}
        return fork(request.launcher, request.zygote, launch, (nothing, *streams))
    finally:
        os.close(nothing)


def _command(request: Request, argv: list[str]) -> list[str]:
    """Return the command line that starts a program, with the launcher if there is one.

    Side effects: writes the request of the launcher.
    """
    if request.launcher:
        path = request.folder / _LAUNCH
        path.write_text(json.dumps({**request.launch, "argv": argv}), encoding="utf-8")
        return [sys.executable, "-I", request.launcher, str(path)]
    places = {
        "{folder}": str(request.folder), "{kaggle}": str(request.folder / "world"),
        "{python}": sys.executable,
    }  # fmt: skip
    for name, seen in places.items():
        argv = [text.replace(name, seen) for text in argv]
    return argv


def _follow(
    child: subprocess.Popen[bytes] | ForkedRun,
    pipes: list[Pipe],
    lifeline: int,
    log: SessionLog,
    until: float,
) -> bool:
    """Log the child's output until it ends; return False if the lifeline or the time ends first."""
    with selectors.SelectSelector() as selector:
        selector.register(lifeline, selectors.EVENT_READ)
        for pipe in pipes:
            selector.register(pipe.reader, selectors.EVENT_READ, pipe.stream)
        # Not until the pipes end: a background process may keep them open.
        while child.poll() is None:
            if time.monotonic() >= until:
                return False
            for key, _ in selector.select(_TICK):
                data = os.read(key.fd, _CHUNK)
                if key.data:
                    log.feed(key.data, data)
                elif not data:
                    return False
                if not data:
                    selector.unregister(key.fd)
    return True


def _drain(pipes: list[Pipe], log: SessionLog) -> None:
    """Log the rest of the output in the pipes, after all writers have ended."""
    deadline = time.monotonic() + _DRAIN_TIMEOUT
    for pipe in pipes:
        os.set_blocking(pipe.reader, False)
        with contextlib.suppress(BlockingIOError):
            # Bounded: a process that escaped the kill may go on writing.
            while time.monotonic() < deadline and (data := os.read(pipe.reader, _CHUNK)):
                log.feed(pipe.stream, data)


def _convert(request: Request, log: SessionLog) -> None:
    """Write the lines that nbconvert writes on Kaggle at the end of every notebook.

    The sizes in bytes are real. The page holds only a title and a link: nbconvert is not installed.
    """
    notebook = request.folder / NOTEBOOK
    page = _HTML.format(title=_escaped(request.title), notebook=NOTEBOOK).encode()
    log.write_line(f"[NbConvertApp] Converting notebook {NOTEBOOK} to notebook")
    log.write_line(f"[NbConvertApp] Writing {notebook.stat().st_size} bytes to {NOTEBOOK}")
    log.write_line(f"[NbConvertApp] Converting notebook {NOTEBOOK} to html")
    log.write_line(
        f"[NbConvertApp] Writing {(request.folder / RESULTS).write_bytes(page)} bytes to {RESULTS}"
    )


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _failure(request: Request, code: int, log: SessionLog) -> str:
    """Return the reason of a failure: the cell's error, else the last line of stderr."""
    error = None
    if request.kernel_type == "notebook":
        error = _cell_error(request.folder / NOTEBOOK)
        if error is None:  # the process itself failed: its kernel crashed, for example
            error = log.last_error
            log.feed("stderr", (request.folder / _PROCESS_STDERR).read_bytes()[-_CHUNK:])
    number = -code if code < 0 else code - _SIGNALS
    if not error and 0 < number <= _MOST_SIGNALS:
        error = f"The session's process was ended by signal {number}."
    error = error or log.last_error or f"The session's process ended with exit code {code}."
    return error.replace(str(request.folder / "world"), str(WORLD))[:_MESSAGE_LENGTH]


def _cell_error(notebook: Path) -> str | None:
    try:
        cells = json.loads(notebook.read_bytes())["cells"]
    except (OSError, ValueError):  # incomplete, because the disk was full
        return None
    outputs: list[dict[str, Any]] = [out for cell in cells for out in cell.get("outputs", ())]
    for output in outputs:
        if output["output_type"] == "error":
            return f"{output['ename']}: {output['evalue']}".removesuffix(": ")
    return None


def _keep_fonts(request: Request) -> None:
    """Keep the lists of fonts that matplotlib has made for later runs; it takes seconds to."""
    cache = Path(request.launch.get("fonts", request.folder))
    for file in (request.folder / "home" / ".cache" / "matplotlib").glob(FONTS):
        kept, is_file = cache / file.name, file.is_file() and not file.is_symlink()
        if is_file and not kept.exists() and file.stat().st_size <= _MOST_FONTS:
            cache.mkdir(parents=True, exist_ok=True)
            part = kept.with_name(f".{kept.name}-{os.getpid()}")
            shutil.copyfile(file, part)
            part.replace(kept)


def _remove_temporary(folder: Path) -> None:
    """Delete the folders that a session no longer needs."""
    for leftover in (folder / "home", folder / "layer", folder / "world" / "temp"):
        shutil.rmtree(leftover, ignore_errors=True)


def main(arguments: list[str]) -> int:
    """Run the session that a request file describes, and return the exit code."""
    become_subreaper()
    fields = json.loads(Path(arguments[0]).read_bytes())
    request = Request(**{**fields, "folder": Path(fields["folder"])})
    try:
        ended = run_session(request, sys.stdin.fileno())
    except OSError as error:
        ended = Ended(f"{type(error).__name__}: {error}")
    with contextlib.suppress(OSError):
        _keep_fonts(request)
    _remove_temporary(request.folder)
    result = {"failureMessage": ended.failure, "isFinished": ended.is_finished}
    sys.stdout.write(json.dumps(result) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
