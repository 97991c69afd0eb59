"""What Kaggle says of a push and its run, and the record of it."""

from dataclasses import dataclass
from typing import Literal

RunState = Literal["queued", "running", "complete", "error", "cancelling", "cancelled"]
ACTIVE_STATES: frozenset[RunState] = frozenset({"queued", "running", "cancelling"})


@dataclass(frozen=True, slots=True)
class RunStatus:
    """What Kaggle says of one run, and its own words when it failed."""

    state: RunState
    failure_message: str = ""

    @property
    def is_active(self) -> bool:
        """Whether the run still goes on."""
        return self.state in ACTIVE_STATES


@dataclass(frozen=True, slots=True)
class RemoteKernel:
    """One version of a kernel as Kaggle has it; ``latest`` is the newest version's number."""

    id: str
    latest: int
    source: str


@dataclass(frozen=True, slots=True)
class KernelEntry:
    """A kernel as a list of them has it."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file that a run left, as a list of them has it; ``size`` in bytes is a hint at best."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Allowance:
    """The hours that a week has for one kind of accelerator, in seconds."""

    used: float
    reserved: float
    allowed: float

    @property
    def left(self) -> float:
        """What is neither used nor promised to a run."""
        return max(0.0, self.allowed - self.used - self.reserved)


@dataclass(frozen=True, slots=True)
class Quota:
    """What is left of the week, and when the next one begins: "2026-09-26 00:00 UTC"."""

    refreshes: str
    gpu: Allowance | None
    tpu: Allowance | None


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One line of a run's log; ``time`` in seconds since the session began."""

    stream: str
    time: float
    text: str


# How a reading of the live log ended: with the log itself; before it; there was none to read.
StreamEnd = Literal["finished", "cut", "absent"]


@dataclass(frozen=True, slots=True)
class OutputFile:
    """A file that a run left in its working folder; ``name`` may have folders in it."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Outputs:
    """What a run left: its files, and its log as Kaggle keeps it (JSON text)."""

    files: tuple[OutputFile, ...]
    log: str


@dataclass(frozen=True, slots=True)
class FetchOptions:
    """What a person asked for with ``doit watch``: shell patterns of names, and bytes of a file."""

    only: tuple[str, ...] = ()
    most: int = 2 << 30
    most_files: int = 10_000


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """An output as it lies in the run's folder; ``size`` in bytes."""

    name: str
    size: int
    sha256: str
