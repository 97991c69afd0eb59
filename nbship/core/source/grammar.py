"""Split percent text into its cells, by a grammar that is stricter than jupytext's.

What it accepts has one reading only, to which ``source.py`` holds jupytext; and who needs no more
than the lines of the cells, as check does, need not wait for jupytext.

The format: https://jupytext.readthedocs.io/en/latest/formats-scripts.html
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from nbship.core.source.cell_marker import BARE_MARKER, MARKER, kind_of, options_of, tags_of
from nbship.core.source.preamble import refuse_encoding, skip_blank, skip_header
from nbship.core.source.triple_quotes import quote_after
from nbship.diagnostics import Place
from nbship.errors import SourceError
from nbship.model.workspace import CellKind, Source

# jupytext's time grows with the square of these, and past them it is nobody's notebook.
_MOST_LINES = 20_000
_MOST_CELLS = 2_000
_MOST_FENCE_STEPS = 1_000_000  # lines that begin a code block, times all lines

# A cell with one of these is for another program or language: its code is commented out.
_INACTIVE = re.compile(r"\b(?:active|language)\s*=|[\"']active-|[\"']frozen[\"']")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)$")
_QUOTES = re.compile(r"([rR]?)(\"\"\"|''')")
_REFUSED = {
    # str.splitlines, and with it jupytext, ends a line at these; Python and git do not.
    "\r": "a carriage return",
    "\x0b": "a vertical tab",
    "\x0c": "a form feed",
    "\x1c": "a file separator",
    "\x1d": "a group separator",
    "\x1e": "a record separator",
    "\x85": "a next-line character",
    "\u2028": "a line separator",
    "\u2029": "a paragraph separator",
    # Python takes no NUL; the mark hides what stands behind it at the start of a line.
    "\0": "a NUL character",
    "\ufeff": "a byte order mark",
}
_REFUSED_CHARACTER = re.compile(f"[{''.join(_REFUSED)}]")


@dataclass(frozen=True, slots=True)
class Span:
    """One cell as it stands in the source; lines count from 1.

    ``lines`` are those of its text with their comment signs, without blank ones at the end. Where
    the text stands in triple quotes, ``quote`` is the opening one and ``lines`` is what is inside.
    """

    kind: CellKind
    options: str  # what stands behind "# %%"
    marker: int | None  # None for a first cell without one
    first: int
    lines: tuple[str, ...]
    tags: tuple[str, ...] = ()
    quote: str = ""
    is_active: bool = True  # False where even code is commented out

    @property
    def text(self) -> str:
        """The cell's text; the magics of a code cell stay commented."""
        is_plain = self.quote or (self.kind == "code" and self.is_active)
        return "\n".join(self.lines if is_plain else map(uncomment, self.lines))


def is_marker(line: str) -> bool:
    """Whether jupytext begins a cell at this line, unless it stands in a string."""
    if "%%" not in line and "In[" not in line and "<codecell>" not in line:
        return False  # of most lines, that is quickly said
    return MARKER.match(line) is not None or BARE_MARKER.match(line) is not None


def uncomment(line: str) -> str:
    """Take off the comment sign that a line of a Markdown cell begins with."""
    return line[2:] if line.startswith("# ") else line.removeprefix("#")


def split_cells(source: Source) -> tuple[Span, ...]:
    """Return the cells of a source in order.

    Raises:
        SourceError: a line has not one clear reading; names it, and says what to write instead.
    """
    _refuse_characters(source)
    lines = source.text.split("\n")
    _refuse_bulk(source, lines)
    at = skip_blank(lines, skip_header(lines))
    refuse_encoding(source, lines, at, has_marker=at < len(lines) and is_marker(lines[at]))
    spans: list[Span] = []
    while at < len(lines):
        end = _end_of_cell(source, lines, at)
        spans.append(_span(source, lines, at, end))
        at = skip_blank(lines, end)
    return tuple(spans)


def _refuse_characters(source: Source) -> None:
    found = _REFUSED_CHARACTER.search(source.text)
    if found is None:
        return
    begin = source.text.rfind("\n", 0, found.start()) + 1
    line = source.text.count("\n", 0, begin) + 1
    written = ascii(found[0])[1:-1]
    raise SourceError(
        f"{_REFUSED[found[0]]} ({written}) in the text",
        place=Place(source.path, line, found.start() - begin + 1),
        hint=f"Take it out, or write {written} where a string needs it.",
    )


def _refuse_bulk(source: Source, lines: Sequence[str]) -> None:
    """Refuse what would keep jupytext busy for minutes."""
    markers = [line for line in lines if is_marker(line)]
    fences = sum(bool(_opened_fence(line)) for line in lines)
    for fault, is_too_much in (
        (f"more than {_MOST_LINES:,} lines", len(lines) > _MOST_LINES),
        (f"more than {_MOST_CELLS:,} cells", len(markers) > _MOST_CELLS),
        (f"{fences:,} code blocks", fences * len(lines) > _MOST_FENCE_STEPS),
    ):
        if is_too_much:
            raise SourceError(
                f"{fault} in a notebook",
                place=Place(source.path),
                hint="Move code into modules, which notebooks import, and data into a dataset.",
            )


def _end_of_cell(source: Source, lines: Sequence[str], begin: int) -> int:
    """Return the line of the next marker that stands neither in a string nor in a fence."""
    is_fenced = kind_of(options_of(lines[begin])) != "code"
    has_strings = not source.path.lower().endswith(".r")  # jupytext knows only Python's
    quote = ""
    at = begin + 1 if is_marker(lines[begin]) else begin
    while at < len(lines):
        if not quote and is_marker(lines[at]):
            return at
        was_quoted = bool(quote)
        quote = quote_after(lines[at], quote) if has_strings else ""
        is_text = is_fenced and not was_quoted and not quote
        at = _behind_fence(source, lines, at) if is_text else at + 1
    return at


