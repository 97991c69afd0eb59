"""The grammar that splits percent text into cells: stricter than jupytext's, and unambiguous.

``reader.py`` verifies that jupytext reads the same cells. A caller that needs only the lines of the
cells, such as check, does not have to import jupytext.

The format: https://jupytext.readthedocs.io/en/latest/formats-scripts.html
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from nbship.core.source.cell_marker import (
    BARE_MARKER,
    MARKER,
    activity_of,
    kind_of,
    options_of,
    tags_of,
)
from nbship.core.source.preamble import refuse_encoding, skip_blank, skip_header
from nbship.core.source.triple_quotes import quote_after
from nbship.diagnostics import Place
from nbship.errors import SourceError
from nbship.model.workspace import CellKind, Source

# jupytext's time grows with the square of these numbers; no real notebook reaches them.
MOST_LINES = 20_000
MOST_CELLS = 2_000
_MOST_FENCE_STEPS = 1_000_000  # lines that begin a code block, times all lines

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)$")
_OPENING = ('"""', "'''", "```", "~~~")  # may open a string or a code block
_QUOTES = re.compile(r"([rR]?)(\"\"\"|''')")
_REFUSED = {
    # str.splitlines, which jupytext uses, ends a line at these characters; Python and git do not.
    "\r": "a carriage return",
    "\x0b": "a vertical tab",
    "\x0c": "a form feed",
    "\x1c": "a file separator",
    "\x1d": "a group separator",
    "\x1e": "a record separator",
    "\x85": "a next-line character",
    "\u2028": "a line separator",
    "\u2029": "a paragraph separator",
    # Python rejects NUL. A byte order mark at the start of a line hides a cell marker.
    "\0": "a NUL character",
    "\ufeff": "a byte order mark",
}
_REFUSED_CHARACTER = re.compile(f"[{''.join(_REFUSED)}]")


@dataclass(frozen=True, slots=True)
class Span:
    """One cell as written in the source; line numbers count from 1.

    ``lines`` are the lines of its text with their comment signs, without blank lines at the end. If
    the text is in triple quotes, ``quote`` is the opening quote and ``lines`` are those inside.
    """

    kind: CellKind
    options: str  # the text after "# %%"
    marker: int | None  # the line of the marker; None for a first cell without one
    first: int  # the line where the text begins
    lines: tuple[str, ...]
    tags: tuple[str, ...] = ()
    quote: str = ""
    is_active: bool = False  # the lines are code; False for text, and for code in comments
    language: str = ""  # that the marker names, if it is not the file's own

    @property
    def text(self) -> str:
        """The cell's text; the magics of a code cell stay commented."""
        is_plain = self.quote or self.is_active
        return "\n".join(self.lines if is_plain else map(uncomment, self.lines))


def is_marker(line: str) -> bool:
    """Return whether jupytext begins a cell at this line, if the line is not inside a string."""
    if "%%" not in line and "In[" not in line and "<codecell>" not in line:
        return False  # the quick answer for most lines
    return MARKER.match(line) is not None or BARE_MARKER.match(line) is not None


def uncomment(line: str) -> str:
    """Return a line of a Markdown cell without its comment sign."""
    return line[2:] if line.startswith("# ") else line.removeprefix("#")


def split_cells(source: Source) -> tuple[Span, ...]:
    """Return the cells of a source in order.

    Raises:
        SourceError: a line is ambiguous; names the line, and what to write instead.
    """
    _refuse_characters(source)
    lines = source.text.split("\n")
    markers = [number for number, line in enumerate(lines) if is_marker(line)]
    _refuse_bulk(source, lines, len(markers))
    at = skip_blank(lines, skip_header(lines))
    refuse_encoding(source, lines, at, has_marker=at < len(lines) and is_marker(lines[at]))
    spans: list[Span] = []
    while at < len(lines):
        end = _end_of_cell(source, lines, at, markers)
        spans.append(_span(source, lines, at, end))
        at = skip_blank(lines, end)
    return tuple(spans)


def _refuse_characters(source: Source) -> None:
    found = _REFUSED_CHARACTER.search(source.text)
    if found is None:
        return
    begin = source.text.rfind("\n", 0, found.start()) + 1
    line = source.text.count("\n", 0, begin) + 1
    escaped = ascii(found[0])[1:-1]
    raise SourceError(
        f"{_REFUSED[found[0]]} ({escaped}) in the text",
        place=Place(source.path, line, found.start() - begin + 1),
        hint=f"Remove it; in a string, write {escaped} instead.",
    )


def _refuse_bulk(source: Source, lines: Sequence[str], cells: int) -> None:
    """Refuse a source for which jupytext would need minutes."""
    has_fences = "```" in source.text or "~~~" in source.text
    fences = sum(bool(_opened_fence(line)) for line in lines) if has_fences else 0
    for fault, is_too_much in (
        (f"more than {MOST_LINES:,} lines", len(lines) > MOST_LINES),
        (f"more than {MOST_CELLS:,} cells", cells > MOST_CELLS),
        (f"{fences:,} code blocks", fences * len(lines) > _MOST_FENCE_STEPS),
    ):
        if is_too_much:
            raise SourceError(
                f"{fault} in a notebook",
                place=Place(source.path),
                hint="Move code into modules that the notebook imports, and data into a dataset.",
            )


