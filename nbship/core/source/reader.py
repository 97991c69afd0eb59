"""The reader of sources: jupytext parses the cells, and the grammar verifies that none is lost."""

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any

from nbship.core.source.grammar import Span, split_cells
from nbship.core.source.jupytext_api import LAYOUT_METADATA, UNREAD, parse_percent
from nbship.core.source.language import CELL_LANGUAGES, language_of, shared_kernelspec
from nbship.core.source.magics import accidental_commands, uncomment_code
from nbship.core.source.preamble import skip_header
from nbship.core.source.yaml_header import read_kernelspec
from nbship.diagnostics import Place
from nbship.errors import SourceError
from nbship.model.notebook import Cell, Notebook
from nbship.model.workspace import Source


def read_notebook(name: str, source: Source) -> Notebook:
    """Parse percent text into cells, each with the line of the source where its text begins.

    Raises:
        SourceError: a line is ambiguous, jupytext cannot read it, or jupytext reads other cells
            than the grammar; names the line.
    """
    spans = split_cells(source)
    own = read_kernelspec(source)
    kernelspec = shared_kernelspec(own) if own else language_of(source.path).kernelspec
    return Notebook(
        name=name,
        path=source.path,
        cells=tuple(verify_cells(source, spans, _parse(source))) if spans else (),
        kernelspec=dict(kernelspec),
    )


def _parse(source: Source) -> Sequence[Any]:
    """Return the cells that jupytext reads."""
    lines = source.text.split("\n")
    # jupytext would turn blank lines at the top into a cell, and the header into metadata.
    body = "\n".join(lines[skip_header(lines) :]).lstrip("\n")
    try:
        return parse_percent(body, language_of(source.path).suffix).cells
    except ValueError as error:
        raise SourceError(f"jupytext cannot read it: {error}", place=Place(source.path)) from None


def verify_cells(source: Source, spans: Sequence[Span], cells: Sequence[Any]) -> Iterator[Cell]:
    """Yield the cells that jupytext read, each with the line of the source where its text begins.

    Raises:
        SourceError: a line of the source is not in the cell in which it stands.
    """
    for span, cell in zip_longest(spans, cells):
        if span is None or cell is None or cell.cell_type != span.kind:
            last = span or spans[-1]
            raise _misread(source, last.marker or last.first)
        yield Cell(
            kind=span.kind,
            text=cell.source,
            metadata={k: v for k, v in cell.metadata.items() if k not in LAYOUT_METADATA},
            line=_first_line(source, span, cell),
        )


def _first_line(source: Source, span: Span, cell: Any) -> int:
    """Return the line where a cell's text begins, after a check of its tags and its text."""
    if span.tags != tuple(cell.metadata.get("tags", ())) or _has_lost_tags(cell):
        raise SourceError(
            f"jupytext reads other tags in this cell's marker: {span.options}",
            place=Place(source.path, span.marker),
            hint='Write them like this: # %% tags=["parameters"]',
        )
    texts = cell.source.split("\n")
    # jupytext's form of a cell magic: the marker names the language, and the first line of the
    # notebook's cell is the magic.
    is_language = span.language in CELL_LANGUAGES
    _match(source, span, texts[1:] if is_language else texts)
    return span.first - 1 if is_language else span.first


def _has_lost_tags(cell: Any) -> bool:
    """Return whether jupytext could not parse the tags in a marker; a title may contain an "="."""
    return re.search(r"\btags\s*=", cell.metadata.get(UNREAD, "")) is not None


def _match(source: Source, span: Span, texts: Sequence[str]) -> None:
    """Check that a cell's lines are those of the source, except for blank lines at the end.

    A line of code may lack the comment sign that jupytext puts before a magic.
    """
    expected = span.text.split("\n") if span.lines else []
    for number, text in enumerate(texts):
        line = expected[number] if number < len(expected) else ""
        is_same = text == line or not (text.strip() or line.strip())
        if not is_same and not (span.is_active and uncomment_code(line) == text):
            raise _misread(source, span.first + number)
    if len(texts) < len(expected):
        raise _misread(source, span.first + len(texts))


def refuse_accidental_commands(source: Source) -> None:
    """Refuse a comment that jupytext reads as a command, if the cell would not run because of it.

    Raises:
        SourceError: names the comment; the hint names the unambiguous forms.
    """
    for span in split_cells(source):
        for fault in accidental_commands(source.path, span):
            raise fault


def _misread(source: Source, line: int) -> SourceError:
    return SourceError(
        "jupytext would change this line",
        place=Place(source.path, min(line, source.text.count("\n") + 1)),
        hint="Look for an unusual cell marker or unbalanced quotes in this line or above it.",
    )
