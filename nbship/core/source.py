"""Read a source: jupytext says what its cells are, and a line map proves that nothing was lost.

The percent format: https://jupytext.readthedocs.io/en/latest/formats-scripts.html
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from nbship.core.language import language_of
from nbship.core.percent import LAYOUT_METADATA, UNREAD, parse_percent
from nbship.errors import Place, SourceError
from nbship.model import Cell, Notebook, Source

_MARKER = re.compile(r"^\s*#\s*%%")
_LANGUAGE = re.compile(r"^\s*#\s*%%.*\blanguage\s*=")
_CELL_LINE = re.compile(r"^# *%%", re.MULTILINE)
_LEADING_BLANK = re.compile(r"\A(?:[ \t]*\n)+")
_YAML_FENCE = "# ---"
_ENCODING = re.compile(r"^[ \t\f]*#.*?coding[:=][ \t]*[-\w.]+")  # PEP 263's own pattern
_COMMENTED = re.compile(r"^(\s*)# ?")
_QUOTES = ('"""', "'''", 'r"""', "r'''")


def decode(path: str, data: bytes) -> Source:
    """Turn the bytes of a source into text: UTF-8, a BOM dropped, CRLF read as LF.

    Raises:
        SourceError: the bytes are not UTF-8; names the line.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1  # what follows a BOM
        raise SourceError(
            f"not UTF-8: byte 0x{error.object[error.start]:02x}",
            place=Place(path, line),
            hint="Save the file as UTF-8.",
        ) from None
    return Source(path, text.replace("\r\n", "\n"))


def is_notebook(text: str) -> bool:
    """Tell a notebook, which has a ``# %%`` line, from a module, which has none."""
    return _CELL_LINE.search(text) is not None


def skip_header(lines: Sequence[str]) -> int:
    """Return how many lines at the top are no cell's: a shebang, an encoding, a YAML header."""
    at = _skip_blank(lines, 0)
    if at < len(lines) and lines[at].startswith("#!"):
        at += 1
    if at < len(lines) and _ENCODING.match(lines[at]):
        at += 1
    if at == len(lines) or lines[at].rstrip() != _YAML_FENCE:
        return at
    fences = (n for n, line in enumerate(lines) if n > at and line.rstrip() == _YAML_FENCE)
    return next(fences, at - 1) + 1


def read_notebook(name: str, source: Source) -> Notebook:
    """Parse percent text into cells, each with the line of the source where its text begins.

    Raises:
        SourceError: jupytext cannot read it, or what it read is not what stands there.
    """
    language = language_of(source.path)
    try:
        # Blank lines at the top would become an empty cell.
        read = parse_percent(_LEADING_BLANK.sub("", source.text), language.suffix)
    except ValueError as error:
        raise SourceError(f"jupytext cannot read it: {error}", place=Place(source.path)) from None
    return Notebook(
        name=name,
        path=source.path,
        cells=tuple(_place_cells(source, read.cells)),
        kernelspec=dict(read.metadata.get("kernelspec") or language.kernelspec),
    )


def _place_cells(source: Source, cells: Sequence[Any]) -> Iterator[Cell]:
    """Walk through the source beside jupytext's cells; each line belongs to exactly one."""
    lines = source.text.split("\n")
    at = skip_header(lines)
    for index, cell in enumerate(cells):
        at = _skip_blank(lines, at)
        if at < len(lines) and _MARKER.match(lines[at]):
            at += 1
        elif index > 0:
            raise _unlike(source, at)
        _refuse_lost_tags(source, at, cell)
        texts = cell.source.split("\n") if cell.source else []
        if at > 0 and texts and _LANGUAGE.match(lines[at - 1]) and texts[0].startswith("%%"):
            line = at  # jupytext's form of a cell magic: the marker is its first line
            at = _match_body(source, lines, at, texts[1:])
        else:
            at = _to_body(lines, at, cell)
            line = at + 1
            at = _match_body(source, lines, at, texts)
        is_quoted = texts and cell.cell_type != "code" and at < len(lines)
        if is_quoted and lines[at].strip() in {'"""', "'''"}:
            at += 1
        yield Cell(
            kind=cell.cell_type,
            text=cell.source,
            metadata={k: v for k, v in cell.metadata.items() if k not in LAYOUT_METADATA},
            line=line,
        )
    at = _skip_blank(lines, at)
    if at < len(lines):
        raise _unlike(source, at)


def _refuse_lost_tags(source: Source, at: int, cell: Any) -> None:
    """Refuse a marker whose tags jupytext could not read; a title may hold an equals sign."""
    unread = cell.metadata.get(UNREAD, "")
    if re.search(r"\btags\s*=", unread):
        raise SourceError(
            f"the tags in this cell's marker cannot be read: {unread}",
            place=Place(source.path, at),
            hint='Write them like this: # %% tags=["parameters"]',
        )


def _skip_blank(lines: Sequence[str], at: int) -> int:
    while at < len(lines) and not lines[at].strip():
        at += 1
    return at


def _to_body(lines: Sequence[str], at: int, cell: Any) -> int:
    """Step over what stands between the marker and the first line of the cell's text."""
    text = cell.source.split("\n")[0]
    while at < len(lines) and not lines[at].strip() and text.strip():
        at += 1
    if cell.cell_type != "code" and at < len(lines) and lines[at].strip() in _QUOTES:
        at += 1
    return at


def _match_body(source: Source, lines: Sequence[str], at: int, texts: Sequence[str]) -> int:
    for text in texts:
        if at >= len(lines) or not _is_same(lines[at], text):
            raise _unlike(source, at)
        at += 1
    return at


def _is_same(line: str, text: str) -> bool:
    """Whether a line of the source is this line of a cell, but for jupytext's comment escapes."""
    return text in (line, _COMMENTED.sub(r"\1", line, count=1))


def _unlike(source: Source, at: int) -> SourceError:
    lines = source.text.split("\n")
    return SourceError(
        "jupytext reads this line differently from what stands here",
        place=Place(source.path, min(at, len(lines) - 1) + 1),
        hint="Look for a control character, an odd cell marker or an unclosed string above it.",
    )
