"""IPython's syntax in a code cell: the cell as Python, with as many lines.

Most cells are plain Python. In others, one scan replaces the lines that IPython runs as commands.
What is still not Python is shown to IPython's own transformer before it is refused.
"""

import ast
import re
from typing import TYPE_CHECKING

from nbship.core.python.magic_names import CELLS_OF_PYTHON, LINE_MAGICS
from nbship.core.python.parse import Reading, TooDeepError, read_python

if TYPE_CHECKING:
    from nbship.core.python.lexer import Lexer

_BLANK_TOP = re.compile(r"(?:[^\S\n]*\n)*")
_INDENT = re.compile(r"[ \t]*")
_CELL_MAGIC = re.compile(r"%%(?!\w+\?)([^\s]*)")
_COMMAND = re.compile(r"[%!](?!=)|\?")  # at the begin of a line; != and %= are operators
_ASSIGNED_COMMAND = re.compile(r"(?:[ \t]|\\\n)*(%[ \t]*[^\W\d]|!(?!=))")
_FIRST_WORD = re.compile(r"\s*%{0,2}([\w.*]*)\s*(.?)")
_CALL = "get_ipython()"  # stands for each command
# Characters of a cell and of a line that IPython is asked about: its time grows with the square.
_MOST_ASKED = 10_000
_LONGEST_ASKED = 500
_MOST_MAGICS = 10  # cell magics one below the other

# Magics that also run without a percent sign and are not Python: https://ipython.readthedocs.io
_BARE_COMMAND = re.compile(r"(?:pip|conda|mamba|uv|cd|ls|cat|cp|mv|rm|mkdir)\s")


def read_cell(text: str) -> Reading:
    """Parse a code cell as IPython reads it.

    The tree of a cell below a magic such as ``%%bash`` is empty if the cell is not Python.

    Raises:
        SyntaxError: IPython would not run the cell; its line number counts from the first line of
            the cell.
    """
    for _ in range(_MOST_MAGICS):
        magic = cell_magic(text)
        if magic is None:
            return _read_lines(text)
        text = _without_magic(text)
        if magic not in CELLS_OF_PYTHON:
            break
    try:
        return _read_lines(text)
    except SyntaxError:
        return read_python("")


def parse_cell(text: str) -> ast.Module:
    """Return the syntax tree of a code cell as IPython reads it.

    Raises:
        SyntaxError: as ``read_cell`` does.
    """
    return read_cell(text).tree


def cell_magic(text: str) -> str | None:
    """Return the name of the cell magic with which a cell begins, or None if there is none."""
    if "%%" not in text:
        return None
    found = _CELL_MAGIC.match(_without_indent(text[_end_of_blank_top(text) :]))
    return None if found is None else found[1]


def has_other_language(text: str) -> bool:
    """Return whether a cell begins with a magic below which the kernel runs no Python itself."""
    magic = cell_magic(text)
    return magic is not None and magic not in CELLS_OF_PYTHON


def hint_of(text: str, error: SyntaxError) -> str:
    """Return what to write instead of a command without a percent sign, or an empty string."""
    lines = text.split("\n")
    line = lines[(error.lineno or 1) - 1].strip() if (error.lineno or 1) <= len(lines) else ""
    return f"Write it as a magic: # %{line}" if _BARE_COMMAND.match(line) else ""


def without_commands(text: str) -> str:
    """Return a cell's text with a call in place of each command, and with the same line numbers.

    Commands are a line that begins with ``%``, ``!`` or ``?``, with the lines that continue it; the
    right side of ``x = %time f()`` and ``x = !ls``; and a statement that ends with ``?``.
    """
    from nbship.core.python.lexer import Lexer

    lexer, parts, copied, at = Lexer(text), [], 0, 0
    while at < len(text):
        first = _end_of_indent(text, at)
        found: tuple[int, int] | None
        if _COMMAND.match(text, first):
            found = (first, _end_of_command(text, first))
            at = found[1] + 1
        else:
            found, at = _command_in_statement(lexer, text, first)
        if found is not None:
            begin, end = found
            parts += [text[copied:begin], _CALL, "\n" * text.count("\n", begin, end)]
            copied = end
    return "".join([*parts, text[copied:]])


