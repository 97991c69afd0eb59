"""Programs that a zygote forks, each in a world that ends with it.

The first process of the world ends all others of it when the program ends, and when this process
does or asks for it. If that first process does not answer, it is killed, and the system ends the
others.

Side effects: asks for processes, and ends them.
"""

import contextlib
import os
import select
import signal
import socket
from collections.abc import Callable, Sequence
from typing import Self

from nbship.edges import clock
from nbship.edges.process.output import Ended, Output, Watch, pipe
from nbship.edges.storage import files

Begin = Callable[[Sequence[int]], tuple[socket.socket, int]]

_PATIENCE = 10.0  # seconds for a world to end when it is asked to
_KILLED = 128 + signal.SIGKILL  # the exit code of a program whose world has vanished


def run_forked(begin: Begin, watch: Watch) -> Ended:
    """Let a program begin, and pass each line of its output on.

    ``begin`` takes its standard input, output and error and the descriptor for its result, and
    returns the connection to its world, and the world's pidfd. When this returns, or when this
    process is killed, the whole world is ended.

    Raises:
        Interrupted: nobody waits for the program any more.
    """
    ends_at = clock.seconds() + watch.timeout
    with contextlib.ExitStack() as stack, contextlib.ExitStack() as writers:
        log = stack.enter_context(files.open_log(watch.errors)) if watch.errors else None
        nothing = os.open(os.devnull, os.O_RDONLY)
        writers.callback(os.close, nothing)
        lines, for_lines = pipe(stack, writers)
        result, for_result = pipe(stack, writers)
        connection, process = begin(
            (nothing, for_lines, log.fileno() if log else for_lines, for_result)
        )
        world = stack.enter_context(_World(connection, process))
        writers.close()
        output = stack.enter_context(
            contextlib.closing(Output(lines, connection.fileno(), result, watch))
        )
        is_late = not output.read(ends_at)
        if is_late:
            world.ask_to_end()
            if not output.read(clock.seconds() + _PATIENCE):
                world.kill()
        output.read_rest()
        ended = output.ended("")
        code = None if is_late else _KILLED if ended.code is None else ended.code
        return Ended(code, ended.result)


class _World:
    """The first process of a world; the end of the block is its end."""

    def __init__(self, connection: socket.socket, process: int) -> None:
        """Take the connection to the process, and its pidfd."""
        self._connection, self._process = connection, process

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.ask_to_end()
        if not self._has_ended():
            self.kill()
        self._connection.close()
        os.close(self._process)

    def ask_to_end(self) -> None:
        """Tell the world that nobody waits for it any more."""
        with contextlib.suppress(OSError):  # it has ended
            self._connection.shutdown(socket.SHUT_WR)

    def kill(self) -> None:
        """Kill it, which ends all other processes of its world."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._process, signal.SIGKILL)
        self._has_ended()

    def _has_ended(self) -> bool:
        return bool(select.select([self._process], [], [], _PATIENCE)[0])
