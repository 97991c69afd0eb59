"""The data that the rooms hand to each other: frozen, without behaviour beyond a small view."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

CellKind = Literal["code", "markdown", "raw"]
LanguageName = Literal["python", "r"]  # as kernel-metadata.json writes it
KernelType = Literal["notebook", "script"]

# --- What stands in git ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Workspace:
    """A repo with sources: where everything of it lies on this machine."""

    root: Path
    inputs: Path  # stands for Kaggle's datasets in a rehearsal, laid out like its mounts

    @property
    def sources(self) -> Path:
        """The folder of the sources."""
        return self.root / "src_py"

    @property
    def build(self) -> Path:
        """The folder of the artifacts."""
        return self.root / "build"

    @property
    def runs(self) -> Path:
        """The folder of what came back."""
        return self.root / "runs"

    @property
    def state(self) -> Path:
        """The folder of what nbship remembers and can make again."""
        return self.root / ".nbship"


@dataclass(frozen=True, slots=True)
class Source:
    """The text of one file below src_py/, with LF line ends and no byte order mark."""

    path: str  # relative to the workspace, forward slashes: "src_py/trainer.py"
    text: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a notebook, and the line of its source where its text begins.

    ``line`` counts from 1. It is None for a cell that stands in no source: the bundle.
    """

    kind: CellKind
    text: str
    metadata: Mapping[str, Any]
    line: int | None


@dataclass(frozen=True, slots=True)
class Notebook:
    """The cells of one source in order, and the kernelspec that its header may name."""

    name: str
    path: str
    cells: tuple[Cell, ...]
    kernelspec: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Module:
    """A local module that notebooks import; ``path`` is relative to src_py/."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One notebook of the workspace as a glance at its header shows it."""

    name: str
    path: str  # of its source, relative to the workspace
    kernel: str | None = None  # the id of a Kaggle kernel
    kernel_sources: tuple[str, ...] = ()
    twins: tuple[str, ...] = ()  # other sources of the same name, of which there may be none


Catalogue = Mapping[str, Entry]  # by name, upstream kernels before those that use them


# --- What the header cell says ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KaggleSpec:
    """``[tool.nbship.kaggle]``: the keys of kernel-metadata.json, under their own names."""

    id: str
    title: str
    id_no: int | None = None
    language: LanguageName = "python"
    kernel_type: KernelType = "notebook"
    is_private: bool = True
    enable_gpu: bool = False
    enable_tpu: bool = False
    enable_internet: bool = False
    machine_shape: str = ""
    dataset_sources: tuple[str, ...] = ()
    competition_sources: tuple[str, ...] = ()
    kernel_sources: tuple[str, ...] = ()
    model_sources: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    docker_image: str | None = None
    docker_image_pinning_type: str | None = None


@dataclass(frozen=True, slots=True)
class ColabSpec:
    """``[tool.nbship.colab]``: what Colab reads from a notebook's metadata."""

    accelerator: str = "None"
    gpu_type: str | None = None


@dataclass(frozen=True, slots=True)
class SmokeSpec:
    """``[tool.nbship.smoke]``: how the notebook is rehearsed; ``timeout`` in seconds."""

    parameters: Mapping[str, Any] = field(default_factory=dict)
    timeout: float = 300.0


@dataclass(frozen=True, slots=True)
class Spec:
    """Everything that a notebook's header cell says, valid as a whole."""

    requires_python: str = ""
    dependencies: tuple[str, ...] = ()
    dependencies_line: int | None = None
    kaggle: KaggleSpec | None = None
    kaggle_line: int | None = None
    colab: ColabSpec | None = None
    smoke: SmokeSpec = field(default_factory=SmokeSpec)
    smoke_line: int | None = None


# --- What build makes ------------------------------------------------------------------------


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


@dataclass(frozen=True, slots=True)
class Artifact:
    """What is shipped: the files by name, one digest over them, and the way back to the source."""

    name: str
    files: Mapping[str, bytes]
    digest: str
    line_map: LineMap

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
    """An artifact, what it was built from, and whether this time work was needed."""

    artifact: Artifact
    spec: Spec
    inputs: tuple[str, ...]  # paths relative to the workspace, the notebook's own first
    is_fresh: bool

    @property
    def source(self) -> str:
        """The path of the notebook's source."""
        return self.inputs[0]

    @property
    def is_script(self) -> bool:
        """Whether the artifact runs as a file, and not as a notebook."""
        return self.spec.kaggle is not None and self.spec.kaggle.kernel_type == "script"


# --- Failures --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Failure:
    """A crash brought back to the source.

    ``path`` and ``line`` are None where no frame of ours can be found in what was reported.
    """

    error: str  # "ZeroDivisionError: division by zero"
    path: str | None = None
    line: int | None = None
    function: str | None = None


@dataclass(frozen=True, slots=True)
class SmokeResult:
    """A rehearsal of the artifact with this digest, under these parameters."""

    digest: str
    parameters: Mapping[str, Any]
    seconds: float


# --- Kaggle ----------------------------------------------------------------------------------

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
class Saved:
    """Kaggle's answer to a push that it took."""

    version: int
    url: str


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One line of a run's log; ``time`` in seconds since the session began."""

    stream: str
    time: float
    text: str


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


# --- The record ------------------------------------------------------------------------------

RecordState = Literal[
    "intended", "pushed", "refused", "failed", "unknown", "complete", "error", "cancelled"
]


@dataclass(frozen=True, slots=True)
class GitState:
    """What git says of the files that an artifact was built from."""

    commit: str | None  # None outside a git repo, and before the first commit
    changed: tuple[str, ...] = ()  # paths that differ from the commit, untracked ones included


@dataclass(frozen=True, slots=True)
class GitFacts:
    """What check asks git; all of it is empty outside a repo and before the first commit.

    Paths are relative to the workspace. ``before`` has the text at HEAD of each source that
    differs now, under the path that it has now; ``known`` are the files that the last commit has;
    ``notebooks`` are the ``.ipynb`` as the index has them.
    """

    before: Mapping[str, bytes] = field(default_factory=dict)
    known: frozenset[str] = frozenset()
    notebooks: Mapping[str, bytes] = field(default_factory=dict)


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


@dataclass(frozen=True, slots=True)
class PushOptions:
    """What a person asked for with ``doit push``: the guards to override, each by its own flag."""

    allow_dirty: bool = False
    allow_running: bool = False
    allow_unsmoked: bool = False

    @property
    def overrides(self) -> tuple[str, ...]:
        """The flags that were given, as they are recorded."""
        flags = {
            "--allow-dirty": self.allow_dirty,
            "--allow-running": self.allow_running,
            "--allow-unsmoked": self.allow_unsmoked,
        }
        return tuple(flag for flag, given in flags.items() if given)


class Report(Protocol):
    """How verbs tell a person what happens; the console is one, a test's list another."""

    def step(self, verb: str, name: str, text: str) -> None:
        """Say that one step of a verb was done, in a line."""

    def notice(self, text: str) -> None:
        """Say something that a person should know but need not act on."""

    def log(self, text: str) -> None:
        """Pass on a line of a notebook's own output."""


@dataclass(frozen=True, slots=True)
class Context:
    """What every verb is given: where it works, what is there, and how it speaks."""

    workspace: Workspace
    catalogue: Catalogue
    report: Report
