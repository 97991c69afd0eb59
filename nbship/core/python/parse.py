"""The parser of Python: a text as a syntax tree, also where only a newer Python can read it."""

import ast
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # only what this Python cannot read needs it
    from nbship.core.python.newer_syntax import NewerSyntax


class TooDeepError(SyntaxError):
    """Python that is nested too deeply to be parsed, in each way of writing it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A syntax tree with its text, and what in the text this Python cannot read.

    In the tree and the text, newer syntax is replaced: see ``newer_syntax.py``.
    """

    tree: ast.Module
    text: str
    newer: "tuple[NewerSyntax, ...]" = ()


def read_python(text: str) -> Reading:
    """Parse Python in which ``await`` is allowed at the top level, as in a notebook.

    Raises:
        SyntaxError: the text is not Python, in no version that nbship knows.
    """
    try:
        return Reading(_parse(text), text)
    except TooDeepError:
        raise
    except SyntaxError:
        from nbship.core.python.newer_syntax import in_older_syntax

        older, newer = in_older_syntax(text)
    return Reading(_parse(older), older, newer)  # a mistake is at the same place in both texts


def parse_python(text: str) -> ast.Module:
    """Return the syntax tree of Python in which ``await`` is allowed at the top level.

    Raises:
        SyntaxError: the text is not Python, in no version that nbship knows.
    """
    return read_python(text).tree


def _parse(text: str) -> ast.Module:
    if "\0" in text:  # the errors of Python 3.11 for it differ and name no line
        before = text.partition("\0")[0]
        raise SyntaxError("a NUL character", ("<source>", before.count("\n") + 1, None, None))
    flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python shows them when the notebook runs
        try:
            tree: ast.Module = compile(text, "<source>", "exec", flags)
        except (RecursionError, MemoryError):
            raise TooDeepError("nested too deeply", ("<source>", 1, None, None)) from None
    return tree