def _end_of_cell(source: Source, lines: Sequence[str], begin: int, markers: Sequence[int]) -> int:
    """Return the index of the next marker that is neither in a string nor in a code block.

    ``markers`` are the indexes of all lines that may be markers.
    """
    following = bisect_right(markers, begin)
    end = markers[following] if following < len(markers) else len(lines)
    text = "\n".join(lines[begin:end])
    if not any(sign in text for sign in _OPENING):
        return end  # the quick answer for most cells
    has_fences = kind_of(options_of(lines[begin])) != "code"
    has_strings = not source.path.lower().endswith(".r")  # jupytext parses only Python's strings
    quote = ""
    at = begin + 1 if is_marker(lines[begin]) else begin
    while at < len(lines):
        if not quote and is_marker(lines[at]):
            return at
        was_quoted = bool(quote)
        quote = quote_after(lines[at], quote) if has_strings else ""
        is_text = has_fences and not was_quoted and not quote
        at = _after_fence(source, lines, at) if is_text else at + 1
    return at


def _after_fence(source: Source, lines: Sequence[str], at: int) -> int:
    """Return the index after a line of Markdown; if the line opens a code block, after the block.

    For jupytext, any later line of the file that can close a block closes it. A marker inside the
    block is text only if the whole block is commented and the marker is a comment of mermaid's.
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
    if markers and not (is_comment and all(_is_mermaid_comment(line) for line in markers)):
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


def _is_mermaid_comment(line: str) -> bool:
    options = options_of(line)
    return bool(options) and kind_of(options) == "code" and "=" not in options


def _span(source: Source, lines: Sequence[str], begin: int, end: int) -> Span:
    has_marker = is_marker(lines[begin])
    options = options_of(lines[begin])
    first = begin + 1 if has_marker else begin
    while end > first and not lines[end - 1].strip():
        if end - 1 > first and lines[end - 2].endswith("\\"):
            break  # the line before continues into the blank one
        end -= 1
    kind, tags = kind_of(options), tags_of(source, begin, options)
    activity = activity_of(source.path, options, tags)
    span = Span(
        kind="raw" if kind == "code" and not activity.in_notebook else kind,
        options=options,
        marker=begin + 1 if has_marker else None,
        first=first + 1,
        lines=tuple(lines[first:end]),
        tags=tags,
        is_active=kind == "code" and activity.in_source,
        language=activity.language,
    )
    if span.is_active:
        _refuse_hidden_marker(source, span)
        return span
    is_code = kind == "code" and span.language != ""
    quoted = None if is_code else _in_quotes(source, span)
    return quoted or (span if activity.may_be_bare else _in_comments(source, span))


def _refuse_hidden_marker(source: Source, span: Span) -> None:
    """Refuse a marker that is text for jupytext and a comment for Python.

    jupytext parses quotes by its own rules: after an unclosed string, or a line with unbalanced
    quotes, it would read all following cells as text.
    """
    hidden = [number for number, line in enumerate(span.lines, 1) if is_marker(line)]
    if not hidden:
        return
    from nbship.core.python.ipython_syntax import parse_cell
    from nbship.core.source.magics import uncommented
    from nbship.core.source.triple_quotes import lines_in_strings

    try:
        text = lines_in_strings(parse_cell("\n".join(uncommented(span.lines))))
    except SyntaxError as error:
        raise SourceError(
            f"not Python: {error.msg}",
            place=Place(source.path, span.first + (error.lineno or 1) - 1, error.offset),
            hint="A string that is not closed includes the cells below it.",
        ) from None
    for number in hidden:
        if number not in text:
            raise SourceError(
                "jupytext reads this marker as part of a string above it",
                place=Place(source.path, span.first + number - 1),
                hint="Look for unusual quotes above, such as a quote after a backslash.",
            )


def _in_quotes(source: Source, span: Span) -> Span | None:
    """Return the cell with the text between its triple quotes, or None if it is not quoted."""
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
    """Refuse quotes that do not end where the cell ends: jupytext would read them as text."""
    closed = next((n for n, line in enumerate(inner) if opening[2] in line), None)
    if closed is None:
        raise SourceError(
            f"the quotes {opening[0]} that begin here are not closed",
            place=Place(source.path, first),
        )
    is_last = closed == len(inner) - 1
    if not is_last or inner[closed].partition(opening[2])[2].strip():
        following = closed if is_last else skip_blank(inner, closed + 1)
        raise SourceError(
            f"text after the closing quotes {opening[2]} of this cell",
            place=Place(source.path, first + following),
            hint="Begin a new cell with '# %%' above it.",
        )


def _in_comments(source: Source, span: Span) -> Span:
    for number, line in enumerate(span.lines):
        if line.strip() and not line.startswith("#"):
            kind = {"markdown": "Markdown", "raw": "raw", "code": "commented"}[span.kind]
            hint = "Begin it with '# ', or begin a new cell with '# %%' above it."
            if kind_of(span.options) == "code":
                hint += " By its marker, the cell is code only in the notebook."
            raise SourceError(
                f"a line of a {kind} cell that is not a comment: it would not run",
                place=Place(source.path, span.first + number),
                hint=hint,
            )
    return span
