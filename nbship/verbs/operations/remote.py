"""The remote service as the verbs see it: what each of its clients offers."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any, Protocol

from nbship.core.kaggle.retry_policy import Patience
from nbship.core.run.watch_policy import Limits
from nbship.edges.kaggle.downloads import Incoming
from nbship.errors import ServerUnreachable
from nbship.model.push import Saved
from nbship.model.run import (
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
    """What measures and passes the time between two requests."""

    def seconds(self) -> float:
        """Return a number of seconds that only grows."""

    def wait(self, duration: float) -> None:
        """Wait for some seconds."""


class Remote(Protocol):
    """A service that keeps versions of kernels and runs them.

    Each method raises a KaggleError where the service refuses or cannot be reached.
    """

    @property
    def name(self) -> str:
        """The name in messages: "Kaggle"."""

    @property
    def key(self) -> str:
        """The name in records: "kaggle", or "local"."""

    @property
    def person(self) -> str:
        """The user whose credentials are used, "" where they do not say."""

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
        """Return the error that no server answers at the address."""

    def save(self, metadata: dict[str, Any], text: str, *, run: bool = True) -> Saved:
        """Make a new version of a kernel, and start its run unless ``run`` is False. Sends once."""

    def get(self, kernel: str, version: int | None = None) -> RemoteKernel | None:
        """Return a version of a kernel, or the latest one; None where there is no such version."""

    def status(self, kernel: str, version: int | None = None) -> RunStatus | None:
        """Return the status of a version's run, None where there is no run."""

    def outputs(self, kernel: str, version: int) -> Outputs:
        """Return the list of a run's outputs, and its log."""

    def mine(self) -> tuple[KernelEntry, ...]:
        """Return all kernels of the user."""

    def quota(self) -> Quota:
        """Return what is left of the week's hours."""

    def stream(self, kernel: str, version: int) -> Iterator[LogEvent | StreamEnd]:
        """Yield the lines of a run's log from the first one on, and last how the stream ended."""

    def download(
        self, file: OutputFile, *, most: int, have: int = 0, validator: str = ""
    ) -> AbstractContextManager[Incoming]:
        """Open a file for reading; ``have`` bytes of it are here, of the state ``validator``."""
