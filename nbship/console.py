"""What a person reads: the only place that prints, and the only one that knows of a terminal."""

import os
import sys

from nbship.errors import NbshipError, RunFailed, SmokeError

_VERB_WIDTH = 8


class Console:
    """The Report of the command line: steps and notices to stdout, errors to stderr."""

    def step(self, verb: str, name: str, text: str) -> None:
        """Print one aligned line: what was done, to which notebook, and how it went."""
        self._print(f"{verb:<{_VERB_WIDTH}} {name}  {text}")

    def notice(self, text: str) -> None:
        """Print something worth knowing."""
        self._print(f"{'note':<{_VERB_WIDTH}} {text}")

    def log(self, text: str) -> None:
        """Print a line of a notebook's own output, set off from ours."""
        self._print(f"{'':<{_VERB_WIDTH}} | {text}")

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
        print(error, file=sys.stderr)
        for line in error.quote.splitlines():
            print(f"    {line}", file=sys.stderr)
        if error.hint:
            print(f"  → {error.hint}", file=sys.stderr)
        if os.environ.get("GITHUB_ACTIONS") == "true" and isinstance(error, SmokeError | RunFailed):
            from nbship.core.annotate import annotation

            self._print(annotation(error))

    def interrupted(self) -> None:
        """Print that Ctrl-C was heard; what was done is recorded."""
        print("interrupted: what was done until now is kept; run it again", file=sys.stderr)

    def _print(self, text: str) -> None:
        print(text, flush=True)
