"""send: hand an artifact to the server once and only once, and record what came of it.

A save whose answer is lost is looked for on the server. What is not there may come late, so that it
stays open until a later version tells. One that the server says it did not take may be sent again,
a few times, and never without a look before.
"""

from dataclasses import dataclass, replace
from typing import Any, TypeVar

from nbship.core.kaggle.messages import about_missing, about_quota
from nbship.core.push import record as records
from nbship.core.source.nbjson import cells_digest
from nbship.edges.kaggle.client import Kaggle
from nbship.edges.kaggle.errors import (
    Overloaded,
    RequestRejected,
    ServerUnreachable,
    SourcesDropped,
)
from nbship.edges.workspace import journal
from nbship.errors import KaggleError, OutcomeUnknown
from nbship.model.push import Record, Saved
from nbship.model.target import command
from nbship.model.workspace import Context

_E = TypeVar("_E", bound=KaggleError)


@dataclass(frozen=True, slots=True)
class PushRequest:
    """What is sent: the metadata, the text, whether it runs, and whether it may wait for that."""

    metadata: dict[str, Any]
    text: str
    runs: bool = True
    waits: bool = False


class NotPushed(KaggleError):
    """The server was too busy to answer, and looking told that nothing had happened."""

    told: float | None = None


def send(context: Context, kaggle: Kaggle, record: Record, order: PushRequest) -> Record:
    """Send an intended push, and return its record with the version that it made.

    Side effects: makes a version on the server; writes the journal; may wait.

    Raises:
        KaggleError: the server refused, dropped sources, or could not be reached.
        OutcomeUnknown: the answer was lost and looking did not tell either.
    """
    pauses = _Pauses(kaggle, order)
    while True:
        outcome = _save(context, kaggle, record, order)
        if isinstance(outcome, Record):
            return outcome
        pause = pauses.after(outcome)
        if pause is None:
            raise _advised(kaggle, record, order, outcome)
        if pauses.is_news:
            context.report.notice(f"{outcome.message}: {pauses.word}, Ctrl-C stops this")
        kaggle.clock.wait(pause)
        found = _look_again(context, kaggle, record, outcome)
        if found is not None:
            return found
        journal.write(context.workspace, record)  # intended, once more


def settle(context: Context, kaggle: Kaggle, record: Record) -> Record:
    """Find out whether a push without an answer made a version, and note it.

    What is not there may come late: the record stays open then.

    Raises:
        KaggleError: the server cannot be asked now; the record stays open for the next push.
    """
    is_there = record.base_version > 0 and kaggle.status(record.kernel) is not None
    version = _find_in_time(context, kaggle, record, was_there=is_there)
    return _note(context, record, state="pushed", version=version) if version else record


def settle_before(context: Context, kaggle: Kaggle, later: Record) -> tuple[Record, ...]:
    """Settle the pushes of a kernel that are open when a later one has made its version.

    Kaggle numbers versions without a gap: what a push before it made lies between, or is not. Of
    two open pushes of the same cells nobody can tell which made a version; it goes to the first.

    Raises:
        KaggleError: the server cannot be asked now; what is open stays open for the next push.
    """
    known = journal.read(context.workspace)
    settled = []
    for record in records.unsettled(known, kernel=later.kernel, server=later.server):
        versions = records.may_be(known, record, later.version or 0)
        sources = {version: kaggle.get(record.kernel, version) for version in versions}
        found = [v for v, there in sources.items() if there and _is_of(record, there.source)]
        if found:
            settled.append(_note(context, record, state="pushed", version=found[0]))
        elif all(sources.values()):
            settled.append(_note(context, record, state="failed"))
    return tuple(settled)


def latest_version(kaggle: Kaggle, kernel: str, *, was_there: bool) -> int:
    """Return the number of a kernel's latest version, 0 where there is no such kernel.

    Raises:
        KaggleError: the server cannot be asked, or does not know what it knew before.
    """
    remote = kaggle.get(kernel)
    if remote is None and was_there:
        raise KaggleError(
            f"{kaggle.server.name} knew {kernel} before, and now it does not",
            hint="Try again in a while.",
        )
    return remote.latest if remote else 0


class _Pauses:
    """How long to wait before a save is tried again, and what to say of it."""

    def __init__(self, kaggle: Kaggle, order: PushRequest) -> None:
        self._patience = kaggle.patience
        self._clock = kaggle.clock
        self._waits = order.waits
        self._began = kaggle.clock.seconds()
        self._told = -1.0  # seconds after which a person heard of the wait for a session
        self._left = list(self._patience.saves)
        self.is_news = True
        self.word = ""

    def after(self, error: KaggleError) -> float | None:
        """Return the seconds to wait after a save that is known not to have happened, or None."""
        if isinstance(error, RequestRejected) and error.trouble == "sessions":
            return self._for_session() if self._waits else None
        is_over = not (
            isinstance(error, ServerUnreachable)
            or (isinstance(error, RequestRejected) and error.trouble == "rate")
            or isinstance(error, NotPushed)
        )
        if is_over or not self._left:
            return None
        told = getattr(error, "told", None) or 0.0
        pause = min(max(self._left.pop(0), told), 3 * max(self._patience.saves))
        self.is_news, self.word = True, f"again in {pause:.0f} s"
        return None if told > pause else pause

    def _for_session(self) -> float | None:
        waited = self._clock.seconds() - self._began
        if waited >= self._patience.session_wait:
            return None
        self.is_news = self._told < 0 or waited - self._told >= self._patience.session_news
        if self.is_news:
            self._told = waited
        self.word = f"waiting for {waited / 60:.0f} min" if waited > 1 else "waiting until one ends"
        return self._patience.session_poll


