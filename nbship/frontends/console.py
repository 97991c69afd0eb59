"""The console: the only module that prints, and the only one that checks for a terminal."""

import os
import shutil
import sys
import time
from typing import TYPE_CHECKING, Any

from nbship.errors import Interrupted, NbshipError, RunFailed, SmokeError
from nbship.interrupts import KEPT

if TYPE_CHECKING:
    from tqdm import tqdm

    from nbship.diagnostics import Diagnostic

_VERB_WIDTH = 8
_REDRAWN = 0.2  # seconds at least between two states of one line
_CLEARED = "\r\x1b[K"  # moves to the beginning of the line, and erases the line


class Console:
    """The Report of the command line: steps and notices to stdout, errors to stderr."""

    def __init__(self, redraw: float = _REDRAWN) -> None:
        """Start without a progress bar; a bar is redrawn every ``redraw`` seconds at most."""
        self._redraw = redraw
        self._state = ""  # the progress bar on the last line of the terminal
        self._drawn = float("-inf")  # the time of the last redraw, on the monotonic clock
        self._bar: tqdm[Any] | None = None
        self._told: set[Diagnostic] = set()  # the errors that were printed

    def step(self, verb: str, name: str, text: str) -> None:
        """Print one aligned line: the verb, the notebook and the result."""
        self._print(f"{verb:<{_VERB_WIDTH}} {name}  {text}")

    def more(self, text: str) -> None:
        """Print a line that continues the step above, aligned with it."""
        self._print(f"{'':<{_VERB_WIDTH}} {text}")

    def notice(self, text: str) -> None:
        """Print information that is neither a result nor a problem."""
        self._print(f"{'note':<{_VERB_WIDTH}} {text}")

    def log(self, text: str) -> None:
        """Print a line of the notebook's output, marked with a bar."""
        self._print(f"{'':<{_VERB_WIDTH}} | {text}")

    def progress(self, text: str) -> None:
        """Redraw the notebook's progress bar in place; only on a terminal.

        Calls within the redraw interval are ignored. An empty text removes the bar.
        """
        if not sys.stdout.isatty():
            return
        now = time.monotonic()
        if text and now - self._drawn < self._redraw:
            return
        self._drawn = now if text else float("-inf")
        self._state = ""
        if text:
            width = shutil.get_terminal_size().columns - _VERB_WIDTH - 4
            self._state = f"{'':<{_VERB_WIDTH}} | {text[:width]}"
        print(f"{_CLEARED}{self._state}", end="", flush=True)

    def received(self, name: str, size: int, total: int | None) -> None:
        """Show how many bytes of a file have arrived; only on a terminal.

        ``total`` is None if the size is unknown. The bar is removed when the file is complete.
        """
        if not sys.stdout.isatty():
            return
        if self._bar is not None and (size == total or self._bar.desc != name):
            self._bar.close()
            self._bar = None
        if size != total:
            if self._bar is None:
                from tqdm import tqdm

                self._bar = tqdm(
                    desc=name, total=total, unit="B", unit_scale=True, leave=False, file=sys.stdout
                )
            self._bar.update(size - self._bar.n)

    def line(self, text: str) -> None:
        """Print a line without a prefix."""
        self._print(text)

    def ask(self, question: str) -> str | None:
        """Return a person's answer, None where nobody can answer: without a terminal."""
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            return None
        return input(question)

    def raw(self, data: bytes) -> None:
        """Write bytes unchanged, regardless of the terminal's encoding."""
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()

    def error(self, error: NbshipError) -> None:
        """Print ``place: message``, the quoted source line if there is one, and the hints.

        An error that was printed before is not printed again: smoke meets those of build as well.

        In GitHub Actions, also print an annotation for a failed rehearsal or run.
        """
        if error.diagnostic in self._told:
            return
        self._told.add(error.diagnostic)
        self.progress("")
        print(error, file=sys.stderr)
        for line in error.diagnostic.quote.splitlines():
            print(f"    {line}", file=sys.stderr)
        for hint in error.diagnostic.hints:
            print(f"  → {hint}", file=sys.stderr)
        if os.environ.get("GITHUB_ACTIONS") == "true" and isinstance(error, SmokeError | RunFailed):
            from nbship.core.checks.render import annotation

            self._print(annotation(error))

    def warning(self, text: str) -> None:
        """Print a problem to stderr, because a program may read stdout."""
        print(f"{'warning':<{_VERB_WIDTH}} {text}", file=sys.stderr)

    def interrupted(self, error: BaseException) -> None:
        """Print that Ctrl-C ended the command, and what has become of its work."""
        self.progress("")
        fate = str(error) if isinstance(error, Interrupted) else KEPT
        print(f"interrupted: {fate}", file=sys.stderr)

    def _print(self, text: str) -> None:
        if self._state:  # the progress bar moves to the line below
            print(f"{_CLEARED}{text}\n{self._state}", end="", flush=True)
        else:
            print(text, flush=True)
