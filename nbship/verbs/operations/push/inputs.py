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

    What the service does not tell is left out, but for the last complete run of a kernel that this
    clone has pushed. A competition has no version, and the id of a model contains it.
    """
    complete = complete_versions(pushes)
    found: dict[str, int | None] = {}
    for dataset in filter(None, metadata.get("dataset_sources") or ()):
        with suppress(KaggleError):
            found[dataset] = _dataset(remote, dataset)
    for kernel in filter(None, kernels_read(metadata)):
        found[kernel] = complete.get((remote.key, kernel))
        with suppress(KaggleError):
            found[kernel] = _kernel(remote, kernel_id(kernel)) or found[kernel]
    return {name: version for name, version in found.items() if version}


def _dataset(remote: Remote, dataset: str) -> int | None:
    parts = dataset.split("/")
    if len(parts) == _PINNED and parts[2].isascii() and parts[2].isdecimal():
        return int(parts[2])
    return remote.dataset_version(dataset)


def _kernel(remote: Remote, kernel: str) -> int | None:
    """Return the latest version of a kernel if its run is complete, else None."""
    latest = remote.get(kernel)
    if latest is None or not latest.latest:
        return None
    status = remote.status(kernel, latest.latest)
    return latest.latest if status is not None and status.state == "complete" else None
