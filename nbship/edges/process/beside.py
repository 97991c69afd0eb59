"""Programs that run beside a command, and end with it.

Side effects: starts processes, whose standard input ends when this process does.
"""

import contextlib
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from nbship.edges.storage import files

_PATIENCE = 2.0  # seconds for the program to end by itself


@contextmanager
def running(
    argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], descriptor: int, errors: Path
) -> Iterator[None]:
    """Run a program for the duration of a block; it inherits a descriptor.

    Its error output goes into the file ``errors``. At the end of the block its standard input is
    closed, which tells it to end; one that does not is killed.
    """
    with files.open_log(errors) as log:
        child = subprocess.Popen(
            argv, cwd=cwd, env=env, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=log,
            pass_fds=[descriptor],
            start_new_session=True,  # Ctrl-C must reach this process only
        )  # fmt: skip
    assert child.stdin  # noqa: S101 - for mypy: it is a pipe
    try:
        yield
    finally:
        child.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_PATIENCE)
        child.kill()
        child.wait()
