"""The inline script metadata of a source: its TOML tables, and the line of each key.

PEP 723: https://packaging.python.org/en/latest/specifications/inline-script-metadata/
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from nbship.core.source.conflict_markers import conflict_first
from nbship.core.source.grammar import is_marker
from nbship.core.source.language import PYTHON, language_of
from nbship.core.source.preamble import skip_header
from nbship.diagnostics import Place
from nbship.errors import SourceError
from nbship.model.workspace import Source

_OPEN = "# /// script"
_CLOSE = "# ///"
_COMMAND_SIGN = re.compile("[%!?]")
_TOML_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")

# What a statement in TOML ends with, and what contains line ends without an end of the statement.
_TOKEN = re.compile(
    r"""
    \"""(?:[^"\\]|\\.|"(?!""))*+(?:\""")? | '''(?:[^']|'(?!''))*+(?:''')?
    | "(?:[^"\\\n]|\\[^\n])*+"? | '[^'\n]*+'? | \#[^\n]*+ | [\[\]{}\n]
    """,
    re.VERBOSE | re.DOTALL,
)
_DEEPEST = 8  # names of a key; nbship's own have four

# A statement on one line, as most are. Only its key is needed, so it need not be parsed.
_PLAIN = re.compile(
    r"""[ \t]*[A-Za-z0-9_-]+[ \t]*=[ \t]*"""
    r"""(?:"[^"\\]*"|true|false|[0-9]+|\[(?:[ \t]*"[^"\\]*"[ \t]*,?)?[ \t]*\])[ \t]*(?:\#.*)?"""
)


@dataclass(frozen=True)  # without slots, for the cached property
class Header:
    """The tables of the header cell, and their lines in the source.

    ``first`` is the number of the line ``# /// script``, from 1, or None if there is no block.
    """

    path: str
    tables: Mapping[str, Any]
    lines: tuple[str, ...] = ()  # the TOML text, without the comment signs
    first: int | None = None

    def place(self, table: str, key: str | None = None) -> Place:
        """Return the place of ``key`` in ``[table]``, or else of the table, or of the block."""
        if self.first is None:
            return Place(self.path, 1)
        names = (*filter(None, table.split(".")), *(() if key is None else (key,)))[:_DEEPEST]
        while not _holds(self.tables, names):
            names = names[:-1]
        return Place(self.path, self.first + (self._line_of.get(names, 0) if names else 0))

    @cached_property
    def _line_of(self) -> Mapping[tuple[str, ...], int]:
        """The first line, from 1, of each key and table."""
        found: dict[tuple[str, ...], int] = {}
        for line, tables in _statements(self.lines):
            for names in _keys(tables):
                found.setdefault(names, line)
        return found


def read_header(source: Source) -> Header:
    """Read the script block of a source's first cell; without a block there are no tables.

    Raises:
        SourceError: the block is not closed, is not TOML, is there twice or outside the first
            cell, or shares its cell with code, which would not reach Kaggle.
    """
    lines = source.text.split("\n")
    opened = [number for number, line in enumerate(lines) if line.rstrip() == _OPEN]
    if not opened:
        return Header(source.path, {})
    first = opened[0]
    with conflict_first(source):
        _check_place(source, lines, opened)
        toml = _block(source, lines, first)
    try:
        tables = tomllib.loads("\n".join(toml))
    except (ValueError, RecursionError) as error:  # also beyond Python's limits
        raise _not_toml(source, first, len(toml), str(error)) from None
    return Header(source.path, tables, tuple(toml), first + 1)


