"""Programs that run beside a command, and end with it.

Side effects: starts processes, whose standard input ends when this process does; starts threads.
"""

import contextlib
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from nbship.edges.storage import files

_PATIENCE = 2.0  # seconds for the program to end by itself


@contextmanager
def running(
    argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], descriptor: int, errors: Path
) -> Iterator[IO[bytes]]:
    """Run a program for the duration of a block, which gets the other end of its standard input.

    The program inherits a descriptor. Its error output goes into the file ``errors``. At the end of
    the block its standard input is closed, which tells it to end; one that does not is killed.

    A program that asks Linux to be killed with its parent is killed when the thread ends that has
    started it (prctl(2)). So it has a thread of its own, which waits for its end.
    """
    started: Future[subprocess.Popen[bytes]] = Future()

    def run() -> None:
        try:
            with files.open_log(errors) as log:
                child = subprocess.Popen(
                    argv, cwd=cwd, env=env, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                    stderr=log, pass_fds=[descriptor],
                    start_new_session=True,  # Ctrl-C must reach this process only
                )  # fmt: skip
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
            started.set_exception(error)
        else:
            started.set_result(child)
            child.wait()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    child = started.result()
    assert child.stdin  # noqa: S101 - for mypy: it is a pipe
    try:
        yield child.stdin
    finally:
        with contextlib.suppress(BrokenPipeError):  # it has ended, and has not read all
            child.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_PATIENCE)
        child.kill()
        child.wait()
        thread.join()
