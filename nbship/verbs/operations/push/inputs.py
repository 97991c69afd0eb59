"""The versions of a kernel's inputs, as the service has them now.

Side effects: sends requests that change nothing.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from nbship.core.metadata.data_sources import kernel_id
from nbship.core.push.record import complete_versions, kernels_read
from nbship.errors import KaggleError
from nbship.model.push import Record
from nbship.verbs.operations.remote import Remote

_PINNED = 3  # parts of a dataset's id with a version


def inputs_now(
    remote: Remote, metadata: Mapping[str, Any], pushes: Iterable[Record]
) -> dict[str, int]:
    """Return the versions of datasets and kernels that a run would read now, by their ids.

    A kernel without a complete run has version 0, unless this clone knows an earlier complete one.
    What the service does not tell is left out, and so is the kernel's own output, which it may
    read: each run would make the next one older than its inputs. A competition has no version, and
    the id of a model contains it.
    """
    complete, own = complete_versions(pushes), kernel_id(str(metadata.get("id")))
    found: dict[str, int] = {}
    for dataset in filter(None, metadata.get("dataset_sources") or ()):
        with suppress(KaggleError):
            if version := _dataset(remote, dataset):
                found[dataset] = version
    for kernel in filter(None, kernels_read(metadata)):
        if kernel_id(kernel) == own:
            continue
        known = complete.get((remote.key, kernel_id(kernel)), 0)
        try:
            found[kernel] = _kernel(remote, kernel_id(kernel)) or known
        except KaggleError:
            found |= {kernel: known} if known else {}
    return found


def _dataset(remote: Remote, dataset: str) -> int | None:
    parts = dataset.split("/")
    if len(parts) == _PINNED and parts[2].isascii() and parts[2].isdecimal():
        return int(parts[2])
    return remote.dataset_version(dataset)


def _kernel(remote: Remote, kernel: str) -> int:
    """Return the latest version of a kernel if its run is complete, else 0."""
    latest = remote.get(kernel)
    if latest is None or not latest.latest:
        return 0
    status = remote.status(kernel, latest.latest)
    return latest.latest if status is not None and status.state == "complete" else 0
