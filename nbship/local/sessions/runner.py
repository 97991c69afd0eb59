"""Run one session, in a process of its own: start the kernel's code, keep its log, end it all.

``python -m nbship.local.sessions.runner REQUEST.json``. Standard input is the lifeline: at its end
(the server closed it, or died) the session is over and everything that it started is killed.
The last word is one line of JSON on standard output: {"failureMessage": null or why the code
failed}.

Side effects: processes, and files below the run's folder.
"""

import contextlib
import json
import os
import secrets
import selectors
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from nbship.local.sessions.log import Event, Lines, render_event
from nbship.local.sessions.processes import become_subreaper, end_descendants

EVENTS = "events.jsonl"
NOTEBOOK = "__notebook__.ipynb"
RESULTS = "__results__.html"
WORKING = Path("world", "working")
SCRIPT = Path("world", "src", "script.py")

# Kaggle runs a notebook in this way too, which is why a failure's traceback starts in "<string>".
# After each cell a mark goes down both streams: there a line without a newline ends. The streams
# are pipes of their own, because ipykernel repeats on the standard ones, which it inherits, what
# it has sent to papermill already.
_PAPERMILL = (
    # JupyterLab brings rfc3987_syntax, which takes three seconds of an import that can do without.
    "import sys; sys.modules['rfc3987_syntax'] = None; import papermill; "
    "mark, *pipes = sys.argv[1:]; "
    "sys.stdout, sys.stderr = (open(int(pipe), 'w', buffering=1) for pipe in pipes); "
    "papermill.execute_notebook("
    f"{NOTEBOOK!r}, {NOTEBOOK!r}, cwd={str(WORKING)!r}, progress_bar=False, "
    "stdout_file=sys.stdout, stderr_file=sys.stderr, on_cell_executed=lambda **_: "
    "[print(mark, end='', file=pipe, flush=True) for pipe in (sys.stdout, sys.stderr)])"
)
_LAST_WORDS = "last-words.txt"  # what the kernel's process says where no cell can show it
_HTML = (
    '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>\n'
    '<body><a href="{notebook}">{notebook}</a></body></html>\n'
)
_CHUNK = 65536
_TICK = 0.05
_DRAIN = 1.0
_MESSAGE_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Request:
    """What to run, where, and with which environment."""

    folder: Path
    kernel_type: str
    title: str
    environment: dict[str, str]


class Pipe(NamedTuple):
    """One stream of output: its name, and the two ends of its pipe."""

    stream: str
    reader: int
    writer: int


class SessionLog:
    """The event file of a session that runs."""

    def __init__(self, path: Path, mark: str) -> None:
        # Unbuffered: what was written is there for the reader, whatever becomes of this process.
        self._file = path.open("ab", buffering=0)
        self._lines = {"stdout": Lines(mark), "stderr": Lines(mark)}
        self._start = time.perf_counter()
        self.last_error = ""

    def feed(self, stream: str, data: bytes) -> None:
        """Take output as it comes."""
        self._write(stream, self._lines[stream].feed(data))

    def say(self, text: str) -> None:
        """Write a line of the session's own."""
        self.feed("stderr", f"{text}\n".encode())

    def close(self) -> None:
        """Write what never got its newline, and close the file."""
        with self._file:
            for stream, lines in self._lines.items():
                self._write(stream, lines.rest())

    def _write(self, stream: str, lines: Iterator[str]) -> None:
        for line in lines:
            moment = round(time.perf_counter() - self._start, 9)
            event = f"{render_event(Event(stream, moment, line))}\n".encode()
            while event:  # a disk that fills up takes a part, and refuses the rest
                event = event[self._file.write(event) :]
            if stream == "stderr" and line.strip():
                self.last_error = line.strip()


def run_session(request: Request, lifeline: int) -> str | None:
    """Run the kernel's code to its end, or to the lifeline's; return why it failed."""
    mark = f"\x1e{secrets.token_hex(16)}"
    log = SessionLog(request.folder / EVENTS, mark)
    with contextlib.closing(log), _short_temp(request), _pipes() as pipes:
        child = _start(request, pipes, mark)
        try:
            finished = _follow(child, pipes, lifeline, log)
        finally:
            end_descendants(os.getpid())
            child.wait()
        _drain(pipes, log)
        if not finished:
            return None
        failure = _failure(request, child.returncode, log) if child.returncode else None
        if request.kernel_type == "notebook":
            _convert(request, log)
        return failure


@contextlib.contextmanager
def _short_temp(request: Request) -> Iterator[None]:
    """Give the run's temp folder a short name: a socket's path has room for some 100 letters."""
    link = Path(request.environment["TMPDIR"])
    link.symlink_to(request.folder / "world" / "temp")
    try:
        yield
    finally:
        link.unlink(missing_ok=True)


