"""The next step while a run is watched: a pure function of what has been observed.

A server may be unreachable for minutes, not list a run that exists, or report a run as running that
has ended. This machine may sleep for an hour. Therefore only time awake counts, and a run has ended
only if a status says so or its log proves it.
"""

from dataclasses import dataclass, replace
from typing import Literal

from nbship.model.run import RunState, RunStatus, StreamEnd

_LONGEST_PAUSE = 60.0  # seconds
_LONGEST_PAUSE_WHILE_DOWN = 10.0  # seconds; an attempt costs no server anything, and the user waits
_MOST_FAILURES = 2  # of the status in a row; then the log among the outputs is read instead
_SHOWN_IN_SECONDS = 120.0  # seconds; shorter durations are printed in seconds
_MINUTE, _HOUR = 60, 3600


@dataclass(frozen=True, slots=True)
class Limits:
    """The times after which a watch goes on to something else or gives up, in seconds awake."""

    poll: float  # between two requests for the status
    offline: float  # without any answer from the server
    unseen: float = 120.0  # the server has the version, but no run of it
    lag: float = 60.0  # the log has ended, the status has not; then the outputs are read
    stuck: float = 1800.0  # the log has ended, the status has not, and the outputs prove no end
    endless: float = 14 * 3600.0  # a session lasts 12 h at most, and may be queued before
    asleep: float = 900.0  # between two observations; no step takes longer: the machine slept


KAGGLE = Limits(poll=10.0, offline=1800.0)
LOCAL = Limits(poll=0.2, offline=120.0, lag=5.0, stuck=120.0)


@dataclass(frozen=True, slots=True)
class AskStatus:
    """Ask for the status of the version."""


@dataclass(frozen=True, slots=True)
class ReadLog:
    """Read the live log until the connection breaks or the log ends."""


@dataclass(frozen=True, slots=True)
class ReadOutputs:
    """Read the log among the outputs, which may show how the run ended."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait for this number of seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Settle:
    """Finish with this status; ``by_log`` means that only the log shows that the run has ended."""

    status: RunStatus
    by_log: bool = False


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Stop watching without an outcome, because waiting longer would not help."""

    why: Literal["gone", "unreachable", "offline", "unseen", "stuck", "endless"]


Action = AskStatus | ReadLog | ReadOutputs | Pause | Settle | GiveUp


@dataclass(frozen=True, slots=True)
class Observation:
    """What has been observed of a run so far.

    ``clock`` is the time of the last observation on the caller's clock, in seconds; all other times
    are seconds awake since the watch began.
    """

    clock: float
    awake: float = 0.0
    asleep: float = 900.0  # Limits.asleep
    last: Literal["nothing", "status", "failure", "log", "outputs", "pause"] = "nothing"
    status: RunStatus | None = None  # in the last answer; None if the server listed no such run
    is_there: bool = True  # the server has this version
    is_met: bool = False  # the server has answered at least once
    contact: float = 0.0  # the time of the last answer
    failures: int = 0  # failed requests for the status in a row
    is_down: bool = False  # at the last failure, no server answered at the address
    trouble: str = ""  # the message of the last failure
    log_ended: float | None = None  # the time at which the live log ended
    looked: float | None = None  # the time at which the outputs were last read
    log_verdict: RunState | None = None  # what the log among the outputs shows

    @property
    def state(self) -> RunState:
        """The last known state of the run; a run that the server does not list yet is queued."""
        return self.status.state if self.status else "queued"


def saw_status(
    watch: Observation, now: float, status: RunStatus | None, *, is_there: bool
) -> Observation:
    """Record an answer; ``status`` is None if the server does not list the run (yet)."""
    after = replace(_later(watch, now), last="status", status=status, is_there=is_there)
    return replace(after, is_met=True, contact=after.awake, failures=0, trouble="", is_down=False)


def saw_failure(
    watch: Observation, now: float, trouble: str, *, is_down: bool = False
) -> Observation:
    """Record that a request for the status failed, with its message."""
    failures = watch.failures + 1
    after = replace(_later(watch, now), failures=failures, trouble=trouble, is_down=is_down)
    return replace(after, last="failure")


