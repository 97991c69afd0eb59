"""jupytext, the authority on the percent format: the one room that speaks to it.

The format: https://jupytext.readthedocs.io/en/latest/formats-scripts.html
"""

import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

# What jupytext notes for itself about the layout of the text; it is not the notebook's.
UNREAD = "incorrectly_encoded_metadata"
LAYOUT_METADATA = frozenset({
    "lines_to_next_cell", "lines_to_end_of_cell_marker", "cell_marker", UNREAD,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Parsed:
    """What jupytext read: its cells (nbformat's, layout notes included) and their metadata."""

    cells: tuple[Any, ...]
    metadata: Mapping[str, Any]


def parse_percent(text: str, extension: str = ".py") -> Parsed:
    """Let jupytext read percent text, of which nothing is checked here.

    Raises:
        ValueError: jupytext cannot read it; the message is one line, in its words.
    """
    jupytext = _jupytext()
    try:
        with _hastened():
            read = jupytext.reads(text, fmt={"extension": extension, "format_name": "percent"})
    except Exception as error:  # noqa: BLE001 - jupytext lets any error of its YAML reader through
        raise ValueError(" ".join(str(error).split())) from None
    return Parsed(tuple(read.cells), read.metadata)


@cache
def _jupytext() -> Any:
    """Import jupytext without its contents manager, which is for a Jupyter server.

    jupytext does without where tornado is not installed, and its import takes a third less time.
    """
    modules: dict[str, Any] = sys.modules
    was_there = "tornado.web" in modules
    modules.setdefault("tornado.web", None)  # Python's word for a module that is not there
    try:
        import jupytext
    finally:
        if not was_there:
            del modules["tornado.web"]
    return jupytext


def percent_of_ipynb(text: str) -> str:
    """Return an .ipynb as percent text without outputs, in its own language, for people to read.

    Nothing is checked: what is shown need not be a notebook that can be built.

    Raises:
        ValueError: it is no notebook; the message is one line.
    """
    jupytext = _jupytext()
    from jupytext.formats import auto_ext_from_metadata
    from nbformat import converter, reader

    try:
        with warnings.catch_warnings(), _hastened():
            warnings.simplefilter("ignore")
            # Neither has types.
            notebook = reader.reads(text)  # type: ignore[no-untyped-call]
            notebook = converter.convert(notebook, 4)  # type: ignore[no-untyped-call]
            extension = auto_ext_from_metadata(notebook.metadata) or ".py"
            # What a metadata filter leaves out is what `[tool.jupytext]` leaves out of a source.
            notebook.metadata["jupytext"] = {
                "notebook_metadata_filter": "-all",
                "cell_metadata_filter": "all,-trusted,-execution,-collapsed,-scrolled",
            }
            return str(
                jupytext.writes(notebook, {"extension": extension, "format_name": "percent"})
            )
    except Exception as error:  # noqa: BLE001 - each shape of JSON fails in its own way
        raise ValueError(" ".join(str(error).split())) from None


@contextmanager
def _hastened() -> Iterator[None]:
    """Spare jupytext two thirds of its time, by two things that change nothing of what it says.

    nbformat does not validate each cell as it is made: the artifact is, once, as a whole. And a
    line without a quote, which most are, is not read letter by letter in search of one.
    """
    from jupytext.stringparser import StringParser
    from nbformat.v4 import nbbase

    validate, read_line = nbbase.validate, StringParser.read_line

    def read_quick(self: Any, line: str) -> None:
        if "'" in line or '"' in line:
            read_line(self, line)
        elif self.python:
            self.single = None  # Python's short strings end with their line

    nbbase.validate = lambda *_, **__: None
    StringParser.read_line = read_quick
    try:
        yield
    finally:
        nbbase.validate, StringParser.read_line = validate, read_line
