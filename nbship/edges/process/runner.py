"""Other programs. Only here is a process started; each has a deadline and its output is decoded.

Side effects: starts processes and ends them.
"""

import contextlib
import json
import select
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nbship.edges.process import supervisor
from nbship.edges.storage import files
from nbship.errors import WorkspaceError

_QUICK = 30.0  # seconds: for programs that answer at once unless something is wrong
_GRACE = 10.0  # seconds that the supervisor has beyond the deadline to end everything


@dataclass(frozen=True, slots=True)
class Finished:
    """A program that ran to its end."""

    code: int
    out: str
    err: str


def run(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    timeout: float = _QUICK,
) -> Finished:
    """Run a program that only answers a question, and return what it said.

    Raises:
        WorkspaceError: it is not installed, or gave no answer in ``timeout`` seconds.
    """
    try:
        with _says_what_failed(argv[0]):
            done = subprocess.run(
                argv, cwd=cwd, env=env, timeout=timeout, capture_output=True, check=False,
                stdin=subprocess.DEVNULL,
            )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise WorkspaceError(f"{argv[0]} gave no answer in {timeout:.0f} s") from None
    return Finished(
        done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    )


def exchange(
    argv: Sequence[str], given: bytes, *, cwd: Path, env: Mapping[str, str], timeout: float = _QUICK
) -> bytes | None:
    """Run a program that answers on its standard input; return the bytes, or None if it fails.

    Raises:
        WorkspaceError: it is not installed, or gave no answer in ``timeout`` seconds.
    """
    try:
        with _says_what_failed(argv[0]):
            done = subprocess.run(
                argv, cwd=cwd, env=env, timeout=timeout, capture_output=True, check=False,
                input=given,
            )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise WorkspaceError(f"{argv[0]} gave no answer in {timeout:.0f} s") from None
    return done.stdout if done.returncode == 0 else None


def run_supervised(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    timeout: float,
    on_line: Callable[[str], None],
    errors: Path | None,
) -> int | None:
    """Run a program with everything it starts; pass on its output line by line.

    Its error output goes into the file ``errors``, or without one among the rest.

    Returns its exit code, or None when ``timeout`` seconds were not enough. Nothing that it
    started is alive afterwards, also when this process is killed.
    """
    request = json.dumps({"argv": list(argv), "timeout": timeout})
    with files.open_log(errors) if errors else contextlib.nullcontext(subprocess.STDOUT) as log:
        child = subprocess.Popen(
            [sys.executable, "-I", supervisor.__file__, request],
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            # Ctrl-C is for this process, which then closes the supervisor's standard input.
            start_new_session=True,
        )
    try:
        for line in child.stdout or ():
            on_line(line.decode(errors="replace").rstrip("\n"))
        code = child.wait(_GRACE)
    except BaseException:
        _end(child)
        raise
    _end(child)
    return None if code == supervisor.TIMED_OUT else code


def start_child(argv: Sequence[str], *, cwd: Path, log: Path) -> "ChildProcess":
    """Start a program that ends by itself when its standard input closes.

    Its first line of output is waited for; its error output goes into ``log``.

    Raises:
        WorkspaceError: it is not installed, ended without saying that it is ready, or said nothing.
    """
    with files.open_log(log) as errors, _says_what_failed(argv[0]):
        child = subprocess.Popen(
            argv, cwd=cwd, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
            start_new_session=True,
        )  # fmt: skip
    line = b""
    if child.stdout and select.select([child.stdout], [], [], _QUICK)[0]:
        line = child.stdout.readline()
    first = line.decode(errors="replace").strip()
    if not first:
        _end(child)
        said = log.read_text(errors="replace").strip().splitlines()
        why = said[-1] if said else "no word why"
        raise WorkspaceError(f"{' '.join(argv[:3])} did not start: {why}")
    return ChildProcess(child, first)


@dataclass(frozen=True, slots=True)
class ChildProcess:
    """A program that lives as long as this holds its standard input open."""

    child: "subprocess.Popen[bytes]"
    first_line: str

    def close(self, timeout: float) -> bool:
        """Close its standard input; tell whether it ended within ``timeout`` seconds."""
        if self.child.stdin:
            self.child.stdin.close()
        try:
            self.child.wait(timeout)
        except subprocess.TimeoutExpired:
            return False
        _close(self.child)
        return True

    def stop(self) -> None:
        """End it now: ask it to, and kill it where it does not."""
        self.child.terminate()
        _end(self.child)


def _end(child: "subprocess.Popen[bytes]") -> None:
    """Close a program's standard input and wait for its end; kill it where it lingers."""
    if child.stdin:
        child.stdin.close()
    try:
        child.wait(_GRACE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    _close(child)


def _close(child: "subprocess.Popen[bytes]") -> None:
    if child.stdout:
        child.stdout.close()


@contextlib.contextmanager
def _says_what_failed(program: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        # The folder to run it in may be what is missing.
        if error.filename == program:
            raise WorkspaceError(f"{program} is not installed") from None
        raise WorkspaceError(f"{program} cannot be run: {error.strerror}") from None
    except OSError as error:
        raise WorkspaceError(f"{program} cannot be run: {error.strerror}") from None
