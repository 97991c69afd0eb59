"""A push: its options, the server's answer, and the record of what happened."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from nbship.model.run import RunState
from nbship.model.workspace import LineMap

RecordState = Literal[
    "intended", "pushed", "refused", "failed", "unknown", "complete", "error", "cancelled"
]


# The order of another commit and that of HEAD in git's history.
Order = Literal["same", "before", "after", "apart", "unknown"]
Maker = Literal["nobody", "nbship", "somebody", "merged"]


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the first cell of a pushed version says about it.

    ``seen`` is the digest of what the service shows of the version, ``digest`` that of everything
    which was sent; neither covers the stamp. ``at`` is in UTC, ISO 8601.
    """

    commit: str
    seen: str
    digest: str
    record: str
    by: str
    at: str


@dataclass(frozen=True, slots=True)
class Latest:
    """The latest version of a kernel: 0 if there is none.

    ``made_by`` is nbship if a push made the version and nobody has edited it since; then ``stamp``
    tells of the push, and ``order`` that of its commit and ours. A version of somebody that a
    rescue has brought into the source is merged. ``seen`` is the digest of what the service shows.
    ``began`` says for people when its run began, "" if that is not known.
    """

    version: int = 0
    made_by: Maker = "nobody"
    stamp: Stamp | None = None
    order: Order = "unknown"
    seen: str = ""
    began: str = ""


@dataclass(frozen=True, slots=True)
class GoingOn:
    """A run that has not ended: of which version, and in which state."""

    latest: Latest
    state: RunState


@dataclass(frozen=True, slots=True)
class Saved:
    """The service's answer to a push that it accepted."""

    version: int
    url: str
    unknown_keywords: tuple[str, ...] = ()  # that Kaggle left out; they do not change the run


@dataclass(frozen=True, slots=True)
class Record:
    """One push, in its latest state in the journal.

    ``at`` is in UTC, ISO 8601, and only for people: it decides nothing. The fields from
    ``metadata`` on describe the version and its run, and decide nothing either: where one of them
    is damaged, the record counts without it. ``parameters`` are the values that the notebook's
    tagged cells assign, as they are written there. ``inputs`` are versions of the inputs by id, as
    far as they were known at the push; 0 for a kernel that had no complete run. A version that was
    ``dropped`` is not on the service any more.
    """

    id: str
    state: RecordState
    at: str
    name: str
    target: str
    server: str
    kernel: str
    digest: str
    cells: str  # digest of the cells alone, by which a version on the server is recognized
    commit: str | None
    base_version: int
    overrides: tuple[str, ...]
    line_map: LineMap
    version: int | None = None
    url: str = ""
    message: str = ""
    folder: str | None = None  # of the outputs, relative to the workspace
    runs: bool = True  # False for a version that was saved without a run
    metadata: Mapping[str, Any] = field(default_factory=dict)  # kernel-metadata.json, as pushed
    parameters: Mapping[str, str] = field(default_factory=dict)
    inputs: Mapping[str, int] = field(default_factory=dict)
    seconds: float | None = None  # that the run took, by its log
    person: str = ""  # who pushed it, "" in older records
    user: str = ""  # whose quota the run burns
    sent: str = ""  # the digest of everything that was sent, "" in older records
    seen: str = ""  # the digest of what the service shows of it, "" without a stamp
    rehearsed: str = ""  # the language of its rehearsal with its version, "Python 3.11.7"
    # What the session line of the run tells; "" and None before it is read.
    session: int | None = None
    image: str = ""
    runtime: str = ""  # the language with its version
    accelerator: str = ""
    dropped: bool = False


@dataclass(frozen=True, slots=True)
class PushOptions:
    """The options of a push.

    ``overrides`` are the guards' flags that the user gave. ``wait`` waits for the end of the
    kernel's run and then, as ``awaits_session`` does, for a free session when the limit of
    concurrent sessions is reached. ``no_run`` saves the version without a run. ``again`` pushes
    what the kernel's latest version is already. A push that ``ships`` is a part of a ship: it waits
    for another command that pushes the kernel.
    """

    overrides: tuple[str, ...] = ()
    wait: bool = False
    awaits_session: bool = False
    no_run: bool = False
    again: bool = False
    ships: bool = False
