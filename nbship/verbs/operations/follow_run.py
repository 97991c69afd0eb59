"""follow: stay with a run until it has ended, through whatever the network and the server do."""

from dataclasses import dataclass, field

from nbship.core.run import watch_policy
from nbship.core.run.deduplicate import SeenLines
from nbship.core.run.log import parse_log
from nbship.core.run.log_verdict import infer_outcome
from nbship.core.run.progress_bars import ProgressFolder
from nbship.core.run.watch_policy import (
    AskStatus,
    GiveUp,
    Limits,
    Observation,
    Pause,
    ReadLog,
    ReadOutputs,
    Settle,
)
from nbship.edges import clock
from nbship.edges.kaggle import log_stream
from nbship.edges.kaggle.client import Kaggle
from nbship.edges.kaggle.errors import RequestRejected, ServerUnreachable
from nbship.errors import KaggleError
from nbship.model.push import Record
from nbship.model.run import LogEvent, Outputs
from nbship.model.target import command
from nbship.model.workspace import Context, Report

_OUTPUTS_PATIENCE = 600.0  # seconds for the list of outputs, once the verdict is known
_LONGEST_PAUSE = 60.0  # seconds between two attempts
_MOST_REMEMBERED = 64 << 20  # characters of the log


@dataclass(slots=True)
class Screen:
    """What of a run's log a person has seen, however often the server tells it."""

    report: Report
    replay: SeenLines = field(default_factory=SeenLines)
    fold: ProgressFolder = field(default_factory=ProgressFolder)
    events: list[LogEvent] = field(default_factory=list)
    size: int = 0

    def show(self, event: LogEvent) -> None:
        """Show an event that is new; a progress bar as one line, when it is done."""
        if not self.replay.is_new(event):
            return
        self.size += len(event.text)
        if self.size <= _MOST_REMEMBERED:
            self.events.append(event)
        shown = self.fold.feed(event)
        for line in shown.lines:
            self.report.progress("")
            self.report.log(line)
        if shown.bar:
            self.report.progress(shown.bar)

    def show_rest(self, events: tuple[LogEvent, ...]) -> None:
        """Show what only the log among the outputs has, and the bars that never ended."""
        self.replay.begin()
        for event in events:
            self.show(event)
        self.report.progress("")
        for line in self.fold.rest():
            self.report.log(line)


@dataclass(frozen=True, slots=True)
class _Followed:
    """What the loop works with."""

    context: Context
    kaggle: Kaggle
    record: Record
    screen: Screen
    limits: Limits

    @property
    def version(self) -> int:
        return self.record.version or 0


def limits_of(kaggle: Kaggle) -> Limits:
    """Return how patient to be with a server."""
    return watch_policy.KAGGLE if kaggle.server.is_kaggle else watch_policy.LOCAL


def follow_run(context: Context, kaggle: Kaggle, record: Record, screen: Screen) -> Settle:
    """Show the log live until the run has ended, and return how it did.

    Raises:
        KaggleError: there is no such version, the server refuses to tell, or waiting longer would
            teach nothing.
    """
    followed = _Followed(context, kaggle, record, screen, limits_of(kaggle))
    watch = Observation(clock=clock.seconds())
    while True:
        before = watch
        match step := watch_policy.next_action(watch, followed.limits):
            case Settle():
                return step
            case GiveUp():
                raise _given_up(followed, step, watch)
            case AskStatus():
                watch = _ask(followed, watch)
            case ReadLog():
                watch = _read(followed, watch)
            case ReadOutputs():
                watch = _look(followed, watch)
            case Pause(seconds):
                clock.wait(seconds)
                watch = watch_policy.paused(watch, clock.seconds())
        _tell(followed, before, watch)


