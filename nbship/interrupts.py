"""Ctrl-C before a command can handle it, such as during an import: one line, and exit code 130.

The entry points import this module first. It imports nothing of nbship, so that nothing can be
interrupted before it is there.

Side effects: its import replaces Python's function for errors that nobody handles.
"""

import os
import sys
from types import TracebackType

INTERRUPTED = 130  # what a shell calls a program that Ctrl-C ended
KEPT = "finished work is kept; run the command again"


def _end(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    """End the process on Ctrl-C; pass every other error on to Python."""
    if not issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, traceback)
        return
    sys.stderr.write(f"interrupted: {KEPT}\n")
    sys.stderr.flush()
    sys.stdout.flush()
    # Python would end itself by the signal, and print what other code does at the exit.
    os._exit(INTERRUPTED)


sys.excepthook = _end
