"""A notebook, its artifact, and the result of its rehearsal."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nbship.model.spec import Spec
from nbship.model.target import Followed, Rung
from nbship.model.workspace import CellKind, LineMap


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a notebook.

    ``line`` is the line of the source at which the cell's text begins, from 1. It is None for the
    bundle, which is in no source. ``attachments`` are the pictures that its Markdown shows.
    """

    kind: CellKind
    text: str
    metadata: Mapping[str, Any]
    line: int | None
    attachments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Notebook:
    """The cells of one source in order, and the kernelspec of the notebook."""

    name: str
    path: str
    cells: tuple[Cell, ...]
    kernelspec: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Module:
    """A local module that notebooks import; ``path`` is relative to the folder of the sources."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class BundledFile:
    """A file that a notebook takes along; ``path`` is relative to the workspace."""

    path: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Artifact:
    """The files to push by name, one digest over them, and the map to the source's lines.

    ``rehearsal`` is the digest of what a rehearsal depends on: the code, and the metadata that
    changes a run.
    """

    name: str
    files: Mapping[str, bytes]
    digest: str
    line_map: LineMap
    rehearsal: str

    @property
    def code_file(self) -> str:
        """The file name of what runs: an .ipynb, or a script's .py or .R."""
        return next(name for name in self.files if not name.endswith(".json"))

    @property
    def text(self) -> str:
        """The text of what runs."""
        return self.files[self.code_file].decode()


@dataclass(frozen=True, slots=True)
class Built:
    """An artifact, what it was built from, and whether it has just been built."""

    artifact: Artifact
    spec: Spec
    inputs: tuple[str, ...]  # paths relative to the workspace, the notebook's own first
    is_fresh: bool
    follows: tuple[Followed, ...] = ()  # its kernel sources of this workspace, on a personal target

    @property
    def source(self) -> str:
        """The path of the notebook's source."""
        return self.inputs[0]

    @property
    def is_script(self) -> bool:
        """Whether the artifact runs as a file, and not as a notebook."""
        return self.spec.kaggle is not None and self.spec.kaggle.kernel_type == "script"


@dataclass(frozen=True, slots=True)
class SmokeResult:
    """A passed rehearsal of the artifact with this digest, with these values given.

    ``skipped`` is the reason why there was no rehearsal; such a result has passed nothing.
    ``partial`` says where the rehearsal ended before the notebook did; such a result is no pass of
    it. ``left_out`` names the cells that were not run because of their tags. ``runtime`` is the
    language with its version, "Python 3.11.7"; "" in older results and for R. ``plain`` says why
    the kernel started from its beginning, "" if it was forked, and for a script.
    """

    digest: str
    parameters: Mapping[str, Any]
    seconds: float
    skipped: str = ""
    rung: Rung = "shim"
    partial: str = ""
    left_out: tuple[str, ...] = ()
    runtime: str = ""
    plain: str = ""


@dataclass(frozen=True, slots=True)
class FailedRehearsal:
    """A rehearsal of the artifact with this digest that failed.

    ``digest`` is the rehearsal digest, ``message`` the first line of the failure.
    """

    digest: str
    message: str
    rung: str
    seconds: float