@contextlib.contextmanager
def _pipes() -> Iterator[list[Pipe]]:
    """Make the pipes for the two streams of output."""
    pipes = [Pipe(stream, *os.pipe()) for stream in ("stdout", "stderr")]
    try:
        yield pipes
    finally:
        for pipe in pipes:
            os.close(pipe.reader)


def _start(request: Request, pipes: list[Pipe], mark: str) -> subprocess.Popen[bytes]:
    """Start the code with the writing ends of the pipes, which are then the code's alone."""
    writers = [pipe.writer for pipe in pipes]
    try:
        if request.kernel_type == "script":
            return subprocess.Popen(  # noqa: S603 - our own Python; running the script is our task
                [sys.executable, "-u", str(request.folder / SCRIPT)],
                cwd=request.folder / WORKING,
                env=request.environment,
                stdin=subprocess.DEVNULL,
                stdout=writers[0],
                stderr=writers[1],
            )
        with (request.folder / _LAST_WORDS).open("wb") as last_words:
            return subprocess.Popen(  # noqa: S603 - our own Python; the notebook is data to it
                [sys.executable, "-c", _PAPERMILL, mark, *map(str, writers)],
                cwd=request.folder,
                env=request.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=last_words,
                pass_fds=writers,
            )
    finally:
        for writer in writers:
            os.close(writer)


def _follow(
    child: subprocess.Popen[bytes], pipes: list[Pipe], lifeline: int, log: SessionLog
) -> bool:
    """Log the child's output until it ends; False when the lifeline ended before it did."""
    with selectors.SelectSelector() as selector:
        selector.register(lifeline, selectors.EVENT_READ)
        for pipe in pipes:
            selector.register(pipe.reader, selectors.EVENT_READ, pipe.stream)
        # Not "until the pipes end": something left in the background may hold them open.
        while child.poll() is None:
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
    """Log what still stands in the pipes, when all who could write to them are gone."""
    deadline = time.monotonic() + _DRAIN
    for pipe in pipes:
        os.set_blocking(pipe.reader, False)
        with contextlib.suppress(BlockingIOError):
            # Bounded, for what has escaped from us and goes on writing.
            while time.monotonic() < deadline and (data := os.read(pipe.reader, _CHUNK)):
                log.feed(pipe.stream, data)


def _convert(request: Request, log: SessionLog) -> None:
    """Say what Kaggle says at the end of every notebook.

    The bytes are real; the page is a title and a link, because nbconvert is not here.
    """
    notebook = request.folder / NOTEBOOK
    page = _HTML.format(title=_escaped(request.title), notebook=NOTEBOOK).encode()
    log.say(f"[NbConvertApp] Converting notebook {NOTEBOOK} to notebook")
    log.say(f"[NbConvertApp] Writing {notebook.stat().st_size} bytes to {NOTEBOOK}")
    log.say(f"[NbConvertApp] Converting notebook {NOTEBOOK} to html")
    log.say(
        f"[NbConvertApp] Writing {(request.folder / RESULTS).write_bytes(page)} bytes to {RESULTS}"
    )


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _failure(request: Request, code: int, log: SessionLog) -> str:
    """Return in a line why the code failed: the notebook's own error, else the last words."""
    error = None
    if request.kernel_type == "notebook":
        error = _cell_error(request.folder / NOTEBOOK)
        if error is None:  # nothing but the process can tell: of a crash, for instance
            error = log.last_error
            log.feed("stderr", (request.folder / _LAST_WORDS).read_bytes()[-_CHUNK:])
    if not error and code < 0:
        error = f"The session's process was ended by signal {-code}."
    error = error or log.last_error or f"The session's process ended with exit code {code}."
    return error[:_MESSAGE_LENGTH]


def _cell_error(notebook: Path) -> str | None:
    try:
        cells = json.loads(notebook.read_bytes())["cells"]
    except (OSError, ValueError):  # half written, when the disk was full
        return None
    outputs: list[dict[str, Any]] = [out for cell in cells for out in cell.get("outputs", ())]
    for output in outputs:
        if output["output_type"] == "error":
            return f"{output['ename']}: {output['evalue']}".removesuffix(": ")
    return None


def _tidy(folder: Path) -> None:
    """Free the space of what ends with a session."""
    for leftover in (folder / "home", folder / "world" / "temp"):
        shutil.rmtree(leftover, ignore_errors=True)


def main(arguments: list[str]) -> int:
    """Run the session that a request file describes."""
    become_subreaper()
    fields = json.loads(Path(arguments[0]).read_bytes())
    request = Request(**{**fields, "folder": Path(fields["folder"])})
    try:
        failure = run_session(request, sys.stdin.fileno())
    except OSError as error:
        failure = f"{type(error).__name__}: {error}"
    _tidy(request.folder)
    sys.stdout.write(json.dumps({"failureMessage": failure}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
