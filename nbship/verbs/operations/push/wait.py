"""The wait of a push for the end of the run that is in its way.

Side effects: sends requests that change nothing; reports; waits for hours.
"""

from nbship.core.kaggle.resend_policy import Attempts, wait_for_session
from nbship.core.push.facts import PushFacts
from nbship.core.run.watch_policy import duration
from nbship.errors import GuardRefused, Interrupted, KaggleError, RequestRejected
from nbship.model.push import GoingOn
from nbship.model.run import RunStatus
from nbship.model.workspace import Report
from nbship.verbs.operations.remote import Remote


def wait_for_run(
    report: Report, remote: Remote, facts: PushFacts, run: GoingOn, attempts: Attempts
) -> Attempts:
    """Wait until the run of that very version has ended; return the state of the whole wait.

    It waits once at least: the status of a run and that of a kernel may differ for a while. While
    the server fails, it goes on for as long as a watch would.

    Raises:
        GuardRefused: the run has not ended in the time that a session may last.
        KaggleError: the server refuses the question, or has failed for too long.
        Interrupted: Ctrl-C.
    """
    what = f"{facts.kernel} version {run.latest.version}"
    try:
        return _wait(report, remote, facts, run, attempts, what)
    except KeyboardInterrupt:
        raise Interrupted(f"nothing was pushed, and {what} goes on") from None


def _wait(
    report: Report, remote: Remote, facts: PushFacts, run: GoingOn, attempts: Attempts, what: str
) -> Attempts:
    clock = remote.clock
    heard, status = clock.seconds(), RunStatus(run.state)
    while True:
        wait = wait_for_session(attempts, remote.patience, clock.seconds(), run="it")
        if wait is None:
            raise GuardRefused(
                f"push of {facts.name} to {facts.target.name} refused: {what} is still "
                f"{status.state} after {duration(clock.seconds() - attempts.began)}",
                hint="Nothing was pushed.",
            )
        if wait.is_news:
            report.notice(f"{what} is {status.state}: {wait.text}, Ctrl-C ends the wait")
        attempts = wait.attempts
        try:
            with report.working("push", facts.name, f"waits for {what} ({status.state})"):
                clock.wait(wait.seconds)
            status = remote.status(facts.kernel, run.latest.version) or RunStatus("complete")
            heard = clock.seconds()
        except RequestRejected:
            raise
        except KaggleError:
            if clock.seconds() - heard > remote.limits.offline:
                raise
        if not status.is_active:
            return attempts