def _save(
    context: Context, kaggle: Kaggle, record: Record, order: PushRequest
) -> Record | KaggleError:
    """Save once; return the record of the new version, or why there is certainly none."""
    try:
        saved = kaggle.save(order.metadata, order.text, run=order.runs)
    except OutcomeUnknown as error:
        _note(context, record, state="unknown", message=error.message)
        return _look(context, kaggle, record, error)
    except SourcesDropped as error:
        _pushed(context, record, error.saved, error.message)
        raise
    except ServerUnreachable as error:
        _note(context, record, state="failed", message=error.message)
        return error
    except KaggleError as error:
        _note(context, record, state="refused", message=error.message)
        return error
    message = ""
    if saved.unknown_keywords:
        message = f"Kaggle does not know the keywords {', '.join(saved.unknown_keywords)}"
        context.report.notice(f"{message}: the version goes without them")
    return _pushed(context, record, saved, message)


def _look(
    context: Context, kaggle: Kaggle, record: Record, error: OutcomeUnknown
) -> Record | KaggleError:
    """Look for a save without an answer."""
    try:
        version = _find_in_time(context, kaggle, record, was_there=record.base_version > 0)
    except KaggleError as trouble:
        raise OutcomeUnknown(
            f"{error.message}; looked for it: {trouble.message}",
            hint=f"It may be there. {_next(record)}",
        ) from None
    if version is not None:
        return _note(context, record, state="pushed", version=version)
    if not isinstance(error, Overloaded):
        raise OutcomeUnknown(
            f"{error.message}; looked for it: it is not there, or not yet", hint=_next(record)
        )
    nothing = NotPushed(f"{error.message}; looked: nothing was pushed", hint="Try again.")
    nothing.told = error.told
    _note(context, record, state="failed", message=nothing.message)
    return nothing


def _look_again(
    context: Context, kaggle: Kaggle, record: Record, error: KaggleError
) -> Record | None:
    """Return None where all is as it was before the push, or the version that is there after all.

    Raises:
        KaggleError: somebody else has pushed meanwhile, or the server cannot be asked.
    """
    was_there = record.base_version > 0
    try:
        version = _find(context, kaggle, record, was_there=was_there)
        newest = latest_version(kaggle, record.kernel, was_there=was_there)
    except KaggleError:
        raise error from None
    if version is not None:
        return _note(context, record, state="pushed", version=version)
    if newest != record.base_version:
        raise KaggleError(
            f"{error.message}; meanwhile {record.kernel} has version {newest}, of another push",
            hint="Nothing was pushed from here. Look at it, then push again.",
        )
    return None


def _find_in_time(
    context: Context, kaggle: Kaggle, record: Record, *, was_there: bool
) -> int | None:
    """Look more than once: what Kaggle shows may lag behind what it has."""
    for pause in kaggle.patience.looks:
        kaggle.clock.wait(pause)
        version = _find(context, kaggle, record, was_there=was_there)
        if version is not None:
            return version
    return None


def _find(context: Context, kaggle: Kaggle, record: Record, *, was_there: bool) -> int | None:
    """Return the version that holds what was sent, None where none does.

    Raises:
        KaggleError: the server cannot be asked, or contradicts itself.
    """
    newest = latest_version(kaggle, record.kernel, was_there=was_there)
    for version in records.may_be(journal.read(context.workspace), record, newest):
        there = kaggle.get(record.kernel, version)
        if there and _is_of(record, there.source):
            return version
    return None


def _is_of(record: Record, source: str) -> bool:
    return cells_digest(source) == record.cells


def _next(record: Record) -> str:
    return f"The next push looks first: {command('push', record.name, record.target)}"


def _advised(kaggle: Kaggle, record: Record, order: PushRequest, error: _E) -> _E:
    """Return the refusal with what is to be said of it in this case."""
    trouble = error.trouble if isinstance(error, RequestRejected) else None
    try:
        if trouble == "quota":
            error.hint = about_quota(kaggle.quota())
        elif trouble == "title":
            error.hint = f"{error.hint}{_namesake(kaggle, order)}"
    except KaggleError:
        pass  # what is known without asking has to do
    if trouble == "kernel":
        is_new = record.base_version == 0
        id_no = order.metadata["id_no"]
        error.hint = about_missing(record.kernel, is_new=is_new, id_no=id_no)
    return error


def _namesake(kaggle: Kaggle, order: PushRequest) -> str:
    title = order.metadata["title"].casefold()
    found = [kernel.id for kernel in kaggle.mine() if kernel.title.casefold() == title]
    return f" It is {found[0].lstrip('/')}." if found else ""


def _pushed(context: Context, record: Record, saved: Saved, message: str) -> Record:
    return _note(
        context, record, state="pushed", version=saved.version, url=saved.url, message=message
    )


def _note(context: Context, record: Record, **changes: Any) -> Record:
    return journal.write(context.workspace, replace(record, **changes))
