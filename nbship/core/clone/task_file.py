"""``dodo.py``, the file in which doit finds the tasks: how it gets those of nbship."""

import ast
import io

FILE = "dodo.py"
MODULE = "nbship.tasks"
IMPORT = f"from {MODULE} import *"
_LINE = f"{IMPORT}  # noqa: F403 - the tasks of today, whatever their names"
_BOM = "\ufeff"
_NEW = f"""\
\"\"\"The tasks of this workspace; `doit list` shows them, `doit help TASK` explains one.\"\"\"

{_LINE}
"""


def has_tasks(text: str) -> bool:
    """Return whether a dodo.py takes over tasks of nbship: all, or those that it names.

    Raises:
        SyntaxError: it is not Python.
    """
    tree = ast.parse(text.removeprefix(_BOM))
    return any(isinstance(node, ast.ImportFrom) and node.module == MODULE for node in tree.body)


def with_tasks(text: str | None) -> str:
    """Return a dodo.py with the tasks of nbship; all lines of an existing one stay, in order.

    The import comes first, so that the file's own tasks and its ``DOIT_CONFIG`` count.

    Raises:
        SyntaxError: it is not Python.
    """
    if text is None or not text.strip():
        return _NEW
    if text.startswith(_BOM):
        return _BOM + with_tasks(text.removeprefix(_BOM))
    lines = list(io.StringIO(text, newline=""))  # as Python counts them
    at = _end_of_preamble(ast.parse(text), lines)
    end = "\r\n" if lines[0].endswith("\r\n") else "\n"
    before, after = lines[:at], lines[at:]
    if before and not before[-1].endswith("\n"):
        before[-1] += end
    return "".join([*before, _LINE, end, *after])


def _end_of_preamble(tree: ast.Module, lines: list[str]) -> int:
    """Return the index of the line after the docstring and the imports from ``__future__``.

    In a file without both, comments at the top stay there.
    """
    preamble = tree.body[:1] if ast.get_docstring(tree) is not None else []
    preamble += [
        node
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == "__future__"
    ]
    at = max((node.end_lineno or 0 for node in preamble), default=0)
    while at < len(lines) and (lines[at].startswith("#") or not lines[at].strip()):
        at += 1
    return at