def outputs_of(kaggle: Kaggle, record: Record) -> Outputs:
    """Return what a run that has ended left, asking for a while where the server stumbles.

    Raises:
        KaggleError: it stumbles for too long.
    """
    began, pause = clock.seconds(), limits_of(kaggle).poll
    while True:
        try:
            return kaggle.outputs(record.kernel, record.version or 0)
        except RequestRejected:
            raise
        except KaggleError:
            if clock.seconds() - began + pause > _OUTPUTS_PATIENCE:
                raise
            clock.wait(pause)
            pause = min(_LONGEST_PAUSE, pause * 2)


def _ask(followed: _Followed, watch: Observation) -> Observation:
    kaggle, record = followed.kaggle, followed.record
    try:
        status = kaggle.status(record.kernel, followed.version)
        is_there = bool(status or kaggle.get(record.kernel, followed.version))
    except RequestRejected:
        raise  # it will say so the next time as well
    except KaggleError as error:
        is_down = isinstance(error, ServerUnreachable)
        return watch_policy.saw_failure(watch, clock.seconds(), error.message, is_down=is_down)
    return watch_policy.saw_status(watch, clock.seconds(), status, is_there=is_there)


def _read(followed: _Followed, watch: Observation) -> Observation:
    """Show the live log, which the server tells from its first line each time."""
    followed.screen.replay.begin()
    lines = 0
    for event in log_stream.stream(
        followed.kaggle.server, followed.record.kernel, followed.version
    ):
        if isinstance(event, LogEvent):
            lines += 1
            followed.screen.show(event)
        else:
            return watch_policy.saw_log(watch, clock.seconds(), event, lines)
    return watch_policy.saw_log(watch, clock.seconds(), "cut", lines)


def _look(followed: _Followed, watch: Observation) -> Observation:
    """Look whether the outputs show an end that the status does not."""
    try:
        log = followed.kaggle.outputs(followed.record.kernel, followed.version).log
    except KaggleError:
        return watch_policy.saw_outputs(watch, clock.seconds(), None, answered=False)
    verdict = infer_outcome(parse_log(log), is_whole=watch.log_ended is not None)
    return watch_policy.saw_outputs(watch, clock.seconds(), verdict, answered=True)


def _tell(followed: _Followed, before: Observation, now: Observation) -> None:
    """Say what has changed: the state of the run, or that the server is away or back."""
    report, name = followed.context.report, followed.record.name
    server = followed.kaggle.server.name
    if now.failures and not before.failures and now.is_met | (not now.is_down):
        patience = watch_policy.duration(followed.limits.offline)
        report.notice(f"{now.trouble}; the run goes on there, asking again for up to {patience}")
    if before.failures and now.is_met and not now.failures:
        away = watch_policy.duration(now.awake - before.contact)
        report.notice(f"{server} answers again, after {away}")
    if now.is_met and (not before.is_met or now.state != before.state):
        since = (
            f", {watch_policy.duration(now.awake)} after the watch began" if before.is_met else ""
        )
        report.step("run", name, f"{now.state}{since}")


def _given_up(followed: _Followed, step: GiveUp, watch: Observation) -> KaggleError:
    record, server = followed.record, followed.kaggle.server
    what = f"{record.kernel} version {record.version}"
    waited = watch_policy.duration(watch.awake)
    if step.why == "unreachable":
        return ServerUnreachable(server)
    if step.why == "gone":
        return KaggleError(
            f"{server.name} has no version {record.version} of {record.kernel} (any more)",
            hint=f"Push it again: {command('push', record.name, record.target)}",
        )
    trouble = f": {watch.trouble}" if watch.trouble else ""
    silence = watch_policy.duration(watch.awake - watch.contact)
    messages = {
        "offline": f"{server.name} has not answered for {silence}: {watch.trouble}",
        "unseen": f"{what} is {watch.state} after {waited}: {server.name} knows of no run of it",
        "stuck": f"{what} is {watch.state}, long after its log has ended",
        "endless": f"{what} is {watch.state} after {waited}{trouble}",
    }
    back = command("watch", record.name, record.target)
    return KaggleError(messages[step.why], hint=f"Come back with: {back}")
