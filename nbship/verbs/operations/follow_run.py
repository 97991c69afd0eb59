"""Follow a run until it ends, also while the network or the server fails."""

from collections.abc import Callable
from dataclasses import dataclass, field

from nbship.core.run import watch_policy
from nbship.core.run.deduplicate import SeenLines
from nbship.core.run.log import parse_log
from nbship.core.run.log_verdict import infer_outcome
from nbship.core.run.progress_bars import ProgressFolder
from nbship.core.run.runner_words import RunnerWords
from nbship.core.run.session_line import SessionFacts, session_in
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
from nbship.errors import KaggleError, RequestRejected, ServerUnreachable
from nbship.model.run import LogEvent, Outputs
from nbship.model.workspace import Report
from nbship.verbs.operations.run import Run

_OUTPUTS_PATIENCE = 600.0  # seconds for the list of outputs, after the verdict is known
_LONGEST_PAUSE = 60.0  # seconds between two attempts
_MOST_REMEMBERED = 64 << 20  # characters of the log


@dataclass(slots=True)
class Screen:
    """The lines of a run's log that the user has seen; each is shown once, if it ``shows``.

    ``session`` is what the session line tells, when it has come; ``hear`` is called with it then.
    """

    report: Report
    hear: Callable[[SessionFacts], None]
    shows: bool = True
    session: SessionFacts | None = None
    replay: SeenLines = field(default_factory=SeenLines)
    words: RunnerWords = field(default_factory=RunnerWords)
    fold: ProgressFolder = field(default_factory=ProgressFolder)
    events: list[LogEvent] = field(default_factory=list)
    size: int = 0

    def show(self, event: LogEvent) -> None:
        """Show an event if it is new and of the notebook itself.

        A progress bar becomes one line when it is done.
        """
        if not self.replay.is_new(event):
            return
        self.size += len(event.text)
        if self.size <= _MOST_REMEMBERED:
            self.events.append(event)
        for own in self.words.feed(event):
            self._print(own)
        if self.session is None:
            self.session = session_in((event,))
            if self.session is not None:
                self.hear(self.session)

    def _print(self, event: LogEvent) -> None:
        if not self.shows:
            return
        shown = self.fold.feed(event)
        for line in shown.lines:
            self.report.progress("")
            self.report.log(line, event.time)
        if shown.bar:
            self.report.progress(shown.bar)

    def show_rest(self, events: tuple[LogEvent, ...]) -> None:
        """Show the events that only the final log has, and the progress bars that never ended."""
        self.replay.begin()
        for event in events:
            self.show(event)
        for own in self.words.rest():
            self._print(own)
        self.report.progress("")
        for line in self.fold.rest():
            self.report.log(line)


def follow_run(run: Run, screen: Screen, limits: Limits | None = None) -> Settle:
    """Show the log live until the run has ended, and return how it ended.

    ``limits`` are by default those of the remote.

    Raises:
        KaggleError: there is no such version, the server refuses to answer, or a limit of the
            waiting time is reached.
    """
    limits = limits or run.remote.limits
    observed = Observation(clock=clock.seconds(), asleep=limits.asleep)
    while True:
        before = observed
        match action := watch_policy.next_action(observed, limits):
            case Settle():
                return action
            case GiveUp():
                raise _given_up(run, action, observed)
            case AskStatus():
                observed = _ask_status(run, observed)
            case ReadLog():
                observed = _read_log(run, screen, observed)
            case ReadOutputs():
                observed = _read_outputs(run, observed)
            case Pause(seconds):
                clock.wait(seconds)
                observed = watch_policy.paused(observed, clock.seconds())
        _report_change(run, before, observed)


def outputs_of(run: Run) -> Outputs:
    """Return the outputs of a run that has ended; while the server fails, ask for up to 600 s.

    Raises:
        KaggleError: the server refuses, or fails for too long.
    """
    began, pause = clock.seconds(), run.remote.limits.poll
    while True:
        try:
            return run.remote.outputs(run.kernel, run.version)
        except RequestRejected:
            raise
        except KaggleError:
            if clock.seconds() - began + pause > _OUTPUTS_PATIENCE:
                raise
            clock.wait(pause)
            pause = min(_LONGEST_PAUSE, pause * 2)


def _ask_status(run: Run, observed: Observation) -> Observation:
    try:
        status = run.remote.status(run.kernel, run.version)
        is_there = bool(status or run.remote.get(run.kernel, run.version))
    except RequestRejected:
        raise  # the server will refuse the next time as well
    except KaggleError as error:
        is_down = isinstance(error, ServerUnreachable)
        return watch_policy.saw_failure(observed, clock.seconds(), error.message, is_down=is_down)
    return watch_policy.saw_status(observed, clock.seconds(), status, is_there=is_there)


def _read_log(run: Run, screen: Screen, observed: Observation) -> Observation:
    """Show the live log. The server sends it from its first line each time."""
    screen.replay.begin()
    lines = 0
    for event in run.remote.stream(run.kernel, run.version):
        if isinstance(event, LogEvent):
            lines += 1
            screen.show(event)
        else:
            return watch_policy.saw_log(observed, clock.seconds(), event, lines)
    return watch_policy.saw_log(observed, clock.seconds(), "cut", lines)


def _read_outputs(run: Run, observed: Observation) -> Observation:
    """Check whether the outputs show the end of a run whose status does not."""
    try:
        log = run.remote.outputs(run.kernel, run.version).log
    except KaggleError:
        return watch_policy.saw_outputs(observed, clock.seconds(), None, answered=False)
    verdict = infer_outcome(parse_log(log), is_whole=observed.log_ended is not None)
    return watch_policy.saw_outputs(observed, clock.seconds(), verdict, answered=True)


def _report_change(run: Run, before: Observation, now: Observation) -> None:
    """Report a change: the state of the run, or that the server is away or back."""
    report, server = run.report, run.remote.name
    if now.failures and not before.failures and (now.is_met or not now.is_down):
        patience = watch_policy.duration(run.remote.limits.offline)
        report.notice(f"{now.trouble}; the run goes on, nbship asks again for up to {patience}")
    if before.failures and now.is_met and not now.failures:
        away = watch_policy.duration(now.awake - before.contact)
        report.notice(f"{server} answers again, after {away}")
    if now.is_met and (not before.is_met or now.state != before.state):
        after = watch_policy.duration(now.awake)
        since = f", {after} after the watch began" if before.is_met else ""
        report.step("run", run.name, f"{now.state}{since}")


def _given_up(run: Run, action: GiveUp, observed: Observation) -> KaggleError:
    server = run.remote.name
    what = f"{run.kernel} version {run.version}"
    if action.why == "unreachable":
        return run.remote.unreachable()
    if action.why == "gone":
        return KaggleError(
            f"{server} has no version {run.version} of {run.kernel}, or has deleted it",
            hint=f"Push it again: {run.command('push')}",
        )
    waited = watch_policy.duration(observed.awake)
    silence = watch_policy.duration(observed.awake - observed.contact)
    trouble = f": {observed.trouble}" if observed.trouble else ""
    messages = {
        "offline": f"{server} has not answered for {silence}: {observed.trouble}",
        "unseen": f"{what} is {observed.state} after {waited}: {server} has no run of it",
        "stuck": f"{what} is still {observed.state}, although its log has ended",
        "endless": f"{what} is still {observed.state} after {waited}{trouble}",
    }
    return KaggleError(messages[action.why], hint=f"Continue with: {run.command('watch')}")