def _statements(lines: Sequence[str]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield each statement's first line, from 1, and its key nested in its table."""
    path: tuple[str, ...] = ()
    for first, end in _ranges(lines):
        line = lines[first]
        if line.lstrip()[:1] in {"", "#"}:
            continue
        if end == first + 1 and _PLAIN.fullmatch(line):
            yield end, _nested(path, {line.split("=")[0].strip(): None})
            continue
        tables = tomllib.loads("\n".join(lines[first:end]))
        if line.lstrip().startswith("["):
            path = tuple(_names(tables))
            yield first + 1, tables
        else:
            yield first + 1, _nested(path, tables)


def _ranges(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the indices of each statement's lines, half open; the text must be TOML."""
    text = "\n".join(lines) + "\n"
    first = number = depth = 0
    for token in _TOKEN.finditer(text):
        sign = token[0]
        number += sign.count("\n")
        if sign in "[{":
            depth += 1
        elif sign in "]}":
            depth -= 1
        elif sign == "\n" and depth == 0:
            yield first, number
            first = number


def end_of_table(lines: Sequence[str], names: Sequence[str]) -> int | None:
    """Return the index behind the last key of a table that has a line of its own, or None.

    ``lines`` are those of a text that is TOML.
    """
    end, is_inside = None, False
    for first, last in _ranges(lines):
        line = lines[first].lstrip()
        if line.startswith("["):
            is_inside = list(_names(tomllib.loads("\n".join(lines[first:last])))) == list(names)
        if is_inside and line[:1] not in {"", "#"}:
            end = last
    return end


def _keys(tables: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Yield the names of each key in nested tables, from the outermost, up to eight."""
    todo: list[tuple[tuple[str, ...], Any]] = [((), tables)]
    while todo:
        names, value = todo.pop()
        if names:
            yield names
        if isinstance(value, dict) and len(names) < _DEEPEST:
            todo += [((*names, name), below) for name, below in value.items()]


def _names(tables: Any) -> Iterator[str]:
    """Yield the parts of a table's name, up to a list of tables."""
    while isinstance(tables, dict) and tables:
        name, tables = next(iter(tables.items()))
        yield name


def _nested(path: Sequence[str], tables: Mapping[str, Any]) -> Mapping[str, Any]:
    for name in reversed(path):
        tables = {name: tables}
    return tables


def _holds(tables: Mapping[str, Any], names: Sequence[str]) -> bool:
    value: Any = tables
    for name in names:
        if not isinstance(value, dict) or name not in value:
            return False
        value = value[name]
    return True


def _check_place(source: Source, lines: list[str], opened: list[int]) -> None:
    if len(opened) > 1:
        raise SourceError(
            "a second script block; a notebook has one",
            place=Place(source.path, opened[1] + 1),
        )
    first = opened[0]
    markers = [number for number, line in enumerate(lines) if is_marker(line)]
    before = [number for number in markers if number < first]
    lead = lines[skip_header(lines) : before[0]] if before else []
    if len(before) > 1 or any(line.strip() for line in lead):
        raise SourceError(
            "the script block must be in the first cell", place=Place(source.path, first + 1)
        )
    begin = before[0] + 1 if before else 0
    end = next((number for number in markers if number > first), len(lines))
    cell = lines[begin:end]
    if language_of(source.path) == PYTHON and any(_COMMAND_SIGN.search(line) for line in cell):
        from nbship.core.source.magics import uncommented

        cell = uncommented(cell, only_certain=True)  # jupytext writes a command as a comment
    for number, line in enumerate(cell, begin):
        if line.strip() and not line.startswith("#"):
            raise SourceError(
                "code in the header cell, which does not reach Kaggle",
                place=Place(source.path, number + 1),
                hint="Begin a new cell with '# %%' above this line.",
            )


def _block(source: Source, lines: list[str], first: int) -> list[str]:
    toml: list[str] = []
    for line in lines[first + 1 :]:
        if line.rstrip() == _CLOSE:
            return toml
        if not (line.rstrip() == "#" or line.startswith("# ")):
            break
        toml.append(line[2:])
    raise SourceError(
        "the script block is not closed",
        place=Place(source.path, first + 1),
        hint="End it with a line '# ///'; every line of it begins with '# '.",
    )


def _not_toml(source: Source, first: int, length: int, reason: str) -> SourceError:
    where = _TOML_PLACE.search(reason)
    line, column = length, None
    if where and where[1]:
        line, column = int(where[1]), int(where[2]) + len("# ")
    return SourceError(
        f"the script block is not TOML: {_TOML_PLACE.sub('', reason)}",
        place=Place(source.path, first + 1 + line, column),
        hint="TOML strings need quotes; true and false are lowercase.",
    )
