"""Tell a comment that jupytext takes for a command: ``# copy the weights`` would run.

jupytext comments out what only IPython understands, and takes the comment sign off again; bare
words such as ``ls`` and a word with a question mark are commands for it as well. For their writer
they may have been: for both there is a form that cannot be misread.
https://jupytext.readthedocs.io/en/latest/formats-scripts.html#magic-commands
"""

import re
from collections.abc import Iterator

from nbship.core.source.grammar import Span
from nbship.core.source.triple_quotes import quote_after
from nbship.diagnostics import Place
from nbship.errors import SourceError

_COMMENT = re.compile(r"^(\s*)# ?")
_MAGIC = re.compile(r"\s*(?:%{1,3}[a-zA-Z]|!|\?{1,2}\s*[A-Za-z.~$\\/{}]|[^\W\d][\w$]*\s*=\s*[%!])")
# Below a cell magic that is none of these there is no Python: "# cd x" is no comment there.
_FOREIGN = re.compile(r"%%(?!(?:capture|prun|pypy|python3?|time|timeit)\b)")
_CONTINUES = re.compile(r".*\\\s*$")
_WORDS = "cat|cd|copy|cp|ddir|echo|ldir|ls|mkdir|mv|ren|rm|rmdir"
_R_MAGIC = re.compile(r"\s*%{1,3}[a-zA-Z]")
SHELL = re.compile(r"^\s*[%!]|^[^(#]*[^(#!=<>]=\s*[%!]")
_COMMAND = re.compile(rf"# ?(?:{_WORDS})(?:$|\s$|\s[^=,])|\s*(?:# )*\S*\?\s*$")


def uncomment_code(line: str) -> str:
    """Take off the comment sign that jupytext put before what is no Python."""
    return _COMMENT.sub(r"\1", line, count=1)


def are_magics(lines: list[str]) -> list[bool]:
    """Return which of a cell's lines, without comment signs, are written as magics or go on one."""
    is_foreign = bool(lines) and _FOREIGN.match(lines[0]) is not None
    found, goes_on = [], False
    for line in lines:
        is_magic = goes_on or is_foreign or _MAGIC.match(line) is not None
        goes_on = is_magic and _CONTINUES.match(line) is not None
        found.append(is_magic)
    return found


def accidental_commands(path: str, span: Span) -> Iterator[SourceError]:
    """Yield each comment of a Python cell that jupytext would take for a command."""
    for number, line, bare, is_magic in _comments(span):
        if not is_magic and _COMMAND.match(line):
            yield becomes_command(path, number, bare)


def idle_commands(path: str, span: Span) -> Iterator[SourceError]:
    """Yield each comment of a script that would be a command in a notebook, and does not run."""
    for number, _, bare, is_magic in _comments(span):
        if is_magic and SHELL.search(bare):
            yield does_not_run(path, number, bare)


def magics_of_r(path: str, span: Span) -> Iterator[SourceError]:
    """Yield each comment of an R cell that jupytext would take for a magic."""
    for number, _, bare, _ in _comments(span):
        if _R_MAGIC.match(bare):
            yield is_no_r(path, number, bare)


def _comments(span: Span) -> Iterator[tuple[int, str, str, bool]]:
    """Yield the comments of a code cell: line, text, text without its sign, is it a magic."""
    if span.kind != "code" or not span.is_active:
        return
    bare = [uncomment_code(line) for line in span.lines]
    quote = ""
    for at, (line, is_magic) in enumerate(zip(span.lines, are_magics(bare), strict=True)):
        was_quoted, quote = bool(quote), quote_after(line, quote)
        is_twice = bare[at].lstrip().startswith("#")
        if line.lstrip().startswith("#") and not was_quoted and not is_twice:
            yield span.first + at, line, bare[at], is_magic


def becomes_command(path: str, line: int, text: str) -> SourceError:
    """Return the error for a comment that would run, with both forms that cannot be misread."""
    command = text.strip()
    explicit = f"?{command.rstrip('?')}" if command.endswith("?") else f"%{command}"
    return SourceError(
        f"this comment would be the command '{command}' in the notebook",
        place=Place(path, line),
        hint=f"Write '# {explicit}' if it is one, and '# # {command}' if it is a comment.",
    )


def does_not_run(path: str, line: int, text: str) -> SourceError:
    """Return the error for a command in a comment of a script."""
    return SourceError(
        f"a comment in a script, which would not run: {text.strip()!r} is for notebooks",
        place=Place(path, line),
        hint="Take it out, or make it a notebook. A comment that only looks like that "
        "begins with two signs: # #",
    )


def is_no_r(path: str, line: int, text: str) -> SourceError:
    """Return the error for a comment that would be a magic in a notebook in R."""
    return SourceError(
        f"jupytext reads this comment as the magic {text.strip()!r}, and R has none",
        place=Place(path, line),
        hint="Put another word before the percent sign.",
    )