def saw_log(watch: Observation, now: float, end: StreamEnd, lines: int) -> Observation:
    """Record how a read of the live log ended, and how many lines it returned, old and new."""
    after = replace(_later(watch, now), last="log")
    if lines or end == "finished":
        after = replace(after, contact=after.awake)
    ended = after.log_ended if after.log_ended is not None else after.awake
    return replace(after, log_ended=ended) if end == "finished" else after


def saw_outputs(
    watch: Observation, now: float, verdict: RunState | None, *, answered: bool
) -> Observation:
    """Record what the log among the outputs shows; ``answered`` is False if the request failed."""
    after = _later(watch, now)
    contact = after.awake if answered else after.contact
    return replace(after, last="outputs", looked=after.awake, contact=contact, log_verdict=verdict)


def paused(watch: Observation, now: float) -> Observation:
    """Record that a pause has ended."""
    return replace(_later(watch, now), last="pause")


def next_action(watch: Observation, limits: Limits) -> Action:
    """Return what to do after the last observation."""
    match watch.last:
        case "status":
            return _after_status(watch, limits)
        case "failure":
            return _after_failure(watch, limits)
        case "log":
            return Pause(0.0 if watch.log_ended == watch.awake else limits.poll)
        case "outputs":
            return _after_outputs(watch, limits)
        case _:
            return AskStatus()


def duration(seconds: float) -> str:
    """Return a duration as text, such as "45 s", "12 min" or "3 h 20 min"."""
    if seconds < _SHOWN_IN_SECONDS:
        return f"{seconds:.0f} s"
    hours, rest = divmod(round(seconds), _HOUR)
    return f"{hours} h {rest // _MINUTE} min" if hours else f"{rest // _MINUTE} min"


def _after_status(watch: Observation, limits: Limits) -> Action:
    if watch.status and not watch.status.is_active:
        return Settle(watch.status)
    if not watch.is_there:
        return GiveUp("gone")
    if watch.status is None and watch.awake > limits.unseen:
        return GiveUp("unseen")
    if watch.awake > limits.endless:
        return GiveUp("endless")
    if watch.log_ended is not None:
        return _after_the_log(watch, limits, watch.log_ended)
    return ReadLog() if watch.state == "running" else Pause(limits.poll)


def _after_the_log(watch: Observation, limits: Limits, ended: float) -> Action:
    """Wait for a status that lags behind the end of the log."""
    if watch.awake - ended > limits.stuck:
        return GiveUp("stuck")
    if watch.awake - max(ended, watch.looked or 0.0) > limits.lag:
        return ReadOutputs()
    return Pause(limits.poll)


def _after_failure(watch: Observation, limits: Limits) -> Action:
    if watch.is_down and not watch.is_met:
        return GiveUp("unreachable")
    if watch.awake - watch.contact > limits.offline:
        return GiveUp("offline")
    if watch.failures >= _MOST_FAILURES and not watch.is_down:
        return ReadOutputs()
    return _backoff(watch, limits)


def _after_outputs(watch: Observation, limits: Limits) -> Action:
    if watch.log_verdict:
        return Settle(RunStatus(watch.log_verdict), by_log=True)
    if watch.awake > limits.endless:
        return GiveUp("endless")
    # The status request fails, but the live log may work.
    if watch.failures and watch.log_ended is None and watch.looked == watch.contact:
        return ReadLog()
    return _backoff(watch, limits)


def _backoff(watch: Observation, limits: Limits) -> Pause:
    longest = _LONGEST_PAUSE_WHILE_DOWN if watch.is_down else _LONGEST_PAUSE
    return Pause(min(longest, limits.poll * 2 ** min(watch.failures, 16)))


def _later(watch: Observation, now: float) -> Observation:
    """Add the time since the last observation, unless it is so long that the machine slept."""
    gap = now - watch.clock
    return replace(watch, clock=now, awake=watch.awake + (gap if 0 <= gap <= watch.asleep else 0.0))
