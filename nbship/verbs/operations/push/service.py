"""What the guards of a push ask the service about: data sources, runs that go on, the quota.

Side effects: sends requests that change nothing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial

from nbship.core.metadata.accelerators import kind_in, kind_of
from nbship.core.metadata.data_sources import kernel_id
from nbship.core.push.latest import stamp_of
from nbship.core.push.sessions import AT_ONCE, Sessions, earlier_run, may_go_on
from nbship.errors import KaggleError, RequestRejected, ServerUnreachable
from nbship.model.push import GoingOn, Latest, Record
from nbship.model.run import DatasetState
from nbship.model.spec import KaggleSpec
from nbship.verbs.operations.remote import Remote

_HOUR = 3600.0  # seconds
# Why a dataset is not ready, and whether that is certain.
_DATASETS: Mapping[DatasetState | None, tuple[str, bool]] = {
    "processing": ("still processed", True),
    "failed": ("its upload has failed", True),
    "deleted": ("deleted", True),
    "reprocessing": ("processed again", False),
    None: ("no such dataset, or not yours to read", False),
}


def doubtful_sources(remote: Remote, spec: KaggleSpec) -> Iterator[tuple[str, bool]]:
    """Yield the data sources that are not ready, each with why, and whether that is certain.

    Raises:
        KaggleError: the service cannot be reached, or accepts no question.
    """
    own = kernel_id(spec.id)  # a kernel may read its own earlier output
    kernels = [source for source in spec.kernel_sources if source and kernel_id(source) != own]
    questions: list[tuple[str, Callable[[], tuple[str, bool] | None]]] = [
        *((source, partial(_kernel, remote, kernel_id(source))) for source in kernels),
        *((each, partial(_dataset, remote, each)) for each in spec.dataset_sources if each),
    ]
    for source, ask in questions:
        try:
            found = ask()
        except (RequestRejected, ServerUnreachable):
            raise
        except KaggleError as error:  # the service fails for this one alone
            found = error.message, False
        if found is not None:
            yield f"{source} ({found[0]})", found[1]


def run_beside(
    remote: Remote, kernel: str, ours: Sequence[Record], latest: Latest
) -> GoingOn | None:
    """Return a run of the kernel that goes on beside its latest version, which did not start it.

    ``ours`` are the pushes to the kernel from here. The service tells of a run only by its version.

    Raises:
        KaggleError: the service cannot be asked.
    """
    push = earlier_run(ours, latest.version)
    status = remote.status(kernel, push.version) if push else None
    if push is None or status is None or not status.is_active:
        return None
    return GoingOn(Latest(push.version or 0, "nbship", stamp_of(push)), status.state)


def sessions_of(remote: Remote, spec: KaggleSpec, pushes: Sequence[Record], user: str) -> Sessions:
    """Return how many runs of a user go on, of those that were pushed from here.

    It asks only as long as they may be as many as the service takes, and for twice as many kernels
    at most.
    """
    kind, active = kind_of(spec), 0
    most = AT_ONCE[kind or "CPU"]
    found = may_go_on(pushes, server=remote.key, user=user)
    asked = [push for push in found if kind_in(push.metadata) == kind][: 2 * most]
    for number, push in enumerate(asked):
        if active == most or active + len(asked) - number < most:
            break
        with suppress(KaggleError):  # a run that nobody knows of refuses nothing
            status = remote.status(push.kernel, push.version)
            active += status is not None and status.is_active
    return Sessions(active, most)


def hours_left(remote: Remote, spec: KaggleSpec) -> float | None:
    """Return the hours that are left of the week's time on the kernel's accelerator, if known.

    Raises:
        KaggleError: the service cannot be asked.
    """
    kind = kind_of(spec)
    if kind is None:
        return None
    quota = remote.quota()
    allowance = quota.gpu if kind == "GPU" else quota.tpu
    return allowance.left / _HOUR if allowance else None


def _kernel(remote: Remote, kernel: str) -> tuple[str, bool] | None:
    """Return why the output of a kernel cannot be read, None if it can."""
    status = remote.status(kernel)
    if status is not None:
        return (status.state, True) if status.is_active else None
    return None if remote.get(kernel) else ("no such kernel, or not yours to read", True)


def _dataset(remote: Remote, dataset: str) -> tuple[str, bool] | None:
    """Return why a dataset cannot be read, None if it can."""
    return _DATASETS.get(remote.dataset_state(dataset))