def _behind_fence(source: Source, lines: Sequence[str], at: int) -> int:
    """Return the line behind a line of Markdown, and behind its whole block where it opens one.

    jupytext takes a block for closed by any later line of the file that could close it. A marker
    in between is text only where all of it is one comment, as mermaid's comments are.
    """
    fence = _opened_fence(lines[at])
    if not fence:
        return at + 1
    end = next((n for n in range(at + 1, len(lines)) if _closes(lines[n], fence)), None)
    if end is None:
        return at + 1
    block = lines[at + 1 : end]
    markers = [line for line in block if is_marker(line)]
    is_comment = all(line.startswith("#") for line in block)
    if markers and not (is_comment and all(_is_mermaid(line) for line in markers)):
        raise SourceError(
            "the code block that begins here is not closed in its cell",
            place=Place(source.path, at + 1),
            hint=f"Close it with a line '# {fence}'.",
        )
    return end + 1


def _opened_fence(line: str) -> str:
    if "```" not in line and "~~~" not in line:
        return ""
    match = _FENCE.match(uncomment(line))
    return "" if match is None or (match[1][0] == "`" and "`" in match[2]) else match[1]


def _closes(line: str, fence: str) -> bool:
    if fence not in line:
        return False
    match = _FENCE.match(uncomment(line))
    return match is not None and match[1].startswith(fence) and not match[2].strip()


def _is_mermaid(line: str) -> bool:
    options = options_of(line)
    return bool(options) and kind_of(options) == "code" and "=" not in options


def _span(source: Source, lines: Sequence[str], begin: int, end: int) -> Span:
    has_marker = is_marker(lines[begin])
    options = options_of(lines[begin])
    first = begin + 1 if has_marker else begin
    while end > first and not lines[end - 1].strip():
        end -= 1
    span = Span(
        kind=kind_of(options),
        options=options,
        marker=begin + 1 if has_marker else None,
        first=first + 1,
        lines=tuple(lines[first:end]),
        tags=tags_of(source, begin, options),
        is_active=not _INACTIVE.search(options),
    )
    if span.kind == "code" and span.is_active:
        _refuse_hidden_marker(source, span)
        return span
    return _in_quotes(source, span) or _in_comments(source, span)


def _refuse_hidden_marker(source: Source, span: Span) -> None:
    """Refuse a marker that jupytext takes for text and Python does not.

    It follows the quotes by rules of its own: a string that is not closed, or a line of odd
    quotes, would swallow all the cells that follow.
    """
    hidden = [number for number, line in enumerate(span.lines, 1) if is_marker(line)]
    if not hidden:
        return
    from nbship.core.source.ipython_syntax import parse_cell
    from nbship.core.source.triple_quotes import lines_in_strings

    try:
        text = lines_in_strings(parse_cell(span.text))
    except SyntaxError as error:
        raise SourceError(
            f"not Python: {error.msg}",
            place=Place(source.path, span.first + (error.lineno or 1) - 1, error.offset),
            hint="A string that is not closed takes in the cells below it.",
        ) from None
    for number in hidden:
        if number not in text:
            raise SourceError(
                "jupytext takes this marker for the text of a string above it",
                place=Place(source.path, span.first + number - 1),
                hint="Look for odd quotes in the lines above, such as a backslash before one.",
            )


def _in_quotes(source: Source, span: Span) -> Span | None:
    """Return the cell with what stands between its triple quotes; None where it has none."""
    lead = skip_blank(span.lines, 0)
    match = _QUOTES.match(span.lines[lead]) if lead < len(span.lines) else None
    if match is None:
        return None
    inner = list(span.lines[lead:])
    inner[0] = inner[0].removeprefix(match[0])
    _refuse_odd_quotes(source, span.first + lead, inner, match)
    inner[-1] = inner[-1].rstrip().removesuffix(match[2])
    skipped = 1 if not inner[0] and len(inner) > 1 else 0
    inner = inner[skipped:]
    while inner and not inner[-1].strip():
        inner.pop()
    return replace(span, first=span.first + lead + skipped, lines=tuple(inner), quote=match[0])


def _refuse_odd_quotes(
    source: Source, first: int, inner: Sequence[str], opening: re.Match[str]
) -> None:
    """Refuse quotes that do not end where the cell ends: jupytext would take them for text."""
    closed = next((n for n, line in enumerate(inner) if opening[2] in line), None)
    if closed is None:
        raise SourceError(
            f"the quotes {opening[0]} that begin here are not closed",
            place=Place(source.path, first),
        )
    is_last = closed == len(inner) - 1
    if not is_last or inner[closed].partition(opening[2])[2].strip():
        behind = closed if is_last else skip_blank(inner, closed + 1)
        raise SourceError(
            f"text behind the closing quotes {opening[2]} of this cell",
            place=Place(source.path, first + behind),
            hint="Begin a new cell with '# %%' above it.",
        )


def _in_comments(source: Source, span: Span) -> Span:
    for number, line in enumerate(span.lines):
        if line.strip() and not line.startswith("#"):
            words = {"markdown": "Markdown", "raw": "raw", "code": "commented"}[span.kind]
            raise SourceError(
                f"a line of a {words} cell that is no comment: it would not run",
                place=Place(source.path, span.first + number),
                hint="Begin it with '# ', or begin a new cell with '# %%' above it.",
            )
    return span
