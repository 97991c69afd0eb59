"""Tell a comment that jupytext takes for a command: ``# copy the weights`` would run.

jupytext comments out what only IPython understands, and takes the comment sign off again; bare
words such as ``ls`` and a word with a question mark are commands for it as well. For their writer
they may have been: for both there is a form that cannot be misread.
https://jupytext.readthedocs.io/en/latest/formats-scripts.html#magic-commands
"""

import re
from collections.abc import Iterator

from nbship.core.grammar import Span
from nbship.core.strings import quote_after
from nbship.errors import Place, SourceError

_COMMENT = re.compile(r"^(\s*)# ?")
_MAGIC = re.compile(r"\s*(?:%{1,3}[a-zA-Z]|!|\?{1,2}\s*[A-Za-z.~$\\/{}]|[^\W\d][\w$]*\s*=\s*[%!])")
# Below a cell magic that is none of these there is no Python: "# cd x" is no comment there.
_FOREIGN = re.compile(r"%%(?!(?:capture|prun|pypy|python3?|time|timeit)\b)")
_CONTINUES = re.compile(r".*\\\s*$")
_WORDS = "cat|cd|copy|cp|ddir|echo|ldir|ls|mkdir|mv|ren|rm|rmdir"
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
    if span.kind != "code" or not span.is_active:
        return
    bare = [uncomment_code(line) for line in span.lines]
    quote = ""
    for number, (line, is_magic) in enumerate(zip(span.lines, are_magics(bare), strict=True)):
        was_quoted, quote = bool(quote), quote_after(line, quote)
        is_plain = was_quoted or is_magic or bare[number].lstrip().startswith("#")
        if line.lstrip().startswith("#") and not is_plain and _COMMAND.match(line):
            yield becomes_command(path, span.first + number, bare[number])


def becomes_command(path: str, line: int, text: str) -> SourceError:
    """Return the error for a comment that would run, with both forms that cannot be misread."""
    command = text.strip()
    explicit = f"?{command.rstrip('?')}" if command.endswith("?") else f"%{command}"
    return SourceError(
        f"this comment would be the command '{command}' in the notebook",
        place=Place(path, line),
        hint=f"Write '# {explicit}' if it is one, and '# # {command}' if it is a comment.",
    )
