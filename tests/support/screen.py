"""The screen of a terminal: what a person sees after a program's output; and a program on one."""

import fcntl
import io
import os
import pty
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from select import select

import pyte

ROWS = 24
_HISTORY = 100_000
CTRL_C = b"\x03"
_PATIENCE = 60.0  # seconds


class Terminal(io.StringIO):
    """A terminal that keeps its output."""

    def isatty(self) -> bool:
        """Return True, as a terminal does."""
        return True


class Screen:
    """An emulated terminal with all lines that it has shown."""

    def __init__(self, columns: int) -> None:
        """Start empty; ``columns`` is the width."""
        self._screen = pyte.HistoryScreen(columns, ROWS, history=_HISTORY, ratio=1)
        self._stream = pyte.Stream(self._screen)

    def feed(self, text: str) -> None:
        """Show what a program writes."""
        self._stream.feed(text)

    @property
    def lines(self) -> list[str]:
        """The lines above and on the screen, without the empty ones at the end."""
        above = [
            "".join(row[x].data for x in range(self._screen.columns))
            for row in self._screen.history.top
        ]
        lines = [line.rstrip() for line in (*above, *self._screen.display)]
        while lines and not lines[-1]:
            lines.pop()
        return lines


@dataclass
class OnTerminal:
    """A program on a terminal of its own; ``written`` is all that it has written."""

    child: "subprocess.Popen[bytes]"
    leader: int
    columns: int
    written: str = ""

    @property
    def lines(self) -> list[str]:
        """The lines that the terminal has shown."""
        screen = Screen(self.columns)
        screen.feed(self.written)
        return screen.lines

    def wait(self, condition: Callable[[str], bool] = lambda _: False) -> None:
        """Read until what is written fulfils a condition, or until the program has ended."""
        deadline = time.monotonic() + _PATIENCE
        while not condition(self.written):
            assert time.monotonic() < deadline, self.written
            if not select([self.leader], [], [], 0.1)[0]:
                continue
            try:
                data = os.read(self.leader, 65536)
            except OSError:  # Linux: no program has the terminal open
                data = b""
            if not data:
                return
            self.written += data.decode(errors="replace")

    def type(self, data: bytes) -> None:
        """Type on the keyboard, such as ``CTRL_C``."""
        os.write(self.leader, data)

    def end(self) -> int:
        """Read all output, and return the exit code."""
        self.wait()
        return self.child.wait(_PATIENCE)


@contextmanager
def on_terminal(argv: list[str], cwd: Path, columns: int, **env: str) -> Iterator[OnTerminal]:
    """Run a program on a new terminal, which it controls, for the duration of a block."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))
    given = {name: value for name, value in os.environ.items() if name not in _DECIDING}
    child = subprocess.Popen(
        # The first program to open a terminal after setsid(2) is controlled by it.
        ["sh", "-c", 'exec 3<>"$0" "$@" 3>&-', os.ttyname(follower), *argv],
        cwd=cwd, env=given | {"TERM": "xterm-256color"} | env, stdin=follower, stdout=follower,
        stderr=follower, start_new_session=True,
    )  # fmt: skip
    os.close(follower)
    try:
        yield OnTerminal(child, leader, columns)
    finally:
        if child.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait(_PATIENCE)
        os.close(leader)


_DECIDING = {"NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "CI", "COLUMNS", "LINES",
             "GITHUB_ACTIONS", "TMUX", "STY", "VTE_VERSION", "TERM_PROGRAM"}  # fmt: skip
