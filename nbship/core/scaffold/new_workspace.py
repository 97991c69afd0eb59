"""The plan of ``init``: which files a folder needs to be a workspace, and what each gets.

No file is replaced: a file that is there gets lines, or stays.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from nbship.config import PYPROJECT
from nbship.core.clone import pyproject, task_file
from nbship.core.scaffold import templates
from nbship.diagnostics import Place
from nbship.errors import WorkspaceError
from nbship.model.layout import Layout

FIRST = "hello"  # the NAME of the example notebook


@dataclass(frozen=True, slots=True)
class FolderFacts:
    """The files of a folder that ``init`` looks at: their texts, None where there is none."""

    tasks: str | None  # dodo.py
    pyproject: str | None
    has_sources: bool  # there is a file below the sources' folder
    agents: str | None
    workflow: str | None
    notebooks: int = 0  # how many there are


@dataclass(frozen=True, slots=True)
class Extras:
    """The files that ``init`` makes only with an option."""

    agents: bool = False
    workflow: bool = False


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file of a workspace: its old text, and its new one, or None if it stays as it is."""

    path: str
    old: str | None
    text: str | None
    words: str

    @property
    def verb(self) -> str:
        """The word for the change: make, extend, or keep."""
        return "keep" if self.text is None else "make" if self.old is None else "extend"


def plan_workspace(
    facts: FolderFacts, layout: Layout, extras: Extras = Extras()
) -> tuple[FileChange, ...]:
    """Return what becomes of each file, in the order in which they are written.

    Raises:
        WorkspaceError: a file that must get lines is not Python or not TOML.
    """
    return tuple(_changes(facts, layout, extras))


def _changes(facts: FolderFacts, layout: Layout, extras: Extras) -> Iterator[FileChange]:
    text = pyproject.with_tables(facts.pyproject or "", layout)
    yield _change(PYPROJECT, facts.pyproject, text, "the tables of nbship and jupytext")
    if facts.has_sources:
        yield FileChange(f"{layout.sources}/", "", None, "has files, and gets no example")
    else:
        text = templates.first_notebook(layout.notebook(FIRST))
        yield _change(layout.source(FIRST), None, text, "an example notebook")
    if extras.agents:
        text = templates.agents_text(layout)
        yield _made(templates.AGENTS, facts.agents, text, "the rules for agents")
    if extras.workflow:
        words = "checks, rehearses and, with a person's approval, pushes"
        text = templates.workflow_text(layout, facts.notebooks)
        yield _made(templates.WORKFLOW, facts.workflow, text, words)
    # Last: with it, doit finds the tasks, and all that they need is there.
    yield _change(task_file.FILE, facts.tasks, _with_tasks(facts.tasks), "the tasks of nbship")


def _with_tasks(text: str | None) -> str:
    try:
        is_right = text is not None and task_file.has_tasks(text)
        return text if is_right and text else task_file.with_tasks(text)
    except (SyntaxError, ValueError) as error:
        line = error.lineno if isinstance(error, SyntaxError) else None
        raise WorkspaceError(
            f"not Python: {getattr(error, 'msg', error)}",
            place=Place(task_file.FILE, line),
            hint="Correct it; nbship adds one line to it.",
        ) from None


def _change(path: str, old: str | None, new: str, words: str) -> FileChange:
    if old == new:
        return FileChange(path, old, None, f"has {words}")
    return FileChange(path, old, new, words)


def _made(path: str, old: str | None, new: str, words: str) -> FileChange:
    """Return the change of a file that is made, but never changed."""
    if old is None:
        return FileChange(path, None, new, words)
    return FileChange(path, old, None, "is there, and stays as it is")
