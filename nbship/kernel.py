"""The program of the kernelspec ``nbship``: ``python -P -m nbship.kernel -f CONNECTION_FILE``.

Jupyter starts it in the folder of a notebook. It starts the kernel of IPython in the world of a
rehearsal, passes on what it does not know, and ends with the kernel.

Side effects: handles SIGINT and SIGTERM.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nbship.core.workspace.editor_start import SESSION
from nbship.edges.process.become import end_with_parent
from nbship.edges.storage import state_files
from nbship.frontends.console import Console
from nbship.verbs.operations.editing.run_kernel import Start, run_kernel

_PARENT = "JPY_PARENT_PID"  # of the editor that wants the kernel to end with it
_TERMINATED = 128 + signal.SIGTERM


class _Log(Console):
    """The log of the editor, which has no live line even on a terminal: it is another program's."""

    @contextmanager
    def working(self, verb: str, name: str, state: str = "", log: str = "") -> Iterator[None]:
        """Show nothing."""
        del verb, name, state, log
        yield


def main(arguments: list[str]) -> int:
    """Run a kernel to its end, and return its exit code."""
    # A function and not SIG_IGN, which the kernel and its programs would inherit. An interrupt that
    # comes as a signal must not end this process.
    signal.signal(signal.SIGINT, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_TERMINATED))
    if _PARENT in os.environ:
        end_with_parent()
    log = _Log()
    state_files.listen(log.warning)
    start = Start(tuple(arguments), Path.cwd(), os.environ.get(SESSION, ""))
    return run_kernel(start, log)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
