"""A workspace, its sources and its notebooks at a glance: what every command needs at once.

Each class costs a command half a millisecond at its start; what only some need stands elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from nbship.model.layout import Layout
from nbship.model.target import BUILT_IN, Target

CellKind = Literal["code", "markdown", "raw"]
METADATA_FILE = "kernel-metadata.json"  # beside the code in an artifact
LanguageName = Literal["python", "r"]  # as kernel-metadata.json writes it


@dataclass(frozen=True, slots=True)
class Workspace:
    """A repo with sources, on this machine."""

    root: Path
    inputs: Path  # stands for Kaggle's datasets in a rehearsal, laid out like its mounts
    layout: Layout = field(default_factory=Layout)
    targets: Mapping[str, Target] = field(default_factory=lambda: BUILT_IN)

    def path(self, relative: str) -> Path:
        """Return the path on this machine of a path that the layout gives."""
        return self.root / relative


@dataclass(frozen=True, slots=True)
class Source:
    """The text of one file below src_py/, with LF line ends and no byte order mark."""

    path: str  # relative to the workspace, forward slashes: "src_py/trainer.py"
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One notebook of the workspace as a glance at its header shows it."""

    name: str
    path: str  # of its source, relative to the workspace
    kernel: str | None = None  # the id of a Kaggle kernel
    kernel_sources: tuple[str, ...] = ()
    twins: tuple[str, ...] = ()  # other sources of the same name, of which there may be none
    is_script: bool = False  # the kernel's type is "script"


Catalogue = Mapping[str, Entry]  # by name, upstream kernels before those that use them


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a piece of the artifact comes from: its text begins at ``path``, line ``line``.

    ``start`` is the line of the artifact at which the piece begins. A cell counts its own lines.
    """

    path: str
    line: int
    start: int = 1


# One entry for each cell of a notebook, in order. Of a script, one for each run of lines that
# stands in the source; between two of them stands the bundle.
LineMap = tuple[Origin | None, ...]


class Report(Protocol):
    """How verbs tell a person what happens; the console is one, a test's list another."""

    def step(self, verb: str, name: str, text: str) -> None:
        """Say that one step of a verb was done, in a line."""

    def more(self, text: str) -> None:
        """Add a line to the step before."""

    def notice(self, text: str) -> None:
        """Say something that a person should know but need not act on."""

    def log(self, text: str) -> None:
        """Pass on a line of a notebook's own output."""

    def progress(self, text: str) -> None:
        """Show the state of a notebook's progress bar in place of the one before; "" ends it."""

    def received(self, name: str, size: int, total: int | None) -> None:
        """Show how many bytes of a file are here, out of how many; ``size == total`` ends it."""


@dataclass(frozen=True, slots=True)
class Context:
    """What every verb is given: where it works, what is there, and how it speaks."""

    workspace: Workspace
    catalogue: Catalogue
    report: Report
