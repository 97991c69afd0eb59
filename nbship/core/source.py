"""Read a source: jupytext says what its cells are, and the grammar proves that nothing was lost."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from nbship.core.grammar import Span, skip_header, split_cells
from nbship.core.percent import LAYOUT_METADATA, UNREAD, parse_percent
from nbship.core.yaml_header import read_kernelspec
from nbship.errors import Place, SourceError
from nbship.model import Cell, Notebook, Source

_UNESCAPED = re.compile(r"^(\s*)# ?")
# What jupytext writes behind a comment sign because Python could not read it.
_MAGIC = re.compile(r"\s*(?:%{1,3}[a-zA-Z]|!|\?{1,2}\s*[A-Za-z.~$\\/{}]|[^\W\d][\w$]*\s*=\s*[%!])")
# Below a cell magic that is none of these there is no Python: "# cd x" is no comment there.
_FOREIGN = re.compile(r"%%(?!(?:capture|prun|pypy|python3?|time|timeit)\b)")
_CONTINUES = re.compile(r".*\\\s*$")

_PYTHON_KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}


def read_notebook(name: str, source: Source) -> Notebook:
    """Parse percent text into cells, each with the line of the source where its text begins.

    Raises:
        SourceError: a line has not one clear reading, or jupytext cannot read it, or what it read
            is not what stands there.
    """
    spans = split_cells(source)
    kernelspec = read_kernelspec(source) or _PYTHON_KERNELSPEC
    return Notebook(
        name=name,
        path=source.path,
        cells=tuple(_proved(source, spans)) if spans else (),
        kernelspec=dict(kernelspec),
    )


def _proved(source: Source, spans: Sequence[Span]) -> Iterator[Cell]:
    """Yield jupytext's cells; each line of the source must be in the cell where it stands."""
    lines = source.text.split("\n")
    # Blank lines at the top would become an empty cell, the header metadata or a raw cell.
    body = "\n".join(lines[skip_header(lines) :]).lstrip("\n")
    try:
        cells = parse_percent(body).cells
    except ValueError as error:
        raise SourceError(f"jupytext cannot read it: {error}", place=Place(source.path)) from None
    for span, cell in zip(spans, cells, strict=False):
        if cell.cell_type != span.kind:
            raise _unlike(source, span.marker or span.first)
        yield Cell(
            kind=span.kind,
            text=cell.source,
            metadata={k: v for k, v in cell.metadata.items() if k not in LAYOUT_METADATA},
            line=_first_line(source, span, cell),
        )
    if len(cells) != len(spans):
        behind = spans[min(len(cells), len(spans) - 1)]
        raise _unlike(source, behind.marker or behind.first)


def _first_line(source: Source, span: Span, cell: Any) -> int:
    """Return the line where a cell's text begins, once all of it is proved."""
    if span.tags != tuple(cell.metadata.get("tags", ())) or _has_lost_tags(cell):
        raise SourceError(
            f"jupytext reads other tags in this cell's marker: {span.options}",
            place=Place(source.path, span.marker),
            hint='Write them like this: # %% tags=["parameters"]',
        )
    texts = cell.source.split("\n")
    # jupytext's form of a cell magic: the marker names the language, which is the first line.
    is_language = "language" in span.options and cell.source.startswith("%%")
    _match(source, span, texts[1:] if is_language else texts)
    return span.first - 1 if is_language else span.first


def _has_lost_tags(cell: Any) -> bool:
    """Whether the marker's text is metadata that jupytext gave up on; a title may have an "="."""
    return re.search(r"\btags\s*=", cell.metadata.get(UNREAD, "")) is not None


def _match(source: Source, span: Span, texts: Sequence[str]) -> None:
    """Prove that a cell's lines are those of the source, but for blank ones at the end."""
    expected = span.text.split("\n") if span.lines else []
    has_code = span.kind == "code" and span.is_active
    is_foreign = _FOREIGN.match(texts[0]) is not None
    is_continued = False
    for number, text in enumerate(texts):
        line = expected[number] if number < len(expected) else ""
        place = span.first + number
        if text != line and (text.strip() or line.strip()):
            if not has_code or _UNESCAPED.sub(r"\1", line, count=1) != text:
                raise _unlike(source, place)
            is_escaped = is_foreign or is_continued or text.lstrip().startswith("#")
            if not is_escaped and not _MAGIC.match(text):
                raise _becomes_command(source, place, text)
        is_magic = is_continued or _MAGIC.match(text) is not None
        is_continued = is_magic and _CONTINUES.match(text) is not None
    if len(texts) < len(expected):
        raise _unlike(source, span.first + len(texts))


def _becomes_command(source: Source, line: int, text: str) -> SourceError:
    """Name a comment that jupytext takes for a command; for its writer it may have been one."""
    command = text.strip()
    explicit = f"?{command.rstrip('?')}" if command.endswith("?") else f"%{command}"
    return SourceError(
        f"this comment would be the command '{command}' in the notebook",
        place=Place(source.path, line),
        hint=f"Write '# {explicit}' if it is one, and '# # {command}' if it is a comment.",
    )


def _unlike(source: Source, line: int) -> SourceError:
    return SourceError(
        "jupytext reads this line differently from what stands here",
        place=Place(source.path, min(line, source.text.count("\n") + 1)),
        hint="Look for an odd cell marker, or for odd quotes, in it or above it.",
    )
