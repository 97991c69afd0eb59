"""Magics in percent text: comments that jupytext would run as commands, as ``# copy the weights``.

In a source, jupytext comments out the lines that only IPython understands; in the notebook, it
removes the comment sign. It also treats bare words such as ``ls``, and a word with a question mark,
as commands. What IPython runs stays as it is; where the notebook would not run, nbship asks for a
form that is unambiguous.
https://jupytext.readthedocs.io/en/latest/formats-scripts.html#magic-commands
"""

import re
from collections.abc import Iterator, Sequence

from nbship.core.python.ipython_syntax import has_other_language, read_cell
from nbship.core.source.grammar import Span
from nbship.core.source.language import CELL_LANGUAGES
from nbship.core.source.triple_quotes import quote_after
from nbship.diagnostics import Place
from nbship.errors import SourceError

_COMMENT = re.compile(r"^(\s*)# ?")
_SIGNS = r"(?:# ?)*"
# What jupytext reads as a command whatever stands around it.
_MAGIC = re.compile(
    rf"\s*{_SIGNS}%{{1,3}}[a-zA-Z]"
    r"|\s*(?:(?:# ?)+\s*)?[?!]\s*[A-Za-z.~$\\/{}]"
    rf"|{_SIGNS}\s*[a-zA-Z_][a-zA-Z_$0-9]*\s*=\s*(?:%{{1,3}}|!)[a-zA-Z]"
)
_NO_MAGIC = re.compile(rf"\s*{_SIGNS}%{{1,3}}[a-zA-Z].*#\s*noescape")
# Words that may be a command or a comment: those of shells, and a word with a question mark.
_WORDS = "cat|cd|copy|cp|ddir|echo|ldir|ls|mkdir|mv|ren|rm|rmdir"
_SHELL_WORD = re.compile(rf"{_SIGNS}(?:{_WORDS})(?:$|\s$|\s[^=,])")
_QUESTION = re.compile(r"\s*(?:# )*\S*\?\s*$")
_REMOVES = re.compile(r"(?:mv|rm|rmdir)\s")
_SENTENCE = re.compile(r"\s*\w+(?:\s+[A-Za-z]+,?){3,}[.!]?\s*$")
_R_MAGIC = re.compile(r"\s*%{1,3}[a-zA-Z]")
_SHELL_LINE = re.compile(rf"^{_SIGNS}(?:{_WORDS})(?!\S)", re.MULTILINE)
SHELL = re.compile(r"^\s*[%!]|^[^(#]*[^(#!=<>]=\s*[%!]")


def uncomment_code(line: str) -> str:
    """Return a line of code without the comment sign that jupytext puts before a magic."""
    return _COMMENT.sub(r"\1", line, count=1)


def uncommented(lines: Sequence[str], *, only_certain: bool = False) -> list[str]:
    """Return the lines of a Python cell as jupytext writes them into the notebook.

    With ``only_certain`` the words that may be a comment keep their comment sign.
    """
    if not _may_have_command("\n".join(lines)):
        return list(lines)
    found, quote, goes_on = [], "", False
    for line in lines:
        is_command = not quote and (goes_on or _is_magic(line, only_certain=only_certain))
        if is_command:
            goes_on = line.rstrip().endswith("\\")
        found.append(uncomment_code(line) if is_command else line)
        quote = quote_after(line, quote)
    return found


def accidental_commands(path: str, span: Span) -> Iterator[SourceError]:
    """Yield each comment of a Python cell because of which the notebook's cell would not run."""
    lines, certain = _in_both_ways(span)
    if lines == certain:
        return
    error = _error_in(lines)
    if error is None:
        return
    is_cause = _error_in(certain) is None  # else only the line with the error is
    for number, (line, comment) in enumerate(zip(lines, certain, strict=True)):
        is_uncommented = line != comment and not _is_comment(line)
        if is_uncommented and (is_cause or error.lineno == number + 1):
            yield _becomes_command(path, span.first + number, line)


