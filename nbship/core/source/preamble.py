"""The lines above the first cell of a source: a shebang, an encoding, a YAML header."""

import re
from collections.abc import Sequence

from nbship.diagnostics import Place
from nbship.errors import SourceError
from nbship.model.workspace import Source

_YAML_FENCE = "# ---"
_ENCODING = re.compile(r"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")  # PEP 263's own pattern


def yaml_header(lines: Sequence[str]) -> range:
    """Return the indices of the YAML header's lines with its fences; empty without a header."""
    at = _skip_shebang(lines)
    if at == len(lines) or lines[at].rstrip() != _YAML_FENCE:
        return range(at, at)
    fences = (n for n, line in enumerate(lines) if n > at and line.rstrip() == _YAML_FENCE)
    return range(at, next(fences, at - 1) + 1)


def skip_header(lines: Sequence[str]) -> int:
    """Return how many lines at the top belong to no cell: a shebang, an encoding, a YAML header."""
    return yaml_header(lines).stop


def refuse_encoding(source: Source, lines: Sequence[str], body: int, *, has_marker: bool) -> None:
    """Refuse a line at the top that names another encoding than UTF-8.

    Python reads an encoding in the first line, or in the second one after a comment
    (https://peps.python.org/pep-0263/). jupytext does the same in the text below the header, unless
    that text begins with a marker; it accepts only the spelling ``utf-8``.

    ``body`` is the number of lines above that text; ``has_marker`` means that the text begins with
    a marker.

    Raises:
        SourceError: the encoding is another one; names the line.
    """
    most = max(_top(lines, 0), body if has_marker else _top(lines, body))
    for number, line in enumerate(lines[:most], 1):
        named = _ENCODING.match(line)
        if named and not _is_utf_8(named[1], is_strict=number > body and not has_marker):
            raise SourceError(
                f"the source declares the encoding {named[1]}, but sources are UTF-8",
                place=Place(source.path, number),
                hint="Remove the line, and save the file as UTF-8.",
            )


def _top(lines: Sequence[str], at: int) -> int:
    """Return the index after the one or two lines that may name an encoding."""
    return at + 1 + any(line.lstrip().startswith("#") for line in lines[at : at + 1])


def _is_utf_8(name: str, *, is_strict: bool) -> bool:
    return name == "utf-8" or (
        not is_strict and name.lower().replace("_", "-") in {"utf-8", "utf8"}
    )


def is_utf_8_line(line: str) -> bool:
    """Return whether a line declares the encoding as jupytext accepts it."""
    named = _ENCODING.match(line)
    return named is not None and _is_utf_8(named[1], is_strict=True)


def names_encoding(line: str) -> bool:
    """Return whether Python would read an encoding other than UTF-8 in a line near the top."""
    named = _ENCODING.match(line)
    return named is not None and not _is_utf_8(named[1], is_strict=False)


def without_blank_top(text: str) -> str:
    """Return a source without the blank lines above its first cell.

    The build does not read them; jupytext in JupyterLab would make a cell of them. One line below
    a YAML header belongs to the header.
    """
    lines = text.split("\n")
    first, last = skip_blank(lines, 0), skip_header(lines)
    body = skip_blank(lines, last)
    gap = lines[last:body][:1] if yaml_header(lines) else []
    return "\n".join([*lines[first:last], *gap, *lines[body:]]) if body < len(lines) else text


def skip_blank(lines: Sequence[str], at: int) -> int:
    """Return the index of the first line from ``at`` on that is not blank, or the end."""
    while at < len(lines) and not lines[at].strip():
        at += 1
    return at


def _skip_shebang(lines: Sequence[str]) -> int:
    at = skip_blank(lines, 0)
    if at < len(lines) and lines[at].startswith("#!"):
        at += 1
    if at < len(lines) and _ENCODING.match(lines[at]):
        at += 1
    return at
