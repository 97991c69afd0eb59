"""A workspace, its sources and its catalogue of notebooks: what every command needs.

Each class adds half a millisecond to the start of a command: classes that only some commands need
are in other modules.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from nbship.model.layout import Layout
from nbship.model.target import BUILT_IN, DEFAULT, Target

CellKind = Literal["code", "markdown", "raw"]
METADATA_FILE = "kernel-metadata.json"  # beside the code in an artifact
# To a larger text Kaggle's server answers "kernel source must be less than 1 megabytes".
KAGGLE_BYTES = 1_000_000
# What a notebook is: "unknown" if its header cannot be read.
Kind = Literal["kernel", "script", "colab", "helper", "unknown"]
LanguageName = Literal["python", "r"]  # as kernel-metadata.json writes it
# What a line means to the user; a terminal gives each its colour.
Meaning = Literal["plain", "error", "warning", "hint", "passed", "output"]


@dataclass(frozen=True, slots=True)
class Workspace:
    """A folder of this machine with notebooks, usually a git repo."""

    root: Path
    inputs: Path  # replaces Kaggle's data sources in a rehearsal, with the same folders inside
    layout: Layout = field(default_factory=Layout)
    targets: Mapping[str, Target] = field(default_factory=lambda: BUILT_IN)
    target: str = DEFAULT  # of a command line without -t, unless this clone names another one

    def path(self, relative: str) -> Path:
        """Return the path on this machine of a path that the layout gives."""
        return self.root / relative


@dataclass(frozen=True, slots=True)
class Source:
    """The text of one source or module, with LF line ends and no byte order mark."""

    path: str  # relative to the workspace, forward slashes: "src_py/trainer.py"
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One notebook of the workspace, by a quick look at its header."""

    name: str
    path: str  # of its source, relative to the workspace
    kernel: str | None = None  # the id of a Kaggle kernel
    kernel_sources: tuple[str, ...] = ()
    twins: tuple[str, ...] = ()  # other sources of the same name, which is a mistake
    kind: Kind = "helper"

    @property
    def is_script(self) -> bool:
        """Whether the kernel's type is "script"."""
        return self.kind == "script"


Catalogue = Mapping[str, Entry]  # by name, upstream kernels before those that use them


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a piece of the artifact comes from: its text begins at ``path``, line ``line``.

    ``start`` is the line of the script, or of the cell, at which the piece begins: 1 for all cells
    but those of modules.
    """

    path: str
    line: int
    start: int = 1


# For a notebook, one entry for each cell, in order; None for a cell that is in no source. For a
# script, one entry for each piece of the source; the bundle is between them.
LineMap = tuple[Origin | None, ...]


class Report(Protocol):
    """Where verbs report to the user: the console in a command, a list in tests."""

    def step(
        self,
        verb: str,
        name: str,
        text: str,
        meaning: Meaning = "plain",
        *,
        file: str = "",
        address: str = "",
    ) -> None:
        """Report in one line that a step of a verb is done; a verdict has a meaning.

        ``file`` is the path in the workspace of what it has made, for the end of the line;
        ``address`` that of a page about it, for a terminal that shows links.
        """

    def more(self, text: str, *, name: str = "") -> None:
        """Add a line to the step before, with the notebook's name where several are at work."""

    def notice(self, text: str, *, name: str = "") -> None:
        """Report a fact that the user should know and need not act on.

        ``name`` is that of the notebook where several are at work.
        """

    def log(self, text: str, written: float | None = None, *, name: str = "") -> None:
        """Show a line of the notebook's own output; ``written`` is when, in the run's seconds.

        ``name`` is that of the notebook where several are at work.
        """

    def working(
        self, verb: str, name: str, state: str = "", log: str = ""
    ) -> AbstractContextManager[None]:
        """Show what a step is doing, as long as the block lasts; steps can be inside others.

        ``log`` is the file with all lines of the notebook's output, "" if there is none.
        """

    def cell(self, number: int, total: int) -> None:
        """Tell that the next code cell of the notebook runs, of how many."""

    def progress(self, text: str) -> None:
        """Show another state of the step, such as a progress bar of the notebook."""


@dataclass(frozen=True, slots=True)
class Context:
    """What every verb needs: the workspace, its notebooks, and where to report.

    ``stop`` is a descriptor that can be read when the work is to stop; -1 if only Ctrl-C stops it.
    """

    workspace: Workspace
    catalogue: Catalogue
    report: Report
    stop: int = -1
