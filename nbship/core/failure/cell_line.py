"""The failing line of a cell whose traceback has no frame in it, from the text of the cell.

``sys.exit()``, an unknown magic, a value that cannot be displayed and an error of R leave no frame.
A line is named only where the text of the cell leaves no doubt.
"""

import ast
import builtins
import re
from collections.abc import Iterable, Iterator, Sequence

from nbship.core.python.ipython_syntax import parse_cell
from nbship.core.run.forms import TRACEBACK

_EXITS = {"exit", "quit", "SystemExit"}
_DISPLAYS = {"display"}
_BUILTINS = frozenset(dir(builtins))
_MAGIC = re.compile(r"^UsageError: (?:Line|Cell) magic(?: function)? `(?P<magic>%+\w+)`")
_FORMATTERS = re.compile(r"IPython[/\\]core[/\\]formatters\.py")
_FIGURES = re.compile(r"pylabtools|matplotlib")  # a figure is displayed at the end of its cell
_FRAME = re.compile(r"^\s*(?:File |Cell |Input |In ?\[|<|/|~|-+> )")
_R_CALL = re.compile(r"^1\. (?P<call>\S.*?)(?: +(?:#|at) .*)?$")
_SHORTEST = 3  # letters of a text that tells one line from another


def failing_line(text: str, error: str, report: Sequence[str]) -> int | None:
    """Return the line of a cell that failed with this error, counted from 1; None if not known.

    ``report`` are the lines of the traceback.
    """
    code = [
        number
        for number, line in enumerate(text.split("\n"), 1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if len(code) <= 1:
        return code[0] if code else None
    if match := _MAGIC.match(error):
        return _only(_lines_with_magic(text, match["magic"]))
    if error.partition(":")[0] == "SystemExit":
        return _exit(text, " ".join(error.partition(":")[2].split()))
    calls = [match["call"] for line in report if (match := _R_CALL.match(line))]
    if calls:
        return _only(_lines_with_call(text, calls[0]))
    whole = "\n".join(report)
    is_display = _FORMATTERS.search(whole) is not None and not _FIGURES.search(whole)
    if is_display or (TRACEBACK in whole and not any(map(_FRAME.match, report))):
        return _displayed(text, error, is_certain=is_display)
    return None


def _only(lines: Iterator[int]) -> int | None:
    """Return the line if there is one, and only one."""
    found = {*lines}
    return found.pop() if len(found) == 1 else None


def _lines_with_magic(text: str, magic: str) -> Iterator[int]:
    whole = re.compile(rf"(?<![\w%]){re.escape(magic)}(?!\w)")
    return (number for number, line in enumerate(text.split("\n"), 1) if whole.search(line))


def _lines_with_call(text: str, call: str) -> Iterator[int]:
    """Yield the lines with a call of R, which prints it with other spaces and quotes."""
    bare = _bare(call)
    return (number for number, line in enumerate(text.split("\n"), 1) if bare in _bare(line))


def _bare(line: str) -> str:
    return re.sub(r"\s", "", line).replace("'", '"')


def _exit(text: str, message: str) -> int | None:
    """Return the line of the only exit that says this message."""
    nodes = _nodes(text)
    exits = [(line, args) for node in nodes for line, args in _exits(node)]
    line = _only(line for line, args in exits if _says(args, message))
    # A number may as well be the exit of a function that the cell calls.
    is_telling = sum(map(str.isalpha, message)) >= _SHORTEST
    return line if is_telling or not any(map(_calls_other_code, nodes)) else None


def _exits(node: ast.AST) -> Iterator[tuple[int, list[ast.expr]]]:
    """Yield the line and the arguments of a node that ends the program."""
    match node:
        case ast.Call(args=args) if _name(node) in _EXITS:
            yield node.lineno, args
        case ast.Raise(exc=ast.Name(id=name)) if name in _EXITS:
            yield node.lineno, []


def _says(args: Sequence[ast.expr], message: str) -> bool:
    match args:
        case []:
            return not message
        case [ast.Constant(value)]:
            return " ".join(str(value).split()) == message
        case [ast.JoinedStr(values)]:
            parts = [v.value if isinstance(v, ast.Constant) else None for v in values]
            known = "".join(part for part in parts if isinstance(part, str))
            pattern = "".join(
                ".*" if part is None else r"\s+".join(map(re.escape, re.split(r"\s+", str(part))))
                for part in parts
            )
            is_telling = sum(map(str.isalpha, known)) >= _SHORTEST
            return is_telling and re.fullmatch(pattern, message, re.DOTALL) is not None
        case _:
            return False


def _displayed(text: str, error: str, *, is_certain: bool) -> int | None:
    """Return the line of the value whose display failed: the last one, or the one displayed.

    IPython 9 prints no frame for such an error. Then the error must contain a text of the line.
    """
    tree = _parsed(text)
    if tree is None or not tree.body:
        return None
    last = tree.body[-1]
    is_shown = isinstance(last, ast.Expr) and not text.rstrip().endswith(";")
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and _name(n) in _DISPLAYS]
    in_last = {*ast.walk(last)}
    candidates: list[ast.expr | ast.stmt] = [*calls]
    if is_shown and in_last.isdisjoint(calls):
        candidates.append(last)
    line = _only(node.lineno for node in candidates)
    if line is None:
        return None
    others = [n for statement in tree.body if statement.lineno != line for n in ast.walk(statement)]
    named = {text for text in _texts(ast.walk(candidates[0])) if text in error}
    if named:
        return line if named.isdisjoint(_texts(others)) else None
    return line if is_certain and not any(map(_calls_other_code, others)) else None


def _texts(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and len(str(node.value)) > _SHORTEST:
            yield str(node.value)


def _calls_other_code(node: ast.AST) -> bool:
    """Return whether a node calls a function that is not Python's own, and no exit."""
    if not isinstance(node, ast.Call):
        return False
    name = _name(node)
    return name not in _EXITS and not (isinstance(node.func, ast.Name) and name in _BUILTINS)


def _name(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _nodes(text: str) -> list[ast.AST]:
    tree = _parsed(text)
    return [*ast.walk(tree)] if tree else []


def _parsed(text: str) -> ast.Module | None:
    """Return the syntax of a cell, in which IPython's commands stand for nothing."""
    try:
        return parse_cell(text)
    except SyntaxError:
        return None
