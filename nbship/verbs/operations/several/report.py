"""The report of one of several notebooks that are at work: its name is in each line.

After Ctrl-C it reports nothing more, and ends the thread that reports.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from nbship.errors import Interrupted
from nbship.model.workspace import Meaning, Report


@dataclass(slots=True)
class Turn:
    """The threads of one command that report one after the other, until it is over."""

    is_over: bool = False
    lock: threading.RLock = field(default_factory=threading.RLock)

    def end(self) -> None:
        """Let no thread report any more."""
        with self.lock:
            self.is_over = True


@dataclass(frozen=True, slots=True)
class OneOfSeveral:
    """The Report of one notebook; ``whole`` is that of the command."""

    whole: Report
    name: str
    turn: Turn

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
        """Report a step, which has the name of its notebook anyway."""
        with self._turn():
            self.whole.step(verb, name, text, meaning, file=file, address=address)

    def more(self, text: str, *, name: str = "") -> None:
        """Add a line with the name."""
        with self._turn():
            self.whole.more(text, name=name or self.name)

    def notice(self, text: str, *, name: str = "") -> None:
        """Report a fact with the name."""
        with self._turn():
            self.whole.notice(text, name=name or self.name)

    def log(self, text: str, written: float | None = None, *, name: str = "") -> None:
        """Show a line of the notebook's output with the name."""
        with self._turn():
            self.whole.log(text, written, name=name or self.name)

    @contextmanager
    def working(self, verb: str, name: str, state: str = "", log: str = "") -> Iterator[None]:
        """Show what a step is doing."""
        with self._turn():
            pass
        with self.whole.working(verb, name, state, log):
            yield

    def cell(self, number: int, total: int) -> None:
        """Tell that the next code cell runs."""
        with self._turn():
            self.whole.cell(number, total)

    def progress(self, text: str) -> None:
        """Show another state of the step."""
        with self._turn():
            self.whole.progress(text)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        with self.turn.lock:
            if self.turn.is_over:
                raise Interrupted
            yield
