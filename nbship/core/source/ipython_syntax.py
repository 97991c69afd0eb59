"""IPython's syntax in a code cell: each line is parsed as Python, with magics replaced."""

import ast
import re
import warnings
from collections.abc import Iterator

_SHELL_LINE = re.compile(r"^(\s*)[%!?].*$", re.MULTILINE)
_SHELL_VALUE = re.compile(r"=\s*[%!].*$", re.MULTILINE)
_HELP_LINE = re.compile(r"^(\s*)[\w.*]+\?{1,2}\s*$", re.MULTILINE)

# Magics that also run without a percent sign and are not Python: https://ipython.readthedocs.io
_BARE_COMMAND = re.compile(r"(?:pip|conda|mamba|uv|cd|ls|cat|cp|mv|rm|mkdir)\s")


def parse_cell(text: str) -> ast.Module:
    """Parse a code cell as IPython reads it; a cell below ``%%bash`` and the like is empty.

    Raises:
        SyntaxError: the cell is not Python; its line number counts from the first line of the cell.
    """
    if not text.startswith("%%"):
        return _parse_with_shell(text)
    try:
        return _parse_with_shell("\n" + text.partition("\n")[2])  # %%time, %%capture
    except SyntaxError:
        return ast.Module([], [])


def parse_python(text: str) -> ast.Module:
    """Parse Python in which ``await`` is allowed at the top level, as in a notebook.

    Raises:
        SyntaxError: the text is not Python.
    """
    if "\0" in text:  # the errors of Python 3.11 for it differ and name no line
        before = text.partition("\0")[0]
        raise SyntaxError("a NUL character", ("<source>", before.count("\n") + 1, None, None))
    flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python shows them when the notebook runs
        try:
            tree: ast.Module = compile(text, "<source>", "exec", flags, dont_inherit=True)
        except (RecursionError, MemoryError):
            raise SyntaxError("nested too deeply", ("<source>", 1, None, None)) from None
    return tree


def hint_of(text: str, error: SyntaxError) -> str:
    """Return what to write instead of a command without a percent sign, or an empty string."""
    lines = text.split("\n")
    line = lines[(error.lineno or 1) - 1].strip() if (error.lineno or 1) <= len(lines) else ""
    return f"Write it as a magic: # %{line}" if _BARE_COMMAND.match(line) else ""


def _parse_with_shell(text: str) -> ast.Module:
    """Parse Python; if that fails, parse it with the lines in IPython's syntax replaced."""
    try:
        return parse_python(text)
    except SyntaxError:
        text = _SHELL_LINE.sub(r"\1pass", text)
        text = _HELP_LINE.sub(r"\1pass", text)
        return parse_python(_SHELL_VALUE.sub("= None", text))


def imports_of(tree: ast.AST, package: str) -> Iterator[str]:
    """Yield the names of all modules that import statements in this package may import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _base(node, package)
            if base:
                yield base
            # An imported name may be a module of that package; the caller looks for it.
            prefix = f"{base}." if base else ""
            yield from (prefix + alias.name for alias in node.names if alias.name != "*")


def _base(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parents = package.split(".")[: len(package.split(".")) - (node.level - 1)]
    return ".".join([*filter(None, parents), *filter(None, [node.module])])
