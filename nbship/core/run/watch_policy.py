"""What to do next while a run is watched: a table over what has been observed, and no act.

A server may be away for minutes, say nothing of a run that it has, or call one running that has
ended. A machine may sleep for an hour. So times are counted while awake only, an answer counts
more than the lack of one, and an end needs a status, or a log that shows it by itself.
"""

from dataclasses import dataclass, replace
from typing import Literal

from nbship.model.run import RunState, RunStatus, StreamEnd

_LONGEST_PAUSE = 60.0  # seconds
_LONGEST_ALONE = 10.0  # seconds, while nobody answers: a knock burdens nobody, and people wait
_DOUBTS = 2  # failures in a row, after which the outputs are asked what the status does not say
_FEW = 120.0  # seconds that are told as seconds
_MINUTE, _HOUR = 60, 3600
_ASLEEP = 900.0  # seconds between two observations: so long nothing takes that we do


@dataclass(frozen=True, slots=True)
class Limits:
    """How long what is borne, in seconds awake."""

    poll: float  # between two questions
    offline: float  # without any answer
    unseen: float = 120.0  # a version that the server has, and no run of it
    lag: float = 60.0  # a status behind the end of the log; then the outputs are looked at
    stuck: float = 1800.0  # a status behind the end of the log, and no proof of an end
    endless: float = 14 * 3600.0  # a session lasts 12 h at most, and it may queue before


KAGGLE = Limits(poll=10.0, offline=1800.0)
LOCAL = Limits(poll=0.2, offline=120.0, lag=5.0, stuck=120.0)


@dataclass(frozen=True, slots=True)
class AskStatus:
    """Ask for the status of the version."""


@dataclass(frozen=True, slots=True)
class ReadLog:
    """Read the live log until it breaks off or ends."""


@dataclass(frozen=True, slots=True)
class ReadOutputs:
    """Look whether the log among the outputs shows an end."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait for some seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Settle:
    """The run has ended; ``by_log`` where the log says so and the status does not."""

    status: RunStatus
    by_log: bool = False


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Nothing is learned by waiting longer."""

    why: Literal["gone", "unreachable", "offline", "unseen", "stuck", "endless"]


Action = AskStatus | ReadLog | ReadOutputs | Pause | Settle | GiveUp


@dataclass(frozen=True, slots=True)
class Observation:
    """What has been observed of a run so far.

    ``clock`` is the clock of the last observation; all other times are seconds awake since the
    beginning.
    """

    clock: float
    awake: float = 0.0
    last: Literal["nothing", "status", "failure", "log", "outputs", "pause"] = "nothing"
    status: RunStatus | None = None  # of the last answer; None where there was no such run yet
    is_there: bool = True  # the server has this version
    is_met: bool = False  # the server has answered once
    contact: float = 0.0
    failures: int = 0  # of the status, in a row
    is_down: bool = False  # the last failure: nobody answers at the address
    trouble: str = ""  # the words of the last failure
    log_ended: float | None = None
    looked: float | None = None
    log_verdict: RunState | None = None  # what the log among the outputs shows

    @property
    def state(self) -> RunState:
        """What the run does, as far as is known; a run that nobody knows of yet is queued."""
        return self.status.state if self.status else "queued"


def saw_status(
    watch: Observation, now: float, status: RunStatus | None, *, is_there: bool
) -> Observation:
    """Note an answer, also that there is no such run (yet)."""
    seen = replace(_later(watch, now), last="status", status=status, is_there=is_there)
    return replace(seen, is_met=True, contact=seen.awake, failures=0, trouble="", is_down=False)


def saw_failure(
    watch: Observation, now: float, trouble: str, *, is_down: bool = False
) -> Observation:
    """Note that the status could not be had, and in what words."""
    failures = watch.failures + 1
    seen = replace(_later(watch, now), failures=failures, trouble=trouble, is_down=is_down)
    return replace(seen, last="failure")


def saw_log(watch: Observation, now: float, end: StreamEnd, lines: int) -> Observation:
    """Note how a reading of the live log ended, and how many lines it had, old and new."""
    seen = replace(_later(watch, now), last="log")
    if lines or end == "finished":
        seen = replace(seen, contact=seen.awake)
    ended = seen.log_ended if seen.log_ended is not None else seen.awake
    return replace(seen, log_ended=ended) if end == "finished" else seen


def saw_outputs(
    watch: Observation, now: float, verdict: RunState | None, *, answered: bool
) -> Observation:
    """Note what the log among the outputs shows, if it was to be had."""
    seen = _later(watch, now)
    contact = seen.awake if answered else seen.contact
    return replace(seen, last="outputs", looked=seen.awake, contact=contact, log_verdict=verdict)


def paused(watch: Observation, now: float) -> Observation:
    """Note that a pause is over."""
    return replace(_later(watch, now), last="pause")


def next_action(watch: Observation, limits: Limits) -> Action:
    """Say what to do after what was observed last."""
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
    """Return a time as people say it: "45 s", "12 min", "3 h 20 min"."""
    if seconds < _FEW:
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
        return _after_the_end(watch, limits, watch.log_ended)
    return ReadLog() if watch.state == "running" else Pause(limits.poll)


def _after_the_end(watch: Observation, limits: Limits, ended: float) -> Action:
    """Bear a status that is behind the end of the log."""
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
    if watch.failures >= _DOUBTS and not watch.is_down:
        return ReadOutputs()
    return _backoff(watch, limits)


def _after_outputs(watch: Observation, limits: Limits) -> Action:
    if watch.log_verdict:
        return Settle(RunStatus(watch.log_verdict), by_log=True)
    if watch.awake > limits.endless:
        return GiveUp("endless")
    # The status fails, but the log may be there.
    if watch.failures and watch.log_ended is None and watch.looked == watch.contact:
        return ReadLog()
    return _backoff(watch, limits)


def _backoff(watch: Observation, limits: Limits) -> Pause:
    longest = _LONGEST_ALONE if watch.is_down else _LONGEST_PAUSE
    return Pause(min(longest, limits.poll * 2 ** min(watch.failures, 16)))


def _later(watch: Observation, now: float) -> Observation:
    """Let time pass, unless so much of it has passed that the machine was asleep."""
    gap = now - watch.clock
    return replace(watch, clock=now, awake=watch.awake + (gap if 0 <= gap <= _ASLEEP else 0.0))
