"""How a program in a world asks for a forked kernel: over a socket that it inherits.

The zygote imports this module by the ``PYTHONPATH`` of a world, papermill's side from its package.
"""

import json
import os
import socket
from collections.abc import Mapping, Sequence
from typing import Any

DESCRIPTOR = "NBSHIP_FORK"  # the variable with the number of the socket; absent if nobody forks
MOST = 1 << 20  # bytes of a request


def can_fork() -> bool:
    """Return whether this process can ask for a forked kernel."""
    return DESCRIPTOR in os.environ


def ask(request: Mapping[str, Any], streams: Sequence[int]) -> int:
    """Ask for a kernel; return its process id.

    ``streams`` become its standard output and error; the exit code is written to the last one.

    Raises:
        OSError: the process that forks kernels has ended.
        ValueError: it has ended without an answer.
    """
    with socket.socket(fileno=os.dup(int(os.environ[DESCRIPTOR]))) as world:
        socket.send_fds(world, [json.dumps(request).encode()], [*streams])
        return int(world.recv(16))