def _command_in_statement(
    lexer: "Lexer", text: str, first: int
) -> tuple[tuple[int, int] | None, int]:
    """Return the range of the command in a statement, or None, and where the next one begins."""
    depth, is_assigned, kind, at = 0, False, "", first
    for token in lexer.tokens(first):
        at = token.end
        if token.kind == "newline" and depth == 0:
            break
        if token.kind == "open":
            depth += 1
        elif token.kind == "close":
            depth = max(depth - 1, 0)
        elif token.kind == "assign" and depth == 0 and not is_assigned:
            is_assigned = True
            command = _ASSIGNED_COMMAND.match(text, token.end)
            if command and not (command[1] == "!" and _begins_line(text, token.start)):
                end = _end_of_command(text, command.start(1))
                return (command.start(1), end), end + 1
        kind = token.kind
    end = at - 1 if text[at - 1 : at] == "\n" else at
    return ((first, end) if kind == "help" and _asks_for_help(text[first:end]) else None), at


def _asks_for_help(statement: str) -> bool:
    """Return whether a statement ends with a name and one or two question marks.

    The name may have an index, as in ``rows[0]?``.
    """
    at = len(statement.rstrip("?"))
    if statement.endswith("???"):
        return False
    while statement[at - 1 : at] == "]":
        opened = statement.rfind("[", 0, at)
        if not statement[opened + 1 : at - 1].removeprefix("-").isdecimal():
            return False
        at = opened
    while at > 0 and (statement[at - 1].isalnum() or statement[at - 1] in "_*"):
        at -= 1
        if not statement[at].isdecimal():
            return True
    return False


def _read_lines(text: str) -> Reading:
    """Parse a cell without a cell magic."""
    try:
        return read_python(text)
    except TooDeepError:
        raise
    except SyntaxError:
        pass
    plain = _without_indent(text)
    try:
        return read_python(without_commands(plain))
    except SyntaxError as error:
        if _is_bare_magic(text):
            return read_python("")
        found = _as_ipython_reads_it(text)
        if found is None:
            if error.offset:
                error.offset += _indent(text) - _indent(plain)
            raise error from None
        return found


def _as_ipython_reads_it(text: str) -> Reading | None:
    """Return what IPython makes of a cell, or None if it is not Python either.

    The line numbers are those of the transformed text: prompts keep them.
    """
    if len(text) > _MOST_ASKED or max(map(len, text.split("\n"))) > _LONGEST_ASKED:
        return None
    from nbship.core.python.ipython_transformer import transformed

    try:
        return read_python(text[: _end_of_blank_top(text)] + transformed(text))
    except SyntaxError:
        return None


def _is_bare_magic(text: str) -> bool:
    """Return whether the only line of a cell is a line magic without its percent sign."""
    line = text[_end_of_blank_top(text) :].removesuffix("\n")
    if "\n" in line:
        return False
    found = _FIRST_WORD.match(line)
    return found is not None and found[1] in LINE_MAGICS and found[2] not in ("=", ",")


def _without_magic(text: str) -> str:
    """Return a cell with a blank line in place of its cell magic."""
    top = _end_of_blank_top(text)
    return text[:top] + "\n" + _without_indent(text[top:]).partition("\n")[2]


def _without_indent(text: str) -> str:
    """Return a cell without the indent that all its lines have."""
    first = text[_end_of_blank_top(text) :]
    if first[:1] not in (" ", "\t"):
        return text
    from textwrap import dedent

    return dedent(text)


def _indent(text: str) -> int:
    """Return the indent of the first line that is not blank."""
    top = _end_of_blank_top(text)
    return _end_of_indent(text, top) - top


def _end_of_blank_top(text: str) -> int:
    match = _BLANK_TOP.match(text)
    return match.end() if match else 0


def _end_of_indent(text: str, at: int) -> int:
    match = _INDENT.match(text, at)
    return match.end() if match else at


def _end_of_command(text: str, at: int) -> int:
    """Return the end of the line of a command, or of the last line that continues it."""
    while True:
        end = text.find("\n", at)
        if end < 0:
            return len(text)
        if end == at or text[end - 1] != "\\":
            return end
        at = end + 1


def _begins_line(text: str, at: int) -> bool:
    """Return whether only blanks stand before a place in its line."""
    return not text[text.rfind("\n", 0, at) + 1 : at].strip()
