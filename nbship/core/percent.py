"""jupytext, the authority on the percent format: the one room that speaks to it.

The format: https://jupytext.readthedocs.io/en/latest/formats-scripts.html
"""

import sys
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
        with _validated_later():
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


@contextmanager
def _validated_later() -> Iterator[None]:
    """Keep nbformat from validating each cell as it is made: the artifact is, once, as a whole.

    It is half the time that jupytext takes to read a notebook.
    """
    from nbformat.v4 import nbbase

    before = nbbase.validate
    nbbase.validate = lambda *_, **__: None
    try:
        yield
    finally:
        nbbase.validate = before
