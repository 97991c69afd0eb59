"""Conversion of kagglesdk's answers into our data. Side effects: none.

kagglesdk does not check the types of the fields that a server sends. The functions here raise
whatever exception a wrong type leads to; ``errors.translate_errors`` reports each of them as an
answer that makes no sense.
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
from nbship.model.spec import KaggleSpec, keys_of

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
    """Return the version that a save made, with the keywords that Kaggle ignored.

    Raises:
        RequestRejected: the answer contains Kaggle's reason; nothing happened.
        SourcesDropped: the version exists, but it runs without some of its sources.
        OutcomeUnknown: the answer contains no version number.
    """
    if answer.error:
        raise refused_in_words(answer.error)
    version = answer.version_number
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise outcome_unknown("it contains no version number")
    made = Saved(version, str(answer.url or ""), _names(answer.invalid_tags))
    dropped = {
        kind: names for field, kind in _DROPPED.items() if (names := _names(getattr(answer, field)))
    }
    if dropped:
        raise sources_dropped(made, dropped)
    return made


def remote(kernel: str, answer: Any) -> RemoteKernel:
    """Return a version of a kernel."""
    found = answer.metadata
    latest = int(found.current_version_number or 0)
    source, began = text(answer.blob.source), _moment(found.last_run_time)
    return RemoteKernel(kernel, latest, source, _metadata(answer), began)


def _metadata(answer: Any) -> dict[str, Any]:
    """Return the keys of kernel-metadata.json; the answer has most under the names of a save."""
    found = answer.metadata
    keys = {name: getattr(found, key.api, None) for name, key in keys_of(KaggleSpec).items()}
    named = {
        "id": text(found.ref),
        "title": text(found.title),
        "id_no": found.id,
        "language": text(answer.blob.language),
        "kernel_type": text(answer.blob.kernel_type),
    }
    return {name: value for name, value in (keys | named).items() if value is not None}


def status(answer: Any) -> RunStatus:
    """Return the status of a run; Kaggle omits the state of a queued one."""
    return RunStatus(_STATES[answer.status.name], text(answer.failure_message))


def entries(answer: Any) -> tuple[list[KernelEntry], str]:
    """Return a page of kernels, and the token of the next page, empty for the last one."""
    found = [KernelEntry(text(kernel.ref), text(kernel.title)) for kernel in answer.kernels or []]
    return found, text(answer.next_page_token)


def listed(answer: Any) -> tuple[list[ListedFile], str]:
    """Return a page of files, and the token of the next page, empty for the last one."""
    found = [ListedFile(text(file.name), int(file.size or 0)) for file in answer.files or []]
    return found, text(answer.next_page_token)


def quota(answer: Any) -> Quota:
    """Return the accelerator time of the week, in seconds."""
    return Quota(
        refreshes=_moment(answer.quota_refresh_time),
        gpu=_allowance(answer.gpu_quota),
        tpu=_allowance(answer.tpu_quota),
    )


def text(value: object) -> str:
    """Return a string field of an answer, empty if it is missing.

    Raises:
        TypeError: the field is not a string.
    """
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{value!r} is not a string")
    return value or ""


def _moment(when: object) -> str:
    """Return a moment for people; kagglesdk reads one as UTC, without a time zone."""
    return f"{when:%Y-%m-%d %H:%M} UTC" if isinstance(when, datetime) else ""


def _allowance(quota: Any) -> Allowance | None:
    if quota is None or quota.total_time_allowed is None:
        return None
    return Allowance(
        _seconds(quota.time_used), _seconds(quota.time_reserved), _seconds(quota.total_time_allowed)
    )


def _seconds(duration: timedelta | None) -> float:
    return duration.total_seconds() if duration is not None else 0.0


def _names(value: Any) -> tuple[str, ...]:
    """Return the names in a field of any type: the version exists and must be recorded."""
    if not value:
        return ()
    names = value if isinstance(value, list) else [value]
    return tuple(plain(name) for name in names)
