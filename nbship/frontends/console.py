"""What a person reads: the only place that prints, and the only one that knows of a terminal."""

import os
import shutil
import sys
import time
from typing import TYPE_CHECKING, Any

from nbship.errors import NbshipError, RunFailed, SmokeError

if TYPE_CHECKING:
    from tqdm import tqdm

_VERB_WIDTH = 8
_REDRAWN = 0.2  # seconds at least between two states of one line
_CLEARED = "\r\x1b[K"  # back to the line's beginning, and its rest erased


class Console:
    """The Report of the command line: steps and notices to stdout, errors to stderr."""

    def __init__(self, redraw: float = _REDRAWN) -> None:
        """Begin with an empty last line; a progress bar is redrawn after ``redraw`` seconds."""
        self._redraw = redraw
        self._state = ""  # what stands on the terminal's last line, and will be overwritten
        self._drawn = float("-inf")  # when, by a clock that only grows
        self._bar: tqdm[Any] | None = None

    def step(self, verb: str, name: str, text: str) -> None:
        """Print one aligned line: what was done, to which notebook, and how it went."""
        self._print(f"{verb:<{_VERB_WIDTH}} {name}  {text}")

    def more(self, text: str) -> None:
        """Print a line below the step before, in its column."""
        self._print(f"{'':<{_VERB_WIDTH}} {text}")

    def notice(self, text: str) -> None:
        """Print something worth knowing."""
        self._print(f"{'note':<{_VERB_WIDTH}} {text}")

    def log(self, text: str) -> None:
        """Print a line of a notebook's own output, set off from ours."""
        self._print(f"{'':<{_VERB_WIDTH}} | {text}")

    def progress(self, text: str) -> None:
        """Redraw a notebook's progress bar in place, some times a second; only on a terminal."""
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
        """Show how much of a file has come; only on a terminal."""
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
        """Print a line as it is."""
        self._print(text)

    def raw(self, data: bytes) -> None:
        """Write bytes as they are, whatever the terminal's encoding."""
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()

    def error(self, error: NbshipError) -> None:
        """Print ``place: message``, the source line if there is one, and what to do next.

        On GitHub a failed run is shown at its line of a review as well.
        """
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
        """Print something that is not well, beside what others may read from stdout."""
        print(f"{'warning':<{_VERB_WIDTH}} {text}", file=sys.stderr)

    def interrupted(self) -> None:
        """Print that Ctrl-C was heard; what was done is recorded."""
        self.progress("")
        print("interrupted: what was done until now is kept; run it again", file=sys.stderr)

    def _print(self, text: str) -> None:
        if self._state:  # it makes way, and is there again below
            print(f"{_CLEARED}{text}\n{self._state}", end="", flush=True)
        else:
            print(text, flush=True)
