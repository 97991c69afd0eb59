"""The console: the only module that prints, and the only one that checks for a terminal."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, TextIO

from nbship.core.terminal.flood import left_out
from nbship.core.terminal.look import Look, file_address, linked, look_of, styled
from nbship.core.terminal.status import VERB_WIDTH
from nbship.core.terminal.volume import Volume, volume_of
from nbship.diagnostics import shown_name
from nbship.errors import Interrupted, NbshipError, RunFailed, SmokeError
from nbship.interrupts import KEPT
from nbship.model.workspace import Meaning

if TYPE_CHECKING:
    from nbship.diagnostics import Diagnostic
    from nbship.frontends.terminal.live_line import LiveLine, Step


class Console:
    """The Report of the command line: steps and notices to stdout, errors to stderr."""

    def __init__(self) -> None:
        """Start without a step at work."""
        self.root = ""  # the absolute path of the workspace, for links; "" while it is not known
        self._volume: Volume | None = None
        self._live: LiveLine | None = None
        self._told: set[Diagnostic] = set()  # the errors that were printed
        self._own = ""  # the notebook of this process, where doit runs several at the same time
        self._turn = threading.RLock()  # several threads print

    @property
    def volume(self) -> Volume:
        """How much is printed: what the command line says, or the environment.

        Raises:
            WorkspaceError: the environment says neither.
        """
        if self._volume is None:
            self._volume = volume_of(os.environ)
        return self._volume

    @volume.setter
    def volume(self, volume: Volume) -> None:
        self._volume = volume

    def step(
        self,
        verb: str,
        name: str,
        text: str,
        meaning: Meaning = "plain",
        *,
        file: str = "",
        address: str = "",
    ) -> None:
        """Print one aligned line: the verb, the notebook and the result, coloured by meaning."""
        shown = linked(_shown(text, meaning, sys.stdout), address, _look(sys.stdout))
        made = f"  {self._file(file, file, sys.stdout)}" if file else ""
        self._print(f"{verb:<{VERB_WIDTH}} {name}  {shown}{made}")

    def more(self, text: str, *, name: str = "") -> None:
        """Print a line that continues the step above, aligned with it; not if quiet.

        Where several notebooks are at work, the line has the name of its own in place of a verb.
        """
        if self.volume != "quiet":
            self._print(f"{shown_name(name):<{VERB_WIDTH}} {text}")

    def notice(self, text: str, *, is_last: bool = False, name: str = "") -> None:
        """Print information that is neither a result nor a problem; if quiet, only the last."""
        if self.volume != "quiet" or is_last:
            before = f"{shown_name(name)}: " if name and not text.startswith(f"{name}:") else ""
            self._print(f"{'note':<{VERB_WIDTH}} {before}{text}")

    def log(self, text: str, written: float | None = None, *, name: str = "") -> None:
        """Print a line of the notebook's output, marked with a bar.

        A terminal gets the first and last lines of each part, unless all are asked for; the log of
        the step has all of them. If quiet, none is printed. Where several notebooks are at work,
        the name of its own is in front.
        """
        name = name or self._own
        if self.volume == "quiet":
            return
        step = self._step
        is_all = self.volume == "verbose"
        if step is not None and step.flood.is_over(written):
            self._end_flood(step)
        if step is not None:
            step.front = name
        if step is None or not step.log or is_all or step.flood.feed(text):
            self._print(_log_line(text, name=name))
        elif self._live:
            self._live.show(text)

    @contextmanager
    def working(self, verb: str, name: str, state: str = "", log: str = "") -> Iterator[None]:
        """Show on a terminal what a step is doing, if the block takes more than a second.

        ``log`` is the file with the whole output of the notebook, "" if there is none.
        """
        live = self._live_line()
        if live is None:
            before = self._own
            self._own = (name or before) if is_worker() else ""
            try:
                yield
            finally:
                self._own = before
            return
        step = live.begin(verb, shown_name(name), state, log)
        try:
            yield
        finally:
            self._end_flood(step)
            live.end(step)

    def cell(self, number: int, total: int) -> None:
        """Show that the next cell of the notebook at work runs; only on a terminal."""
        step = self._step
        if self._live and step:
            self._end_flood(step)
            step.output = ""
            self._live.change(f"cell {number}/{total}")

    def progress(self, text: str) -> None:
        """Show the state of the step at work; only on a terminal."""
        if self._live:
            self._live.change(text)

    def line(self, text: str, meaning: Meaning = "plain") -> None:
        """Print a line without a prefix, coloured by ``meaning``."""
        self._print(_shown(text, meaning, sys.stdout))

    def ask(self, question: str) -> str | None:
        """Return a person's answer, None where nobody can answer: without a terminal."""
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            return None
        with self._above():
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
        self._complain(self._placed(error), "error")
        for line in error.diagnostic.quote.splitlines():
            self._complain(f"    {line}")
        for hint in error.diagnostic.hints:
            self._complain(f"  → {hint}", "hint")
        if os.environ.get("GITHUB_ACTIONS") == "true" and isinstance(error, SmokeError | RunFailed):
            from nbship.core.checks.render import annotation

            self._print(annotation(error))

    def warning(self, text: str) -> None:
        """Print a problem to stderr, because a program may read stdout."""
        self._complain(f"{'warning':<{VERB_WIDTH}} {text}", "warning")

    def interrupted(self, error: BaseException) -> None:
        """Print that Ctrl-C ended the command, and what has become of its work."""
        if self._live:
            self._live.close()  # threads may still be at work
        fate = str(error) if isinstance(error, Interrupted) else KEPT
        self._complain(f"interrupted: {fate}", "warning")

    def _print(self, text: str) -> None:
        with self._above():
            print(f"{text}\n", end="", flush=True)  # in one piece, also if Ctrl-C comes

    def _complain(self, text: str, meaning: Meaning = "plain") -> None:
        with self._above():
            print(f"{_shown(text, meaning, sys.stderr)}\n", end="", file=sys.stderr)

    def _placed(self, error: NbshipError) -> str:
        """Return the first line of an error, whose place is a link to the file where possible."""
        text, place = str(error), error.diagnostic.place
        if not place.path or not text.startswith(str(place)):
            return text
        shown = self._file(str(place), place.path, sys.stderr)
        return f"{shown}{text.removeprefix(str(place))}"

    def _file(self, text: str, path: str, stream: TextIO) -> str:
        """Return a text as a link to a file of the workspace, where links are shown."""
        return linked(text, file_address(f"{self.root}/{path}") if self.root else "", _look(stream))

    def _above(self) -> AbstractContextManager[None]:
        return self._live.above() if self._live else self._in_turn()

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        with self._turn:
            yield

    @property
    def _step(self) -> "Step | None":
        return self._live.step if self._live else None

    def _live_line(self) -> "LiveLine | None":
        """Return the live line, None where there is none: elsewhere than on a terminal."""
        if not _look(sys.stdout).redraws or is_worker():
            return None
        if self._live is None:
            from nbship.frontends.terminal.live_line import LiveLine

            self._live = LiveLine(
                lambda text: print(text, end="", flush=True), cuts=_look(sys.stdout).cuts
            )
        return self._live

    def _end_flood(self, step: "Step") -> None:
        """Print the last lines of a part that has ended, and how many lines are left out."""
        hidden, last = step.flood.end()
        if hidden:
            self._print(_log_line(left_out(hidden, step.log), "hint", name=step.front))
        for line in last:
            self._print(_log_line(line, name=step.front))


def _log_line(text: str, meaning: Meaning = "output", *, name: str = "") -> str:
    return _shown(f"{shown_name(name):<{VERB_WIDTH}} | {text}", meaning, sys.stdout)


def is_worker() -> bool:
    """Return whether this is one of doit's processes that work at the same time."""
    module = sys.modules.get("multiprocessing")  # a worker has it
    return module is not None and module.parent_process() is not None


def _look(stream: TextIO) -> Look:
    return look_of(os.environ, is_terminal=stream.isatty())


def _shown(text: str, meaning: Meaning, stream: TextIO) -> str:
    """Return a text as a stream shows its meaning."""
    return styled(text, meaning, _look(stream))