def doubtful_commands(path: str, span: Span) -> Iterator[SourceError]:
    """Yield each comment that the notebook runs as a command or a name, and that may be a comment.

    IPython runs a word such as ``ls`` as a command only if it is the only line of the cell, and
    such a line is doubtful only if it reads like a sentence, or removes files. Elsewhere it is a
    name in Python.
    """
    lines, certain = _in_both_ways(span)
    if lines == certain or has_other_language("\n".join(lines)) or _error_in(lines) is not None:
        return
    for number, (line, comment) in enumerate(zip(lines, certain, strict=True)):
        is_word = line != comment and not (_is_comment(line) or _QUESTION.match(line))
        if is_word and (len(lines) > 1 or _SENTENCE.match(line) or _REMOVES.match(line)):
            yield _becomes_command(path, span.first + number, line)


def idle_commands(path: str, span: Span) -> Iterator[SourceError]:
    """Yield each comment of a script that would be a command in a notebook but does not run."""
    if span.kind == "code" and span.language in CELL_LANGUAGES:
        yield _stays_comment(path, span.first - 1, f"%%{span.language}")
    if not _is_code(span):
        return
    lines = uncommented(span.lines, only_certain=True)
    for number, (line, comment) in enumerate(zip(lines, span.lines, strict=True)):
        if line != comment and not _is_comment(line) and SHELL.search(line):
            yield _stays_comment(path, span.first + number, line)


def magics_of_r(path: str, span: Span) -> Iterator[SourceError]:
    """Yield each comment of an R cell that jupytext would read as a magic."""
    if not _is_code(span):
        return
    for number, line in enumerate(span.lines):
        bare = uncomment_code(line)
        if _is_comment(line) and _R_MAGIC.match(bare):
            yield _not_in_r(path, span.first + number, bare)


def code_of(span: Span) -> tuple[str, int]:
    """Return the text of a Python code cell in the notebook, and the line where it begins.

    A cell in another language begins with its cell magic, in the place of the marker.
    """
    text = "\n".join(uncommented(span.lines)) if span.is_active else span.text
    if span.language in CELL_LANGUAGES:
        return f"%%{span.language}\n{text}", span.first - 1
    return text, span.first


def _becomes_command(path: str, line: int, text: str) -> SourceError:
    """Return the error for a comment that would run; the hint names both unambiguous forms."""
    command = text.strip()
    name = command.rstrip("?")
    explicit = f"{command[len(name) :]}{name}" if name != command else f"%{command}"
    return SourceError(
        f"this comment would be the command '{command}' in the notebook",
        place=Place(path, line),
        hint=f"Write '# {explicit}' for a command, or '# # {command}' for a comment.",
    )


def _stays_comment(path: str, line: int, text: str) -> SourceError:
    """Return the error for a command in a comment of a script."""
    return SourceError(
        f"{text.strip()!r} in a comment runs in a notebook, but not in a script",
        place=Place(path, line),
        hint="Remove it, or make the script a notebook. If it is a comment, begin it with two "
        "signs: # #",
    )


def _not_in_r(path: str, line: int, text: str) -> SourceError:
    """Return the error for a comment that would be a magic in an R notebook."""
    return SourceError(
        f"jupytext reads this comment as the magic {text.strip()!r}, but R has no magics",
        place=Place(path, line),
        hint="Put another word before the percent sign.",
    )


def _in_both_ways(span: Span) -> tuple[list[str], list[str]]:
    """Return the lines of a cell with each comment that runs, and with the certain ones alone."""
    lines = uncommented(span.lines) if _is_code(span) else list(span.lines)
    if lines == list(span.lines):
        return lines, lines
    return lines, uncommented(span.lines, only_certain=True)


def _is_code(span: Span) -> bool:
    return span.kind == "code" and span.is_active


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _may_have_command(text: str) -> bool:
    """Return False only if no line of a cell is a command."""
    return "%" in text or "!" in text or "?" in text or _SHELL_LINE.search(text) is not None


def _is_magic(line: str, *, only_certain: bool) -> bool:
    """Return whether jupytext reads a line, with or without comment signs, as a command."""
    if "noescape" in line and _NO_MAGIC.match(line):
        return False
    if _MAGIC.match(line):
        return True
    return not only_certain and bool(_QUESTION.match(line) or _SHELL_WORD.match(line))


def _error_in(lines: Sequence[str]) -> SyntaxError | None:
    """Return why IPython would not run a cell, or None if it would."""
    try:
        read_cell("\n".join(lines))
    except SyntaxError as error:
        return error
    return None
