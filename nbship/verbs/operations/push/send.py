"""The transmission of a push: one version at most, with its outcome in the journal.

If the answer to a save is lost, nbship searches the server for the version. A version that is not
there may still appear later, so the push stays open until a later version settles it. A save that
the server did not accept is sent again a few times, each time after another search.
"""

from dataclasses import dataclass
from itertools import takewhile
from typing import Any, TypeVar

from nbship.core.kaggle.messages import about_missing, about_quota
from nbship.core.kaggle.resend_policy import Attempts, Wait, wait_for_server, wait_for_session
from nbship.core.push import record as records
from nbship.core.source.nbjson import cells_digest
from nbship.edges.workspace import journal
from nbship.errors import (
    KaggleError,
    NotPushed,
    OutcomeUnknown,
    Overloaded,
    RequestRejected,
    ServerUnreachable,
    SourcesDropped,
)
from nbship.model.push import Record, Saved
from nbship.model.run import RemoteKernel
from nbship.verbs.operations.remote import Remote
from nbship.verbs.operations.run import Run, note

_E = TypeVar("_E", bound=KaggleError)


@dataclass(frozen=True, slots=True)
class PushRequest:
    """What to send: metadata and text, whether to run them, and whether to wait for a session."""

    metadata: dict[str, Any]
    text: str
    runs: bool = True
    waits: bool = False


def send(run: Run, request: PushRequest) -> Run:
    """Send an intended push, and return its run with the version that it made.

    Side effects: makes a version on the server; writes the journal; may wait.

    Raises:
        KaggleError: the server refused, dropped sources, or could not be reached.
        OutcomeUnknown: the answer was lost, and a search on the server did not find the version.
    """
    attempts = Attempts(began=run.remote.clock.seconds())
    while True:
        outcome = _save(run, request)
        if isinstance(outcome, Run):
            return outcome
        wait = _wait_after(outcome, attempts, run.remote, request)
        if wait is None:
            raise _with_advice(run, request, outcome)
        if wait.is_news:
            run.report.notice(f"{outcome.message}: {wait.text}, Ctrl-C ends the wait")
        with run.report.working("push", run.name, f"waits for {run.remote.name}"):
            run.remote.clock.wait(wait.seconds)
        attempts = wait.attempts
        found = _search_again(run, outcome)
        if found is not None:
            return found
        note(run)  # the state is "intended" again


def settle(run: Run) -> Run:
    """Search the server for the version of a push without an answer, and record it.

    If the version is not there, it may still appear later, and the record stays open.

    Raises:
        KaggleError: the server cannot be asked now; the record stays open for the next push.
    """
    record = run.record
    was_there = record.base_version > 0 and run.remote.status(run.kernel) is not None
    version = _search_in_time(run, was_there=was_there)
    return note(run, state="pushed", version=version) if version else run


def settle_before(later: Run) -> tuple[Run, ...]:
    """Settle the open pushes of a kernel that began before one that has made its version.

    Kaggle numbers versions without a gap: the version of an earlier push has a smaller number, or
    does not exist. If two open pushes sent the same cells, the first one gets the version.

    Raises:
        KaggleError: the server cannot be asked now; open pushes stay open for the next push.
    """
    pushes = journal.read(later.workspace)
    earlier = tuple(takewhile(lambda record: record.id != later.record.id, pushes))
    settled = []
    for record in records.unsettled(earlier, kernel=later.kernel, server=later.record.server):
        run = Run(later.context, later.connection, record)
        versions = records.may_be(pushes, record, later.version)
        kernels = {version: run.remote.get(run.kernel, version) for version in versions}
        found = [v for v, kernel in kernels.items() if kernel and _is_of(record, kernel.source)]
        if found:
            settled.append(note(run, state="pushed", version=found[0]))
        elif all(kernels.values()):
            settled.append(note(run, state="failed"))
    return tuple(settled)


def latest_kernel(remote: Remote, kernel: str, *, was_there: bool) -> RemoteKernel | None:
    """Return a kernel's latest version, None if there is no such kernel.

    Raises:
        KaggleError: the server cannot be asked, or does not find a kernel that it had before.
    """
    found = remote.get(kernel)
    if found is None and was_there:
        raise KaggleError(
            f"{remote.name} had {kernel} before, and does not find it now",
            hint="Try again later.",
        )
    return found


def latest_version(remote: Remote, kernel: str, *, was_there: bool) -> int:
    """Return the number of a kernel's latest version, 0 if there is no such kernel.

    Raises:
        KaggleError: as ``latest_kernel``.
    """
    found = latest_kernel(remote, kernel, was_there=was_there)
    return found.latest if found else 0


