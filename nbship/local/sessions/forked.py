"""A run that the zygote of the server has forked, in place of a process that the runner starts.

Side effects: asks for a process, and ends it.
"""

import contextlib
import importlib
import json
import os
import select
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_LONGEST = 4096  # bytes of what the zygote tells
_PATIENCE = 10.0  # seconds for a world to end when it is asked to
_KILLED = 128 + signal.SIGKILL  # the exit code of a program whose world has vanished


class ForkedRun:
    """A run in a world of its own, with the part of ``subprocess.Popen`` that the runner needs."""

    def __init__(self, connection: socket.socket, process: int) -> None:
        """Take the connection to the world's first process, and the pidfd of that."""
        self._connection, self._process = connection, process
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit code, None while the program runs."""
        if self.returncode is None and select.select([self._connection], [], [], 0)[0]:
            told = self._connection.recv(_LONGEST)
            self.returncode = json.loads(told)["code"] if told else _KILLED
        return self.returncode

    def wait(self) -> int:
        """End what is left of the world, and return the exit code."""
        with contextlib.suppress(OSError):  # it has ended
            self._connection.shutdown(socket.SHUT_WR)
        if not select.select([self._process], [], [], _PATIENCE)[0]:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._process, signal.SIGKILL)
        code = self.poll()
        self._connection.close()
        os.close(self._process)
        return _KILLED if code is None else code


def fork(
    launcher: str, zygote: str, request: Mapping[str, Any], streams: Sequence[int]
) -> ForkedRun | None:
    """Let the zygote run the program of a launcher's request; return None if it cannot.

    ``streams`` are the program's standard input, output and error, and a fourth one.
    """
    folder = str(Path(launcher).parent)
    if folder not in sys.path:
        sys.path.append(folder)  # stand-alone programs, which import each other by their names
    shim: Any = importlib.import_module("launcher")
    client: Any = importlib.import_module("zygote_client")
    world = shim.prepare(shim.Request(**request))
    try:
        connection, process = client.begin(zygote, world, streams)
    except client.NotForkedError:
        return None
    return ForkedRun(connection, process)
