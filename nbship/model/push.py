"""A push: its options, the server's answer, and the record of what happened."""

from dataclasses import dataclass
from typing import Literal

from nbship.model.workspace import LineMap

RecordState = Literal[
    "intended", "pushed", "refused", "failed", "unknown", "complete", "error", "cancelled"
]


@dataclass(frozen=True, slots=True)
class Saved:
    """Kaggle's answer to a push that it took."""

    version: int
    url: str
    unknown_keywords: tuple[str, ...] = ()  # left out by Kaggle; the run is the same without them


@dataclass(frozen=True, slots=True)
class Record:
    """The story of one push, folded from the journal's events.

    ``at`` is in UTC, ISO 8601, and informs people only: nothing is decided by it.
    """

    id: str
    state: RecordState
    at: str
    name: str
    target: str
    server: str
    kernel: str
    digest: str
    cells: str  # the digest of what runs alone, by which a version on the server is known again
    commit: str | None
    base_version: int
    overrides: tuple[str, ...]
    line_map: LineMap
    version: int | None = None
    url: str = ""
    message: str = ""
    folder: str | None = None  # where the outputs lie, relative to the workspace
    runs: bool = True  # False of a version that was saved and not run


@dataclass(frozen=True, slots=True)
class PushOptions:
    """What the user asked for with ``push``.

    ``overrides`` are the flags of the guards that were given. ``wait`` waits for a free session
    where Kaggle runs no more at once; ``no_run`` saves the version and starts nothing.
    """

    overrides: tuple[str, ...] = ()
    wait: bool = False
    no_run: bool = False
