"""The interface of a remote service: what the verbs need from each client."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any, Protocol

from nbship.core.kaggle.retry_policy import Patience
from nbship.core.run.watch_policy import Limits
from nbship.edges.kaggle.downloads import Incoming
from nbship.errors import ServerUnreachable
from nbship.model.push import Saved
from nbship.model.run import (
    DatasetState,
    KernelEntry,
    LogEvent,
    OutputFile,
    Outputs,
    Quota,
    RemoteKernel,
    RunStatus,
    StreamEnd,
)


class Clock(Protocol):
    """The clock of waits and deadlines, which tests replace."""

    def seconds(self) -> float:
        """Return the present time in seconds; it never goes back."""

    def wait(self, duration: float) -> None:
        """Wait for some seconds."""


class Remote(Protocol):
    """A service that keeps versions of kernels and runs them.

    Each method raises a KaggleError if the service refuses or cannot be reached.
    """

    @property
    def name(self) -> str:
        """The name in messages: "Kaggle"."""

    @property
    def key(self) -> str:
        """The name in records: "kaggle", or "local"."""

    @property
    def person(self) -> str:
        """The name of the user whose credentials are used, "" if it is not known."""

    @property
    def patience(self) -> Patience:
        """How long and how often to ask."""

    @property
    def limits(self) -> Limits:
        """How long to watch a run."""

    @property
    def clock(self) -> Clock:
        """The clock of waits and deadlines."""

    def unreachable(self) -> ServerUnreachable:
        """Return the error for an address at which no server answers."""

    def save(self, metadata: dict[str, Any], text: str, *, run: bool = True) -> Saved:
        """Make a new version of a kernel, and run it unless ``run`` is False. Sends once."""

    def get(self, kernel: str, version: int | None = None) -> RemoteKernel | None:
        """Return a version of a kernel, or the latest one; None if there is no such version."""

    def delete(self, kernel: str) -> None:
        """Delete a kernel with all its versions."""

    def cancel(self, session: int) -> None:
        """Cancel a run by the number of its session; only who has started it may."""

    def status(self, kernel: str, version: int | None = None) -> RunStatus | None:
        """Return the status of a version's run, None if there is no run."""

    def outputs(self, kernel: str, version: int) -> Outputs:
        """Return the list of a run's outputs, and its log."""

    def mine(self) -> tuple[KernelEntry, ...]:
        """Return all kernels of the user."""

    def dataset_state(self, dataset: str) -> DatasetState | None:
        """Return whether a dataset can be used, None if the service does not tell."""

    def dataset_version(self, dataset: str) -> int | None:
        """Return the number of a dataset's latest version, None if the service does not tell."""

    def quota(self) -> Quota:
        """Return the user's weekly time on accelerators."""

    def stream(self, kernel: str, version: int) -> Iterator[LogEvent | StreamEnd]:
        """Yield the lines of a run's log from the first one on; the last item says how it ended."""

    def download(
        self, file: OutputFile, *, most: int, have: int = 0, validator: str = ""
    ) -> AbstractContextManager[Incoming]:
        """Open a file for reading, after the first ``have`` bytes.

        ``most`` is the largest size in bytes. ``validator`` names the state of the file from which
        the first bytes were read.
        """
