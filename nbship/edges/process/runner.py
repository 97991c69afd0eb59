"""Other programs, each with a deadline.

Side effects: starts processes and ends them.
"""

import contextlib
import select
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbship.edges.storage import files
from nbship.errors import WorkspaceError

_TIMEOUT = 30.0  # seconds: enough for a program that normally answers at once
_GRACE = 10.0  # seconds for a program to end by itself, before it is killed


@dataclass(frozen=True, slots=True)
class Finished:
    """The exit code and the decoded output of a program that has ended."""

    code: int
    out: str
    err: str


def run(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    data: bytes = b"",
    timeout: float = _TIMEOUT,
) -> Finished:
    """Run a program with ``data`` as its input (by default none), and return its result.

    Raises:
        WorkspaceError: the program is not installed, or did not end within ``timeout`` seconds.
    """
    result = _run(argv, data, cwd, env, timeout)
    return Finished(
        result.returncode,
        result.stdout.decode(errors="replace"),
        result.stderr.decode(errors="replace"),
    )


def exchange(
    argv: Sequence[str],
    data: bytes,
    *,
    cwd: Path,
    env: Mapping[str, str],
    timeout: float = _TIMEOUT,
) -> bytes | None:
    """Run a program with ``data`` as its input; return its output, or None if it fails.

    Raises:
        WorkspaceError: the program is not installed, or did not end within ``timeout`` seconds.
    """
    result = _run(argv, data, cwd, env, timeout)
    return result.stdout if result.returncode == 0 else None


def _run(
    argv: Sequence[str], data: bytes, cwd: Path, env: Mapping[str, str] | None, timeout: float
) -> "subprocess.CompletedProcess[bytes]":
    given: dict[str, Any] = {"input": data} if data else {"stdin": subprocess.DEVNULL}
    try:
        with _explain_start_errors(argv[0]):
            return subprocess.run(
                argv, cwd=cwd, env=env, timeout=timeout, capture_output=True, check=False, **given
            )
    except subprocess.TimeoutExpired:
        raise WorkspaceError(f"{argv[0]} did not answer within {timeout:.0f} s") from None


def start_child(
    argv: Sequence[str],
    *,
    cwd: Path,
    log: Path,
    env: Mapping[str, str] | None = None,
    what: str = "the program",
    timeout: float = _TIMEOUT,
    grace: float = _GRACE,
) -> "ChildProcess":
    """Start a program that ends when its standard input closes, and wait for its first line.

    The program has ``timeout`` seconds to print that line, and later ``grace`` seconds to end when
    it is asked to. Its error output goes into ``log``. Messages call it ``what``.

    Raises:
        WorkspaceError: the program is not installed, or it ended or timed out without a line; or
            the disk is full.
    """
    with files.open_log(log) as errors, _explain_start_errors(argv[0]):
        child = subprocess.Popen(
            argv, cwd=cwd, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
            start_new_session=True,
        )  # fmt: skip
    line = b""
    if child.stdout and select.select([child.stdout], [], [], timeout)[0]:
        line = child.stdout.readline()
    first_line = line.decode(errors="replace").strip()
    if not first_line:
        _end(child, grace)
        lines = log.read_text(errors="replace").strip().splitlines()
        if not lines:
            files.append_line(log, "no reason given\n")  # a full disk is the reason: this says so
        reason = lines[-1] if lines else "no reason given"
        raise WorkspaceError(f"{what} did not start: {reason}", hint=f"Its log: {log}")
    return ChildProcess(child, first_line, grace)


@dataclass(frozen=True, slots=True)
class ChildProcess:
    """A program that runs until its standard input is closed; ``grace`` is in seconds."""

    child: "subprocess.Popen[bytes]"
    first_line: str
    grace: float = _GRACE

    def close(self, timeout: float) -> bool:
        """Close its standard input; return whether it ended within ``timeout`` seconds."""
        if self.child.stdin:
            self.child.stdin.close()
        try:
            self.child.wait(timeout)
        except subprocess.TimeoutExpired:
            return False
        _close_output(self.child)
        return True

    def stop(self) -> None:
        """Terminate it, and kill it if it has not ended after the grace period."""
        self.child.terminate()
        _end(self.child, self.grace)


def _end(child: "subprocess.Popen[bytes]", grace: float) -> None:
    """Close a program's standard input, wait for its end, and kill it after ``grace`` seconds."""
    if child.stdin:
        child.stdin.close()
    try:
        child.wait(grace)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    _close_output(child)


def _close_output(child: "subprocess.Popen[bytes]") -> None:
    if child.stdout:
        child.stdout.close()


@contextlib.contextmanager
def _explain_start_errors(program: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        # The working folder may be missing instead of the program.
        if error.filename == program:
            raise WorkspaceError(f"{program} is not installed") from None
        raise WorkspaceError(f"{program} cannot be run: {error.strerror}") from None
    except OSError as error:
        raise WorkspaceError(f"{program} cannot be run: {error.strerror}") from None
