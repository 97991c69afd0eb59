"""The artifact of a script: the source's own lines, with the bundle inserted before the code.

Kaggle runs it as ``python3 /kaggle/src/script.py``, with no file beside it. Every line of the
source stays, also the comments of the header; the bundle shifts the lines below it.
"""

import ast
import re
import warnings
from collections.abc import Sequence
from dataclasses import replace

from nbship.core.python.parse import parse_python
from nbship.core.source.grammar import split_cells
from nbship.core.source.language import PYTHON, language_of
from nbship.core.source.magics import SHELL, idle_commands, magics_of_r
from nbship.diagnostics import Place
from nbship.errors import SourceError
from nbship.model.notebook import Cell, Notebook
from nbship.model.workspace import LineMap, Origin, Source

_MARKER = re.compile(r"^# *%%")
_NOT_PLAIN = re.compile(rf"{SHELL.pattern}|^\s*\?|^\s*[\w.*]+\?{{1,2}}\s*$")
_PLAIN = "A script is plain Python: use subprocess.run, or make the script a notebook."


def as_script(notebook: Notebook, source: Source) -> Notebook:
    """Return the script as a notebook with one code cell that holds the source's whole text.

    Raises:
        SourceError: a line needs IPython, would silently not run, or is not Python; names the line.
    """
    if language_of(source.path) == PYTHON:
        refuse_non_script(source)
        _refuse_commands_in_comments(source)
    return replace(notebook, cells=(Cell("code", source.text, {}, 1),))


def render_script(script: Notebook, generated: Cell | None) -> tuple[str, LineMap]:
    """Return the text of the file to push, and the map of its lines to those of the source.

    The generated code is a cell of its own: after the docstring and the ``__future__`` imports,
    which must be first, and before all other code.

    Raises:
        SourceError: a docstring or a ``__future__`` import shares its line with other code.
    """
    text = script.cells[0].text
    if generated is None:
        return text, (Origin(script.path, 1),)
    lines = text.split("\n")
    above = _above_generated(script, lines)
    (tag,) = generated.metadata["tags"]
    inserted = [f'# %% tags=["{tag}"]', *generated.text.split("\n"), ""]
    below = Origin(script.path, above + 1, above + len(inserted) + 1)
    whole = "\n".join([*lines[:above], *inserted, *lines[above:]])
    return whole, (Origin(script.path, 1), below) if above else (below,)


def refuse_comment_magics(source: Source) -> None:
    """Refuse a comment of an R notebook that jupytext would turn into a magic: R has no magics.

    Raises:
        SourceError: names the line.
    """
    for span in split_cells(source):
        for fault in magics_of_r(source.path, span):
            raise fault


def _refuse_commands_in_comments(source: Source) -> None:
    for span in split_cells(source):
        for fault in idle_commands(source.path, span):
            raise fault


def refuse_non_script(source: Source) -> None:
    """Refuse a text that Python does not run as a file: a magic, an ``await`` at the top level.

    Raises:
        SourceError: names the line.
    """
    before, ends, _ = source.text.partition("\r")
    if ends:
        raise SourceError(
            "a carriage return inside a line: Python counts two lines",
            place=Place(source.path, before.count("\n") + 1),
            hint="In a string, write \\r.",
        )
    try:
        tree = parse_python(source.text)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python repeats them when the script runs
            compile(tree, "<script>", "exec")
    except SyntaxError as error:
        lines = source.text.split("\n")
        line = lines[error.lineno - 1] if error.lineno and error.lineno <= len(lines) else ""
        if _NOT_PLAIN.search(line):
            message, hint = f"IPython syntax in a script: {line.strip()!r}", _PLAIN
        elif "'await'" in error.msg or "async" in error.msg:
            message, hint = f"not a script: {error.msg}", "Put it into asyncio.run(main())."
        else:
            message, hint = f"not Python: {error.msg}", ""
        raise SourceError(
            message, place=Place(source.path, error.lineno, error.offset), hint=hint
        ) from None
    except (RecursionError, MemoryError):
        raise SourceError("not Python: nested too deeply", place=Place(source.path)) from None


def _above_generated(script: Notebook, lines: Sequence[str]) -> int:
    """Return how many lines stay above the generated code."""
    body = parse_python(script.cells[0].text).body
    rest = (n for n, statement in enumerate(body) if not _must_stand_first(n, statement))
    first = next(rest, None)
    if first is None:  # there is no code
        return len(lines) - (lines[-1] == "")
    above = (body[first - 1].end_lineno or 0) if first else 0
    begin = min(
        [body[first].lineno, *(node.lineno for node in getattr(body[first], "decorator_list", ()))]
    )
    if begin <= above:
        raise SourceError(
            "this line continues after the docstring or a __future__ import: the build inserts the "
            "modules between them",
            place=Place(script.path, begin),
            hint="Put each statement on its own line.",
        )
    # Only comments are between the two. Those below the last marker belong to the code.
    markers = (n for n in range(begin - 1, above, -1) if _MARKER.match(lines[n - 1]))
    return next(markers, begin) - 1


def _must_stand_first(number: int, statement: ast.stmt) -> bool:
    if isinstance(statement, ast.ImportFrom):
        return statement.module == "__future__"
    if number or not isinstance(statement, ast.Expr):
        return False
    return isinstance(statement.value, ast.Constant) and isinstance(statement.value.value, str)