def _wait_after(
    error: KaggleError, attempts: Attempts, remote: Remote, request: PushRequest
) -> Wait | None:
    """Return the wait before the next save, None if the error is final.

    The error says that the last save certainly made no version.
    """
    kind = error.kind if isinstance(error, RequestRejected) else None
    if kind == "sessions":
        if not request.waits:
            return None
        return wait_for_session(attempts, remote.patience, remote.clock.seconds())
    if kind == "rate" or isinstance(error, ServerUnreachable | NotPushed):
        asked = error.retry_after if isinstance(error, RequestRejected | NotPushed) else None
        return wait_for_server(attempts, remote.patience, asked)
    return None


def _save(run: Run, request: PushRequest) -> Run | KaggleError:
    """Save once; return the run with its new version, or the error that says there is none."""
    try:
        saved = run.remote.save(request.metadata, request.text, run=request.runs)
    except OutcomeUnknown as error:
        note(run, state="unknown", message=error.message)
        return _search(run, error)
    except SourcesDropped as error:
        # The service shows less than was sent, and nobody has edited it.
        _note_pushed(run.changed(seen=""), error.saved, error.message)
        raise
    except ServerUnreachable as error:
        note(run, state="failed", message=error.message)
        return error
    except KaggleError as error:
        note(run, state="refused", message=error.message)
        return error
    message = ""
    if saved.unknown_keywords:
        message = f"Kaggle does not know the keywords {', '.join(saved.unknown_keywords)}"
        run.report.notice(f"{message}: the version does not have them")
    return _note_pushed(run, saved, message)


def _search(run: Run, error: OutcomeUnknown) -> Run | KaggleError:
    """Search the server for the version of a save without an answer."""
    hint = f"The next push searches for it first: {run.command('push')}"
    try:
        version = _search_in_time(run, was_there=run.record.base_version > 0)
    except KaggleError as failure:
        raise OutcomeUnknown(
            f"{error.message}; the search for the version failed: {failure.message}",
            hint=f"The version may be there. {hint}",
        ) from None
    if version is not None:
        return note(run, state="pushed", version=version)
    if not isinstance(error, Overloaded):
        raise OutcomeUnknown(f"{error.message}; the version is not there so far", hint=hint)
    not_pushed = NotPushed(
        f"{error.message}; the server has no version of it: nothing was pushed",
        hint="Try again.",
        retry_after=error.retry_after,
    )
    note(run, state="failed", message=not_pushed.message)
    return not_pushed


def _search_again(run: Run, error: KaggleError) -> Run | None:
    """Return the run if its version appeared meanwhile, None if nothing has changed.

    Raises:
        KaggleError: somebody else has pushed meanwhile, or the server cannot be asked.
    """
    was_there = run.record.base_version > 0
    try:
        version = _find(run, was_there=was_there)
        newest = latest_version(run.remote, run.kernel, was_there=was_there)
    except KaggleError:
        raise error from None
    if version is not None:
        return note(run, state="pushed", version=version)
    if newest != run.record.base_version:
        raise KaggleError(
            f"{error.message}; meanwhile another push made version {newest} of {run.kernel}",
            hint="Nothing was pushed from here. Look at that version, then push again.",
        )
    return None


def _search_in_time(run: Run, *, was_there: bool) -> int | None:
    """Search more than once: Kaggle may show a new version only after a while."""
    for pause in run.remote.patience.looks:
        run.remote.clock.wait(pause)
        version = _find(run, was_there=was_there)
        if version is not None:
            return version
    return None


def _find(run: Run, *, was_there: bool) -> int | None:
    """Return the version that has the cells which were sent, None if no version has them.

    Raises:
        KaggleError: the server cannot be asked, or contradicts itself.
    """
    newest = latest_version(run.remote, run.kernel, was_there=was_there)
    for version in records.may_be(journal.read(run.workspace), run.record, newest):
        kernel = run.remote.get(run.kernel, version)
        if kernel and _is_of(run.record, kernel.source):
            return version
    return None


def _is_of(record: Record, source: str) -> bool:
    return cells_digest(source) == record.cells


def _with_advice(run: Run, request: PushRequest, error: _E) -> _E:
    """Return the refusal with the hint that fits this push."""
    kind = error.kind if isinstance(error, RequestRejected) else None
    try:
        if kind == "quota":
            return error.with_changes(hints=(about_quota(run.remote.quota()),))
        if kind == "title":
            hint = f"{error.hint}{_namesake(run.remote, request)}"
            return error.with_changes(hints=(hint,))
    except KaggleError:
        return error  # the hint without an answer of the server must do
    if kind == "kernel":
        is_new = run.record.base_version == 0
        hint = about_missing(run.kernel, is_new=is_new, id_no=request.metadata["id_no"])
        return error.with_changes(hints=(hint,))
    return error


def _namesake(remote: Remote, request: PushRequest) -> str:
    title = request.metadata["title"].casefold()
    found = [kernel.id for kernel in remote.mine() if kernel.title.casefold() == title]
    return f" That kernel is {found[0].removeprefix('/')}." if found else ""


def _note_pushed(run: Run, saved: Saved, message: str) -> Run:
    return note(run, state="pushed", version=saved.version, url=saved.url, message=message)
