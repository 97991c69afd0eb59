"""Work on several notebooks at the same time: each in a thread, as many as there is room for.

Side effects: starts threads.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from queue import SimpleQueue
from typing import Generic, TypeVar

from nbship.core.workspace.schedule import Schedule
from nbship.edges.process.stop import Stop
from nbship.errors import NbshipError
from nbship.model.workspace import Context
from nbship.verbs.operations.several.report import OneOfSeveral, Turn

Result = TypeVar("Result")

_PATIENCE = 20.0  # seconds for the threads to end their programs after Ctrl-C


@dataclass(frozen=True, slots=True)
class Work(Generic[Result]):
    """What to do for each notebook.

    ``prepare`` is called in this thread for one notebook after the other, and returns what its own
    thread does. ``tell`` is called in this thread with the result, also if ``prepare`` fails.
    """

    prepare: Callable[[Context, str], Callable[[], Result]]
    tell: Callable[[str, Result | NbshipError], None]
    has_room: Callable[[int], bool]  # for one more than this number


def do_at_once(context: Context, above: Mapping[str, tuple[str, ...]], work: Work[Result]) -> None:
    """Work on the notebooks of ``above``, each after those above it, whatever becomes of these.

    Side effects: those of the work.

    Raises:
        KeyboardInterrupt: Ctrl-C; the programs of all threads have ended.
    """
    at_work = _AtWork(context, work, Schedule(above))
    try:
        while not at_work.schedule.is_over:
            at_work.go_on()
    except BaseException:
        at_work.end()
        raise
    at_work.stop.close()


@dataclass(slots=True)
class _AtWork(Generic[Result]):
    """The state of the work, and the threads."""

    context: Context
    work: Work[Result]
    schedule: Schedule
    stop: Stop = field(default_factory=Stop)
    turn: Turn = field(default_factory=Turn)
    threads: dict[str, threading.Thread] = field(default_factory=dict)
    ended: "SimpleQueue[tuple[str, Result | BaseException]]" = field(default_factory=SimpleQueue)

    def go_on(self) -> None:
        """Begin with one more notebook, or wait until one has ended."""
        ready = next(iter(self.schedule.ready or self._circle()), "")
        if ready and (not self.threads or self.work.has_room(len(self.threads))):
            self._begin(ready)
        else:
            name, result = self.ended.get()
            self.threads.pop(name).join()
            self._end(name, result)

    def end(self) -> None:
        """End the programs of all threads, and wait for the threads."""
        self.turn.end()
        self.stop.tell()
        for thread in self.threads.values():
            thread.join(_PATIENCE)

    def _circle(self) -> tuple[str, ...]:
        """Return the notebooks of a circle when nothing else is left: each says what is wrong."""
        left = set(self.schedule.above) - self.schedule.begun - set(self.schedule.ended)
        return () if self.threads else tuple(name for name in self.schedule.above if name in left)

    def _begin(self, name: str) -> None:
        self.schedule = self.schedule.begin(name)
        report = OneOfSeveral(self.context.report, name, self.turn)
        context = replace(self.context, report=report, stop=self.stop.descriptor)
        try:
            task = self.work.prepare(context, name)
        except NbshipError as error:
            self._end(name, error)
            return
        thread = threading.Thread(target=self._run, args=(name, task), daemon=True)
        self.threads[name] = thread
        thread.start()

    def _run(self, name: str, task: Callable[[], Result]) -> None:
        """Do the work for one notebook in its thread."""
        try:
            self.ended.put((name, task()))
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
            self.ended.put((name, error))

    def _end(self, name: str, result: Result | BaseException) -> None:
        if isinstance(result, BaseException) and not isinstance(result, NbshipError):
            raise result
        self.schedule = self.schedule.end(name, has_succeeded=True)
        with self.turn.lock:
            self.work.tell(name, result)
