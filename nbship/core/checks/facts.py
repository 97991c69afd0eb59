"""What the rules of check are given: one file as far as it can be read, and the whole workspace."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from nbship.core.artifact.collected import Collect, nothing
from nbship.core.checks.scopes import Names
from nbship.core.source.grammar import Span
from nbship.diagnostics import Diagnostic
from nbship.model.git import GitFacts
from nbship.model.layout import Layout
from nbship.model.spec import KaggleSpec, Spec
from nbship.model.workspace import Catalogue, Source

if TYPE_CHECKING:
    from nbship.core.artifact.declared import Declared
    from nbship.errors import SourceError


class Mention(NamedTuple):
    """A path below /kaggle/input that code names, without ``/kaggle/input/``.

    ``is_open`` means that the path may go on: in an f-string, for example, with a variable.
    ``is_read`` means that the code certainly opens it.
    """

    path: str
    line: int
    column: int
    is_open: bool
    is_read: bool


class ImportUse(NamedTuple):
    """One import in code: of a module, or of names from a module.

    ``level`` counts the points of a relative import. ``tail`` is what stands behind ``import`` in
    ``from module import names``, or the alias behind a module. ``is_certain`` means that the import
    runs whenever its file does.
    """

    module: str
    level: int
    names: tuple[str, ...]
    tail: str
    line: int
    column: int
    is_certain: bool


class Opened(NamedTuple):
    """A file that code may open, by its path in the workspace.

    ``is_relative`` means that the code names it relative to the folder in which the code runs.
    """

    path: str
    line: int
    column: int
    is_relative: bool


@dataclass(frozen=True, slots=True)
class Content:
    """The facts of code: imports, input paths, global names, parameters, opened files.

    ``imports`` are the names of all modules that the code may import, ``uses`` the statements.
    """

    imports: tuple[str, ...] = ()
    uses: tuple[ImportUse, ...] = ()
    mentions: tuple[Mention, ...] = ()
    names: tuple[Names, ...] = ()
    parameters: tuple[str, ...] = ()
    opened: tuple[Opened, ...] = ()


@dataclass(frozen=True, eq=False, repr=False, slots=True)  # quicker to make at each start
class ParsedFile:
    """One file of the sources' folder, and the mistakes that were found while it was read.

    ``is_text`` is False where the rules cannot run: the file is not UTF-8, or has a merge conflict.
    ``is_complete`` is False where a mistake keeps a part of the file from being read. ``spec`` is
    None where the header has a mistake, and for a module.
    """

    source: Source
    faults: tuple[Diagnostic, ...] = ()
    is_text: bool = True
    is_complete: bool = True
    spec: Spec | None = None
    cells: tuple[Span, ...] = ()
    content: Content = field(default_factory=Content)
    not_python: Diagnostic | None = None  # of a module, where it is a mistake only if imported

    @property
    def kaggle(self) -> KaggleSpec | None:
        """The table ``[tool.nbship.kaggle]`` of a notebook without a mistake in its header."""
        return None if self.spec is None else self.spec.kaggle


def no_file(_: str) -> bool:
    """Return that there is no file."""
    return False


@dataclass(frozen=True, eq=False, repr=False, slots=True)  # quicker to make at each start
class Disk:
    """The questions of the rules about the disk, besides the sources.

    ``links`` are the files and folders in the folder of the sources that are links; ``collect``
    returns the files that fit a pattern; ``is_file`` tells whether there is a file at a path;
    ``unreadable`` has the files and folders of the sources that cannot be read, and why.
    """

    links: frozenset[str] = frozenset()
    collect: Collect = nothing
    is_file: Callable[[str], bool] = no_file
    unreadable: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, repr=False, slots=True)  # quicker to make at each start
class WorkspaceFacts:
    """A workspace as the rules see it. Paths are relative to it, with forward slashes.

    ``files`` has the bytes of all sources and modules, ``sources`` the paths of the notebooks
    among them; ``notebooks`` and ``modules`` are the files that were read. ``asked`` has the paths
    whose findings are wanted, None means all. ``reached`` has the modules that each notebook read
    imports, directly or through another module. ``imports`` has the path in the workspace that
    an import name leads to: a file, or a folder without ``__init__.py``. ``declared`` has what the
    table ``[tool.nbship.bundle]`` of each notebook that has one names, or the fault in it.
    """

    catalogue: Catalogue
    files: Mapping[str, bytes]
    git: GitFacts
    sources: frozenset[str]
    asked: frozenset[str] | None
    notebooks: Mapping[str, ParsedFile]
    modules: Mapping[str, ParsedFile]
    reached: Mapping[str, tuple[ParsedFile, ...]]
    imports: Mapping[str, str]
    layout: Layout
    disk: Disk
    declared: "Mapping[str, Declared | SourceError]"


FileRule = Callable[[ParsedFile], Iterable[Diagnostic]]
WorkspaceRule = Callable[[WorkspaceFacts], Iterable[Diagnostic]]
