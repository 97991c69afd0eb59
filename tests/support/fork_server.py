"""The server that forks programs for tests: what they import is imported once, before the fork.

``forked`` starts it with a socket as its standard input. A request has the arguments, the folder
and the environment of a program, and its three standard streams. The server forks, the child goes
on as the program, and the server answers with the child's process number and then its exit code.
"""

import gc
import importlib
import json
import os
import pkgutil
import runpy
import socket
import sys
from pathlib import Path
from typing import Any

import coverage

import nbship
from nbship.lazy import FORMATS, excluding

_LIBRARIES = (
    "click",
    "coverage.control",
    "coverage.sqldata",
    "doit.doit_cmd",
    "jupytext",
    "kagglesdk",
    "nbformat",
    "psutil",
    "requests",
    "rich.console",
    "tenacity",
    "tomlkit",
    "yaml",
)
# They change the process that imports them, or run in other processes.
_NOT_HERE = ("nbship.tasks", "nbship.__main__", "nbship.shim", "nbship.local")
_MOST = 1 << 20  # bytes of a request
_STREAMS = 3


def main() -> None:
    """Serve until the other end of the socket is closed."""
    _import_all()
    connection = socket.socket(fileno=0)
    while True:
        text, streams, _, _ = socket.recv_fds(connection, _MOST, _STREAMS)
        if not text:
            return
        child = os.fork()
        if not child:
            break
        for stream in streams:
            os.close(stream)
        connection.sendall(b"%d\n" % child)
        _, status = os.waitpid(child, 0)
        connection.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
    connection.detach()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    _go_on_as(json.loads(text))


def _import_all() -> None:
    with excluding(*FORMATS):
        for name in _LIBRARIES:
            importlib.import_module(name)
    for module in pkgutil.walk_packages(nbship.__path__, "nbship."):
        if not module.name.startswith(_NOT_HERE):
            importlib.import_module(module.name)
    gc.collect()
    gc.freeze()  # a collection would touch all of it, and each child would need a copy


def _go_on_as(request: dict[str, Any]) -> None:
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    coverage.process_startup()  # if the tests are measured
    sys.argv = request["arguments"]
    program = sys.argv[0]
    if Path(program).is_absolute():
        sys.path[0] = str(Path(program).parent)
        runpy.run_path(program, run_name="__main__")
    else:
        sys.path[0] = request["folder"]
        runpy.run_module(program, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
