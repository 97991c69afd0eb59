"""Magics in percent text: comments that jupytext would run as commands, as ``# copy the weights``.

In a source, jupytext comments out the lines that only IPython understands; in the notebook, it
removes the comment sign. It also treats bare words such as ``ls``, and a word with a question mark,
as commands. As it cannot know what the author meant, nbship asks for a form that is unambiguous.
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
# Cell magics below which there is no Python, so that "# cd x" is not a comment.
_FOREIGN = re.compile(r"%%(?!(?:capture|prun|pypy|python3?|time|timeit)\b)")
_CONTINUES = re.compile(r".*\\\s*$")
_WORDS = "cat|cd|copy|cp|ddir|echo|ldir|ls|mkdir|mv|ren|rm|rmdir"
_R_MAGIC = re.compile(r"\s*%{1,3}[a-zA-Z]")
SHELL = re.compile(r"^\s*[%!]|^[^(#]*[^(#!=<>]=\s*[%!]")
_COMMAND = re.compile(rf"# ?(?:{_WORDS})(?:$|\s$|\s[^=,])|\s*(?:# )*\S*\?\s*$")


def uncomment_code(line: str) -> str:
    """Return a line of code without the comment sign that jupytext puts before a magic."""
    return _COMMENT.sub(r"\1", line, count=1)


def are_magics(lines: list[str]) -> list[bool]:
    """Return for each line of a cell whether it is written as a magic or continues one.

    The lines are without comment signs.
    """
    is_foreign = bool(lines) and _FOREIGN.match(lines[0]) is not None
    found, goes_on = [], False
    for line in lines:
        is_magic = goes_on or is_foreign or _MAGIC.match(line) is not None
        goes_on = is_magic and _CONTINUES.match(line) is not None
        found.append(is_magic)
    return found


def accidental_commands(path: str, span: Span) -> Iterator[SourceError]:
    """Yield each comment of a Python cell that jupytext would read as a command."""
    for number, line, bare, is_magic in _comments(span):
        if not is_magic and _COMMAND.match(line):
            yield becomes_command(path, number, bare)


def idle_commands(path: str, span: Span) -> Iterator[SourceError]:
    """Yield each comment of a script that would be a command in a notebook but does not run."""
    for number, _, bare, is_magic in _comments(span):
        if is_magic and SHELL.search(bare):
            yield does_not_run(path, number, bare)


def magics_of_r(path: str, span: Span) -> Iterator[SourceError]:
    """Yield each comment of an R cell that jupytext would read as a magic."""
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
    """Return the error for a comment that would run; the hint names both unambiguous forms."""
    command = text.strip()
    explicit = f"?{command.rstrip('?')}" if command.endswith("?") else f"%{command}"
    return SourceError(
        f"this comment would be the command '{command}' in the notebook",
        place=Place(path, line),
        hint=f"Write '# {explicit}' for a command, or '# # {command}' for a comment.",
    )


def does_not_run(path: str, line: int, text: str) -> SourceError:
    """Return the error for a command in a comment of a script."""
    return SourceError(
        f"{text.strip()!r} in a comment runs in a notebook, but not in a script",
        place=Place(path, line),
        hint="Remove it, or make the script a notebook. If it is a comment, begin it with two "
        "signs: # #",
    )


def is_no_r(path: str, line: int, text: str) -> SourceError:
    """Return the error for a comment that would be a magic in an R notebook."""
    return SourceError(
        f"jupytext reads this comment as the magic {text.strip()!r}, but R has no magics",
        place=Place(path, line),
        hint="Put another word before the percent sign.",
    )
