"""A kernel's versions and runs on a remote service: status, log, outputs and quota."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

RunState = Literal["queued", "running", "complete", "error", "cancelling", "cancelled"]
# Of a dataset's latest version; one that is reprocessed may be usable meanwhile.
DatasetState = Literal["processing", "ready", "reprocessing", "failed", "deleted"]
ACTIVE_STATES: frozenset[RunState] = frozenset({"queued", "running", "cancelling"})


@dataclass(frozen=True, slots=True)
class RunStatus:
    """The status of one run, with the service's message if it failed."""

    state: RunState
    failure_message: str = ""

    @property
    def is_active(self) -> bool:
        """Whether the run has not ended."""
        return self.state in ACTIVE_STATES


@dataclass(frozen=True, slots=True)
class RemoteKernel:
    """One version of a kernel on the service; ``latest`` is the number of the newest version.

    ``metadata`` has the keys of kernel-metadata.json, as far as the service tells them. ``began``
    says for people when the newest run began: "2026-11-26 18:00 UTC", "" if that is not known.
    """

    id: str
    latest: int
    source: str
    metadata: Mapping[str, Any] = field(default_factory=dict, compare=False)
    began: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class KernelEntry:
    """A kernel in a list of kernels."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file in the list of a run's outputs; ``size`` in bytes may be wrong."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Allowance:
    """The weekly time for one kind of accelerator, in seconds."""

    used: float
    reserved: float
    allowed: float

    @property
    def left(self) -> float:
        """The time that is neither used nor reserved for a run."""
        return max(0.0, self.allowed - self.used - self.reserved)


@dataclass(frozen=True, slots=True)
class Quota:
    """The weekly time, and when the next week begins: "2026-09-26 00:00 UTC"."""

    refreshes: str
    gpu: Allowance | None
    tpu: Allowance | None


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One line of a run's log; ``time`` in seconds since the session began."""

    stream: str
    time: float
    text: str


# How the live log ended: with the run's log, before its end, or there was no live log.
StreamEnd = Literal["finished", "cut", "absent"]


@dataclass(frozen=True, slots=True)
class OutputFile:
    """A file of a run's working folder; ``name`` may contain folders."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Outputs:
    """The files of a run, and its log as Kaggle keeps it (JSON text)."""

    files: tuple[OutputFile, ...]
    log: str


@dataclass(frozen=True, slots=True)
class FetchOptions:
    """The options of watch for outputs.

    ``only`` are shell patterns of the names to fetch, ``most`` is the largest size of a file in
    bytes, and ``most_files`` is the largest number of files.
    """

    only: tuple[str, ...] = ()
    most: int = 2 << 30
    most_files: int = 10_000


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """An output in the run's folder; ``size`` in bytes."""

    name: str
    size: int
    sha256: str
