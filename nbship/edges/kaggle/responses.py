"""The package's answers → our data, each field looked at. Side effects: none.

The package hands on what came, of whatever type: what is not what it should be is refused here,
by whatever exception arises, and told as an answer that makes no sense.
"""

from datetime import datetime, timedelta
from typing import Any

from nbship.edges.kaggle.errors import outcome_unknown, plain, refused_in_words, sources_dropped
from nbship.model.push import Saved
from nbship.model.run import (
    Allowance,
    KernelEntry,
    ListedFile,
    Quota,
    RemoteKernel,
    RunState,
    RunStatus,
)

_STATES: dict[str, RunState] = {
    "QUEUED": "queued",
    "NEW_SCRIPT": "queued",
    "RUNNING": "running",
    "COMPLETE": "complete",
    "ERROR": "error",
    "CANCEL_REQUESTED": "cancelling",
    "CANCEL_ACKNOWLEDGED": "cancelled",
}
_DROPPED = {
    "invalid_dataset_sources": "dataset",
    "invalid_competition_sources": "competition",
    "invalid_kernel_sources": "kernel",
    "invalid_model_sources": "model",
}


def saved(answer: Any) -> Saved:
    """Believe in a success only where Kaggle says all that a success says.

    A keyword that Kaggle does not know is left out and told: the run is the same without it.

    Raises:
        Refused: Kaggle says why; nothing happened.
        SourcesDropped: there is a version, but it runs without some of its sources.
        OutcomeUnknown: it has no version number.
    """
    if answer.error:
        raise refused_in_words(answer.error)
    version = answer.version_number
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise outcome_unknown("an answer without a version number")
    made = Saved(version, str(answer.url or ""), _names(answer.invalid_tags))
    dropped = {
        kind: names for field, kind in _DROPPED.items() if (names := _names(getattr(answer, field)))
    }
    if dropped:
        raise sources_dropped(made, dropped)
    return made


def remote(kernel: str, answer: Any) -> RemoteKernel:
    """Return a version of a kernel."""
    latest = int(answer.metadata.current_version_number or 0)
    return RemoteKernel(id=kernel, latest=latest, source=text(answer.blob.source))


def status(answer: Any) -> RunStatus:
    """Return how a run stands; an answer without a word about it is that of a queued one."""
    return RunStatus(_STATES[answer.status.name], text(answer.failure_message))


def entries(answer: Any) -> tuple[list[KernelEntry], str]:
    """Return a page of a list of kernels, and the token of the next one, empty behind the last."""
    found = [KernelEntry(text(kernel.ref), text(kernel.title)) for kernel in answer.kernels or []]
    return found, text(answer.next_page_token)


def listed(answer: Any) -> tuple[list[ListedFile], str]:
    """Return a page of a list of files, and the token of the next one, empty behind the last."""
    found = [ListedFile(text(file.name), int(file.size or 0)) for file in answer.files or []]
    return found, text(answer.next_page_token)


def quota(answer: Any) -> Quota:
    """Return what is left of the week."""
    when = answer.quota_refresh_time
    return Quota(
        refreshes=f"{when:%Y-%m-%d %H:%M} UTC" if isinstance(when, datetime) else "",
        gpu=_allowance(answer.gpu_quota),
        tpu=_allowance(answer.tpu_quota),
    )


def text(value: object) -> str:
    """Return a text of an answer, an empty one where there is none."""
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{value!r} stands for a text")
    return value or ""


def _allowance(told: Any) -> Allowance | None:
    if told is None or told.total_time_allowed is None:
        return None
    return Allowance(
        _seconds(told.time_used), _seconds(told.time_reserved), _seconds(told.total_time_allowed)
    )


def _seconds(told: timedelta | None) -> float:
    return told.total_seconds() if told is not None else 0.0


def _names(value: Any) -> tuple[str, ...]:
    """Return the names in a list of whatever shape: there is a version, and they must be told."""
    if not value:
        return ()
    names = value if isinstance(value, list) else [value]
    return tuple(plain(name) for name in names)
