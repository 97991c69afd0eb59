"""The watchdog of a rehearsed notebook: it ends a run that takes too long, or that has stopped.

nbclient waits for ever for a reply that was lost between the kernel and itself. The watchdog sees
it by the times that nbclient notes in the cell: the kernel is idle, and the reply is not there. It
counts beats of nbclient's own event loop, and no seconds: while the loop digests a large output, or
waits for a terminal, it has not read the reply yet. At the timeout the watchdog asks the kernel for
its stacks, which tell where the notebook, or a library, hangs.

Side effects: a thread, a timer of the event loop; sends SIGUSR1 to the kernel; ends this process.
"""

import asyncio
import contextlib
import math
import os
import signal
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from nbship.edges import clock
from nbship.edges.storage import files
from nbship.errors import WorkspaceError
from nbship.shim import forks

LOST = 30  # beats after the kernel became idle, within which its reply must be there
_BEAT = 0.5  # seconds at least between two beats of the event loop
_TICK = 0.1  # seconds
_STACKS = 0.7  # seconds in which the kernels write their stacks
_STEADY = 0.15  # seconds after which a file that has not grown is complete
_MOST = 1 << 20  # bytes of the stacks

# "cell": the timeout of one cell; "start": the kernel did not start
End = Literal["timeout", "cell", "lost", "start"]


class Watchdog:
    """The thread that watches the cells of one notebook."""

    def __init__(
        self,
        ends_at: float,
        lost: int,
        tell: Callable[[Mapping[str, Any]], None],
        limits: Mapping[str, float] | None = None,
    ) -> None:
        """Watch until ``ends_at`` on the monotonic clock; ``tell`` takes the result.

        ``limits`` has the longest time in seconds of some cells, by their ids.
        """
        self._ends_at, self._lost, self._tell = ends_at, lost, tell
        self._limits = limits or {}
        self._cell_ends_at = math.inf
        self._cell: Mapping[str, Any] = {}
        self._index: int | None = None
        self._idle = 0  # beats
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_over = threading.Event()
        self._lock = threading.Lock()

    @property
    def has_begun(self) -> bool:
        """Whether a cell has been sent to the kernel."""
        return self._index is not None

    def start(self) -> None:
        """Begin to watch."""
        threading.Thread(target=self._watch, daemon=True).start()

    def finish(self) -> None:
        """Stop watching; afterwards the watchdog ends nothing."""
        with self._lock:
            self._is_over.set()

    def on_cell(self, cell: Mapping[str, Any], cell_index: int) -> None:
        """Note the cell that is about to run; nbclient calls this."""
        self._cell, self._index, self._idle = cell, cell_index, 0
        self._cell_ends_at = clock.seconds() + self._limits.get(cell.get("id", ""), math.inf)
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            self._beat(self._loop)

    def on_end(self) -> None:
        """Note that the cell has ended."""
        self._cell_ends_at = math.inf

    def _beat(self, loop: asyncio.AbstractEventLoop) -> None:
        times = self._cell.get("metadata", {}).get("execution", {})
        is_idle = "iopub.status.idle" in times and "shell.execute_reply" not in times
        self._idle = self._idle + 1 if is_idle else 0
        if self._idle > self._lost:
            self._end_as("lost")
        loop.call_later(_BEAT, self._beat, loop)

    def _watch(self) -> None:
        while not self._is_over.wait(_TICK):
            if clock.seconds() >= self._ends_at:
                self._end_as("timeout")
            if clock.seconds() >= self._cell_ends_at:
                self._end_as("cell")

    def _end_as(self, end: End) -> None:
        with self._lock:
            if not self._is_over.is_set():
                facts = {"end": end, "cell": self._index, "stacks": ""}
                self._tell(facts)  # first without the stacks: a stopped kernel writes none
                self._tell({**facts, "stacks": stacks()})
                os._exit(1)  # the thread that waits cannot be ended


def stacks() -> str:
    """Return the stacks of the kernels that this process has started, as text."""
    import psutil

    until, texts = clock.seconds() + _STACKS, []
    parents = {os.getpid(), os.getppid()} if forks.can_fork() else {os.getpid()}
    for path in Path(tempfile.gettempdir()).glob("nbship-stacks-*"):
        pid = path.name.rpartition("-")[2]
        with contextlib.suppress(OSError, ValueError, psutil.Error, WorkspaceError):
            # The notebook may have made files of this name: only a child of ours gets the signal,
            # or of the process that forks kernels for us.
            if psutil.Process(int(pid)).ppid() in parents:
                os.kill(int(pid), signal.SIGUSR1)
                texts.append(_written(path, until))
    return "\n".join(texts)[:_MOST]


def _written(path: Path, until: float) -> str:
    """Return the text of a file that is being written, when it does not grow any more."""
    text, since = b"", clock.seconds()
    while clock.seconds() < until and (not text or clock.seconds() < since + _STEADY):
        clock.wait(_STEADY / 5)
        now = files.read_bytes(path, most=_MOST, follows=False) or b""
        if now != text:
            text, since = now, clock.seconds()
    return text.decode(errors="replace")
