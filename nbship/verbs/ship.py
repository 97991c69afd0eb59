"""``ship``: pushes notebooks and watches their runs, upstream kernels first, several at once.

One thread pushes, because a build and a rehearsal need this machine; each run that goes on beside
others is watched by a thread of its own.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from queue import Empty, SimpleQueue

from nbship.core.workspace.catalogue import entry_of, upstream_chain, upstream_of
from nbship.core.workspace.schedule import Schedule
from nbship.edges.workspace import journal
from nbship.errors import (
    GuardRefused,
    Interrupted,
    NbshipError,
    NotShipped,
    RequestRejected,
    SourceError,
)
from nbship.model.push import PushOptions
from nbship.model.workspace import Context
from nbship.verbs.operations.push.follow import may_follow
from nbship.verbs.operations.push.push_version import Pushed, push_version
from nbship.verbs.operations.run import Connection, Run
from nbship.verbs.operations.several.report import OneOfSeveral, Turn
from nbship.verbs.operations.watch_run import watch_run

Result = Run | NbshipError
Tell = Callable[[str, Result], None]


def ship(
    context: Context,
    names: Sequence[str],
    connection: Connection,
    options: PushOptions,
    tell: Tell,
) -> None:
    """Push kernels and watch their runs, each after the kernels whose outputs it reads.

    What the service has already is not run again. ``tell`` is called with the result of each kernel
    when it has ended, also of those upstream: its run, or why it failed. What does not need a
    kernel that has failed goes on.

    Side effects: those of push and watch; starts threads.

    Raises:
        Interrupted: Ctrl-C; says what has become of the runs.
    """
    names = tuple(names)
    above, refused = _graph(context, connection, names)
    for name, error in refused.items():
        tell(name, error)
    shipping = _Shipping(context, connection, options, frozenset(names), tell, Schedule(above))
    try:
        while not shipping.schedule.is_over:
            shipping.go_on()
    except KeyboardInterrupt as error:
        shipping.turn.end()
        if not shipping.active:
            raise
        raise Interrupted(shipping.fate()) from error


def _graph(
    context: Context, connection: Connection, names: Sequence[str]
) -> tuple[Mapping[str, tuple[str, ...]], Mapping[str, NbshipError]]:
    """Return what each kernel reads, upstream first, and the names of a circle with the error."""
    wanted: dict[str, None] = {}
    refused: dict[str, NbshipError] = {}
    for name in names:
        try:
            wanted |= dict.fromkeys((*upstream_chain(context.catalogue, name), name))
        except SourceError as error:
            refused[name] = error
    above = {name: _above(context, connection, name) for name in wanted}
    needed = [name for name in names if name not in refused]
    for name in needed:
        needed += [each for each in above[name] if each not in needed]
    return {name: above[name] for name in wanted if name in needed}, refused


def _above(context: Context, connection: Connection, name: str) -> tuple[str, ...]:
    """Return the kernels of the workspace that a kernel reads on the target.

    A personal kernel whose code names the shared kernel reads that one, and no copy of it.
    """
    above = upstream_of(context.catalogue, entry_of(context.catalogue, name))
    if not above or not connection.target.personal:
        return tuple(entry.name for entry in above.values())
    try:
        follows = may_follow(context, connection, name)
    except SourceError:
        follows = frozenset(above)  # the push says what is wrong
    return tuple(entry.name for kernel, entry in above.items() if kernel in follows)


@dataclass(slots=True)
class _Shipping:
    """The state of a ship: the runs that are watched now, and what waits for a session."""

    context: Context
    connection: Connection
    options: PushOptions
    asked: frozenset[str]
    tell: Tell
    schedule: Schedule
    active: dict[str, Run] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    again: set[str] = field(default_factory=set)  # runs that began before their inputs were there
    failed: dict[str, NbshipError] = field(default_factory=dict)
    ended: "SimpleQueue[tuple[str, Run | BaseException]]" = field(default_factory=SimpleQueue)
    turn: Turn = field(default_factory=Turn)

    def go_on(self) -> None:
        """Take the next step: give up what is held, begin what is ready, or wait for an end."""
        for name, cause in self.schedule.held.items():
            self._end(name, self._not_shipped(name, cause))
        left = self.schedule.ready
        ready = [name for name in left if name not in self.waiting]
        if ready:
            is_alone = len(ready) == 1 and not self.active and not self.waiting
            self._begin(ready[0], waits=is_alone)
        elif self.active:
            self._wait()
        elif left:  # no run of this command ends any more, which would free a session
            self.waiting.discard(left[0])
            self._begin(left[0], waits=True)

    def _begin(self, name: str, *, waits: bool) -> None:
        """Push a kernel; watch its run here if nothing else is at work, else in a thread.

        ``waits`` lets the push wait for a free session: nothing else is to be done meanwhile.
        """
        context = self.context if not self.active else self._context_of(name)
        self.schedule = self.schedule.begin(name)
        self._say_why(name)
        options = replace(
            self.options,
            awaits_session=waits,
            again=self.options.again and name in self.asked,
            ships=True,
        )
        try:
            pushed = push_version(context, name, self.connection, options)
        except NbshipError as error:
            if not waits and _is_full(error):
                self._put_back(name, error)
            else:
                self._end(name, error)
            return
        if pushed.newer:
            self.again.add(name)
        if _is_home(pushed):
            context.report.more(f"its outputs are in {pushed.run.record.folder}")
            self._end(name, pushed.run)
        elif waits and not self.waiting:
            self._end(name, self._watched(context, pushed.run))
        else:
            self.active[name] = pushed.run
            arguments = name, self._context_of(name), pushed.run
            threading.Thread(target=self._watch, args=arguments, daemon=True).start()

    def _say_why(self, name: str) -> None:
        """Say for whom a kernel is shipped that nobody has asked for."""
        if name not in self.asked:
            reader = next(each for each, above in self.schedule.above.items() if name in above)
            self.context.report.notice(f"{reader} reads the outputs of {name}, which goes first")

    def _put_back(self, name: str, error: NbshipError) -> None:
        """Let a kernel for which no session is free wait for the end of a run."""
        self.schedule = self.schedule.put_back(name)
        self.waiting.add(name)
        reason = error.message.removesuffix(".")
        self.context.report.notice(f"{name}: {reason}: waiting until a run ends")

    def _wait(self) -> None:
        """Wait until a run has ended, or it is time to look for a free session again."""
        longest = self.connection.remote.patience.session_news if self.waiting else None
        try:
            name, result = self.ended.get(timeout=longest)
        except Empty:
            self.waiting.clear()
            return
        del self.active[name]
        self.waiting.clear()
        if isinstance(result, Run | NbshipError):
            self._end(name, result)
        else:
            raise result

    def _watch(self, name: str, context: Context, run: Run) -> None:
        """Watch a run in a thread."""
        try:
            self.ended.put((name, self._watched(context, run)))
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
            self.ended.put((name, error))

    def _watched(self, context: Context, run: Run) -> Result:
        try:
            return watch_run(context, run.name, self.connection, run.version)
        except NbshipError as error:
            return error

    def _context_of(self, name: str) -> Context:
        return replace(self.context, report=OneOfSeveral(self.context.report, name, self.turn))

    def _end(self, name: str, result: Result) -> None:
        is_error = isinstance(result, NbshipError)
        if name in self.again and not is_error:
            self.again.remove(name)
            self.schedule = self.schedule.put_back(name)
            return
        if isinstance(result, NbshipError):
            self.failed[name] = result
        self.schedule = self.schedule.end(name, has_succeeded=not is_error)
        with self.turn.lock:
            self.tell(name, result)

    def _not_shipped(self, name: str, cause: str) -> NotShipped:
        return NotShipped(
            f"{name} was not shipped: it reads the outputs of {cause}, which failed",
            exit_code=self.failed[cause].exit_code,
            hint=f"When {cause} is mended: {self.connection.target.command('ship', name)}",
        )

    def fate(self) -> str:
        """Return what becomes of the runs after Ctrl-C."""
        runs = [f"{run.label} ({run.command('watch')})" for run in self.active.values()]
        goes = "goes" if len(runs) == 1 else "go"
        left = len(self.schedule.above) - len(self.schedule.ended) - len(runs)
        rest = f"; {left} more to do" if left else ""
        return (
            f"{', '.join(runs)} {goes} on{rest}; the same command continues, doit stop ends a run"
        )


def _is_full(error: NbshipError) -> bool:
    """Return whether a push was refused only because no session is free."""
    if isinstance(error, GuardRefused):
        return error.is_full
    return isinstance(error, RequestRejected) and error.kind == "sessions"


def _is_home(pushed: Pushed) -> bool:
    """Return whether a version was there before, and its run and its outputs are here."""
    record = pushed.run.record
    is_done = not pushed.is_new and record.state == "complete"
    return is_done and journal.has_all_outputs(pushed.run.workspace, record)
