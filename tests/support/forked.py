"""Programs of a test that need not import what is imported already: see ``fork_server``."""

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_SERVER = Path(__file__).with_name("fork_server.py")
_PROGRAMS = {str(Path(sys.executable).with_name(name)) for name in ("nbship", "kaggle")}
# A program for which one of these differs imports other modules, or sees other texts.
_AT_THE_START = ("PYTHON", "LANG", "LC_", "LD_", "TZ")
_ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if name != "PYTHONDONTWRITEBYTECODE" and not name.startswith("COVERAGE_")
}
_one_at_a_time = threading.Lock()


def run(
    argv: Sequence[str], folder: Path, environment: Mapping[str, str], timeout: float
) -> "subprocess.CompletedProcess[str]":
    """Run a program as ``subprocess.run`` does; nbship, doit and kaggle start by a fork.

    A program that has other variables of Python starts from its beginning.

    Raises:
        subprocess.TimeoutExpired: the program has not ended after ``timeout`` seconds.
    """
    arguments = _arguments(argv)
    if arguments and _starts_alike(environment) and _one_at_a_time.acquire(blocking=False):
        try:
            request = {
                "arguments": arguments,
                "folder": str(folder.resolve()),
                "environment": dict(environment),
            }
            return _server().run(argv, json.dumps(request), timeout)
        finally:
            _one_at_a_time.release()
    return subprocess.run(
        argv, cwd=folder, env=environment, capture_output=True, text=True, timeout=timeout,
        check=False,
    )  # fmt: skip


def _arguments(argv: Sequence[str]) -> list[str]:
    """Return the module or the path of a program, and its arguments; nothing if it is another."""
    if list(argv[:3]) == [sys.executable, "-m", "doit"]:
        return list(argv[2:])
    return list(argv) if argv[0] in _PROGRAMS else []


def _starts_alike(environment: Mapping[str, str]) -> bool:
    names = {name for name in (*environment, *_ENVIRONMENT) if name.startswith(_AT_THE_START)}
    return all(environment.get(name) == _ENVIRONMENT.get(name) for name in names)


@dataclass(frozen=True, slots=True)
class _Server:
    process: "subprocess.Popen[bytes]"
    connection: socket.socket

    def run(
        self, argv: Sequence[str], request: str, timeout: float
    ) -> "subprocess.CompletedProcess[str]":
        (out, to_out), (err, to_err) = os.pipe(), os.pipe()
        with (
            Path(os.devnull).open() as nothing,
            self.connection.makefile("r") as answers,
            ThreadPoolExecutor(2) as pool,
        ):
            streams = [nothing.fileno(), to_out, to_err]
            socket.send_fds(self.connection, [request.encode()], streams)
            os.close(to_out)
            os.close(to_err)
            texts = [pool.submit(_read, pipe) for pipe in (out, err)]
            child = int(answers.readline())
            self.connection.settimeout(timeout)
            try:
                code = int(answers.readline())
            except TimeoutError:
                os.kill(child, signal.SIGKILL)
                raise subprocess.TimeoutExpired(argv, timeout) from None
            finally:
                self.connection.settimeout(None)
            return subprocess.CompletedProcess(argv, code, *(text.result() for text in texts))

    def close(self) -> None:
        self.connection.close()
        self.process.wait()


def _read(pipe: int) -> str:
    with open(pipe, encoding="utf-8") as file:
        return file.read()


@cache
def _server() -> _Server:
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, _SERVER], stdin=theirs.fileno(), env=_ENVIRONMENT
        )
    server = _Server(process, ours)
    atexit.register(server.close)
    return server
