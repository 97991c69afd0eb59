"""The live line: the last line of a terminal, which says what a command is doing.

It is erased before anything else is printed and at the end of its step, and has no more than one
row, so that nothing of it stays on the screen. It does not hide the cursor: after a kill the
terminal works as before.

Side effects: a thread, while a step is at work; writes through the function of its caller.
"""

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from nbship.core.terminal.flood import Flood
from nbship.core.terminal.status import Status, rows, status_line

_PATIENCE = 1.0  # seconds: a step that takes less has no live line
_REDRAWN = 0.2  # seconds at least between two states of the line
_SPARE = 3  # columns: the terminal echoes "^C" behind the cursor, and wraps at the last column
_ERASED = "\r\x1b[J"  # the cursor moves to the beginning of the line; all from there is erased


@dataclass(eq=False, slots=True)
class Step:
    """A step at work. ``log`` is the file with its whole output, "" if there is none."""

    verb: str
    name: str
    state: str
    log: str
    began: float  # on the monotonic clock
    thread: int
    output: str = ""  # the latest line that is not printed
    front: str = ""  # the name in front of its lines, where several notebooks are at work
    flood: Flood = field(default_factory=Flood)


class LiveLine:
    """The steps at work, and the line that shows one of them."""

    def __init__(
        self,
        write: Callable[[str], object],
        *,
        patience: float = _PATIENCE,
        redraw: float = _REDRAWN,
        cuts: bool = False,
    ) -> None:
        """Start without a step; ``write`` prints a text on the terminal, as it is.

        ``cuts`` means that the terminal cuts a line when it becomes narrower, and does not wrap it.
        """
        self._cuts = cuts
        self._write, self._patience, self._redraw = write, patience, redraw
        self._lock = threading.RLock()
        self._steps: list[Step] = []
        self._shown = ""  # the line on the screen
        self._width = 0  # its columns, 0 if there is none
        self._drawn_at = float("-inf")
        self._thread: threading.Thread | None = None
        self._is_news = threading.Event()

    @property
    def step(self) -> Step | None:
        """The step that this thread has begun last and not ended."""
        mine = [step for step in self._steps if step.thread == threading.get_ident()]
        return mine[-1] if mine else None

    def begin(self, verb: str, name: str, state: str, log: str) -> Step:
        """Begin a step, which the line shows after a second; a part of it goes on with its time."""
        whole, began = self.step, time.monotonic()
        if whole is not None and (whole.verb, whole.name) == (verb, name):
            began = whole.began
        step = Step(verb, name, state, log, began, threading.get_ident())
        with self._lock:
            self._steps.append(step)
            if self._thread is None:
                self._thread = threading.Thread(target=self._keep_drawing, daemon=True)
                self._thread.start()
        return step

    def end(self, step: Step) -> None:
        """End a step, and erase the line."""
        with self._lock:
            if step in self._steps:
                self._steps.remove(step)
            self._erase()
            self._is_news.set()

    def close(self) -> None:
        """End all steps, also those of threads that go on, and erase the line."""
        with self._lock:
            self._steps.clear()
            self._erase()
            self._is_news.set()

    def change(self, state: str) -> None:
        """Show another state of this thread's step."""
        with self._lock:
            step = self.step
            if step is not None and step.state != state:
                step.state = state
                self._draw_in_time()

    def show(self, output: str) -> None:
        """Show a line of output of this thread's step that is not printed."""
        step = self.step
        if step is not None:
            step.output = output
            self._draw_in_time()

    @contextmanager
    def above(self) -> Iterator[None]:
        """Make place for what the block prints; the line is drawn again below it."""
        with self._lock:
            is_drawn = self._width > 0
            self._erase()
            yield
            if is_drawn:
                self._draw_in_time()

    def _keep_drawing(self) -> None:
        """Draw the line while there are steps: its time changes each second."""
        while True:
            self._is_news.wait(self._redraw)
            if self._due():
                from rich.text import Text  # noqa: F401 - the first import must hold no lock
            with self._lock:
                self._is_news.clear()
                if not self._steps:
                    self._thread = None
                    return
                self._draw()

    def _draw_in_time(self) -> None:
        """Draw the line, unless it was just drawn: the thread does so later."""
        if time.monotonic() - self._drawn_at >= self._redraw:
            with self._lock:
                self._draw()

    def _draw(self) -> None:
        from rich.text import Text

        step, now = self._due(), time.monotonic()
        if step is None or not _is_in_foreground():
            return
        columns = max(1, _columns() - _SPARE)
        status = Status(step.verb, step.name, step.state, step.output, now - step.began)
        text = Text(status_line(status, columns, lambda part: Text(part).cell_len))
        text.truncate(columns, overflow="ellipsis")
        if self._width and text.plain == self._shown:
            return
        self._erase()
        self._write(text.plain)
        self._shown, self._width, self._drawn_at = text.plain, text.cell_len, now

    def _due(self) -> Step | None:
        """Return the step to show: the last one that takes longer than the patience."""
        late = time.monotonic() - self._patience
        return next((step for step in reversed(self._steps) if step.began <= late), None)

    def _erase(self) -> None:
        if self._width and _is_in_foreground():
            # A terminal that became narrower has wrapped the line.
            wrapped = 0 if self._cuts else rows(self._width, _columns()) - 1
            up = f"\x1b[{wrapped}A" if wrapped else ""
            self._write(f"{up}{_ERASED}")
        self._width = 0


def _columns() -> int:
    """Return the width of the terminal now; a variable COLUMNS may be older."""
    try:
        return os.get_terminal_size(1).columns or shutil.get_terminal_size().columns
    except OSError:
        return shutil.get_terminal_size().columns


def _is_in_foreground() -> bool:
    """Return whether the terminal belongs to this process now, and not to the shell before it."""
    try:
        return os.tcgetpgrp(1) == os.getpgrp()
    except OSError:  # it controls no process
        return True
