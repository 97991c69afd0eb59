"""``stop``: ends the run of a pushed version by its session, and fetches what it has left.

Kaggle cancels a session by its number, which only code inside the run can find out: the session
line of its log has it. Nothing is deleted. A cancel may be sent again: a session that has ended
stays as it is.
"""

from contextlib import ExitStack
from dataclasses import replace
from functools import partial

from nbship.core.artifact.session import has_session_line
from nbship.core.run.session_line import SessionFacts, session_in
from nbship.core.run.watch_policy import Settle, duration
from nbship.edges import clock
from nbship.edges.kaggle.retry import with_deadline
from nbship.edges.storage import locks
from nbship.errors import KaggleError, RequestRejected, WorkspaceError
from nbship.model.run import FetchOptions, LogEvent, RunStatus
from nbship.model.workspace import Context
from nbship.verbs.operations.explain_run import explain_run
from nbship.verbs.operations.follow_run import Screen, follow_run
from nbship.verbs.operations.run import Connection, Run
from nbship.verbs.operations.session_facts import hear
from nbship.verbs.operations.watch_run import incomplete, interruptible, run_of, settle_run

_ATTEMPTS = 4  # to cancel, while the answers are lost
_PATIENCE = 60.0  # seconds for the session line of a run that has begun
_MOST_LINES = 100  # of a log that are searched: the session line is printed before all others
# Seconds for the end of a run that is cancelled. Kaggle saves 20 GB at most, one in about 110 s.
_LONGEST = 3600.0


def stop(
    context: Context,
    name: str,
    connection: Connection,
    version: int | None = None,
    options: FetchOptions | None = None,
) -> Run:
    """End the run of the version that was pushed from here, or of the given one.

    Waits until the service has saved the outputs, and fetches them. A run that has ended by itself
    is settled as ``watch`` does it.

    Side effects: cancels a session on the service; writes the outputs to runs/ and the verdict to
    the journal.

    Raises:
        KaggleError: the run cannot be stopped (says why, and what to do instead), the outcome is
            not known, or outputs are missing.
        WorkspaceError: that version was saved without a run.
        RunFailed: the run had failed before.
    """
    run = run_of(context, name, connection, version)
    if not run.record.runs:
        raise WorkspaceError(f"{run.label} was saved with --no-run: there is no run to stop")
    run.report.step("stop", name, f"{run.label} on {run.remote.name}", address=run.address)
    workspace = context.workspace
    lock = workspace.path(workspace.layout.lock("stop", f"{run.kernel}/v{run.version}"))
    with ExitStack() as stack:
        with run.report.working("stop", name, "waits for another command"):
            stack.enter_context(locks.locked(lock, _LONGEST))
        return _stop(run, options or FetchOptions())


def _stop(run: Run, options: FetchOptions) -> Run:
    began = clock.seconds()
    screen = Screen(run.report, partial(hear, run), shows=False)
    with interruptible(run, "the run may go on"):
        status = _status(run)
        is_late = not status.is_active
        if not is_late and status.state != "cancelling":
            status = _cancel(run, _session(run, status))
    if not status.is_active:
        end = Settle(status)
    else:
        limits = replace(run.remote.limits, endless=_LONGEST)
        with (
            interruptible(run, "the run is told to stop"),
            run.report.working("stop", run.name, "waits until its outputs are saved"),
        ):
            end = follow_run(run, screen, limits)
    is_stopped = end.status.state == "cancelled" and not is_late
    took = duration(clock.seconds() - began)
    how = f"stopped in {took}" if is_stopped else "it had ended before"
    with interruptible(run, "the run has ended, its outputs are not fetched"):
        ended = settle_run(run, options, screen, end, how)
    if ended.status.state == "error":
        raise explain_run(ended.run, ended.status, ended.outputs)
    if ended.missing:
        raise incomplete(ended)
    return ended.run


def _status(run: Run) -> RunStatus:
    status = run.remote.status(run.kernel, run.version)
    if status is None:
        raise KaggleError(
            f"{run.remote.name} has no run of {run.label}", hint="Is it a moment old? Try again."
        )
    return status


def _session(run: Run, status: RunStatus) -> int:
    """Return the number of the session, from the record or from the live log.

    Raises:
        KaggleError: nothing tells it; says what to do instead.
    """
    if status.state == "queued":
        raise _cannot(run, "it is queued, and has no session yet", f"Wait: {run.command('watch')}")
    version = run.remote.get(run.kernel, run.version)
    if version is None or not has_session_line(version.source):
        raise _cannot(
            run, "it was pushed without the session line, which names the session", _elsewhere(run)
        )
    if run.record.session:
        return run.record.session
    try:
        with run.report.working("stop", run.name, "reads the log for its session"):
            facts = with_deadline(_PATIENCE, lambda: _told(run, clock.seconds() + _PATIENCE))
    except TimeoutError:
        facts = None
    if facts is None:
        raise _cannot(
            run,
            "its log has no session line so far",
            f"Try again in a moment: {run.command('stop')}. {_elsewhere(run)}",
        )
    return facts.session


def _told(run: Run, until: float) -> SessionFacts | None:
    """Return what the session line tells; while there is none, look again until a moment."""
    while clock.seconds() < until:
        for number, event in enumerate(run.remote.stream(run.kernel, run.version)):
            if event == "finished":
                return None
            facts = session_in((event,)) if isinstance(event, LogEvent) else None
            if facts or number == _MOST_LINES:
                return facts
        clock.wait(run.remote.limits.poll)
    return None


def _cancel(run: Run, session: int) -> RunStatus:
    """Cancel a session, and return the status of its run.

    After a lost answer, the status tells whether the cancel has arrived.

    Raises:
        KaggleError: the service refuses, or did not answer so often that the outcome is unknown.
    """
    pause, trouble = run.remote.limits.poll, ""
    for attempt in range(_ATTEMPTS):
        try:
            run.remote.cancel(session)
        except RequestRejected as error:
            if error.kind != "rights":
                raise
            raise _cannot(
                run,
                f"only the person who started it may do that{_starter(run)}",
                f"{_elsewhere(run)} {error.message}",
            ) from None
        except KaggleError as error:  # also: the session has ended
            trouble = error.message
            clock.wait(pause * attempt)
        else:
            return RunStatus("cancelling")
        status = _status(run)
        if not status.is_active or status.state == "cancelling":
            return status
    raise KaggleError(
        f"it is not known whether {run.label} stops: {trouble}",
        hint=f"Try again: {run.command('stop')}",
    )


def _cannot(run: Run, why: str, hint: str) -> KaggleError:
    return KaggleError(f"the run of {run.label} cannot be stopped: {why}", hint=hint)


def _elsewhere(run: Run) -> str:
    """Return how a run is stopped without nbship."""
    if run.connection.target.is_local:
        return "It ends with the local Kaggle that runs it."
    page = f": {run.record.url}" if run.record.url else ""
    return f"The person who started it can stop it on its page{page}"


def _starter(run: Run) -> str:
    return f" ({run.record.user})" if run.record.user else ""
