"""undefined-name: a name that no cell defines, or only a later one."""

import ast
import builtins
import re
from collections.abc import Iterator, Mapping

from nbship.core.checks.facts import ParsedFile
from nbship.core.python.magic_names import LINE_MAGICS
from nbship.core.python.parse import parse_python
from nbship.diagnostics import Diagnostic, Place, mistyped

# Names of every module, and those of IPython's shell:
# https://ipython.readthedocs.io/en/stable/interactive/reference.html
_PYTHON = frozenset({*dir(builtins), "__annotations__", "__builtins__", "__doc__", "__loader__",
                     "__name__", "__package__", "__spec__"})  # fmt: skip
_OF_FILES = frozenset({"__file__", "__path__", "__cached__"})
_OF_IPYTHON = frozenset({"In", "Out", "display", "exit", "get_ipython", "quit"})
_HISTORY = re.compile(r"_{1,3}|_i{1,3}|_i?\d+|_[dio]h")
# Code that may define any name: then nothing is said about the file. Each pattern begins with a
# fixed text, or is used only where one of its signs is, because that is ten times as fast.
_IMPORTS_ALL = re.compile(r"import[ \t]+\*")
_RUNS_MAGIC = re.compile(
    r"%[ \t]*(?:load|loadpy|pylab|reload_ext|rerun|recall|macro|run|store)\b"
    r"|%[ \t]*load_ext[ \t]+(?!(?:autoreload|dotenv|line_profiler|memory_profiler|tensorboard"
    r"|watermark|cudf\.pandas|jupyter_black|lab_black|nb_black)\b)"
)
_SETS_NAMES = re.compile(
    r"\b(?:exec|globals|locals)[ \t]*\(|\bvars[ \t]*\([ \t]*\)"
    r"|\b(?:run_cell|run_cell_magic|run_line_magic|magic|push)[ \t]*\("
    r"|\b(?:user_ns|user_global_ns|__builtins__|builtins)\b|\bsys\.modules\["
)
_SIGNS = ("exec", "globals", "locals", "vars", "run_", "magic", "push", "user_", "builtins",
          "sys.modules")  # fmt: skip
_LAZY = "from __future__ import annotations"
_CATCHES = frozenset({"NameError", "Exception", "BaseException"})


def undefined_names(file: ParsedFile) -> Iterator[Diagnostic]:
    """Yield the first place of each name in Python that nothing in the file defines before it."""
    source = file.source
    parts = file.content.names
    is_judged = file.is_complete and all(names.is_whole for names in parts)
    if not is_judged or _may_define_anything(source.text):
        return
    lines = source.text.split("\n")
    given = {name: names.first for names in reversed(parts) for name in names.gives}
    words = {word for names in parts for word in names.words}
    is_plain = _is_plain(file)
    known = _PYTHON | (_OF_FILES if is_plain else _OF_IPYTHON)
    is_lazy = _LAZY in source.text
    before = set(known)
    found: set[str] = set()
    for names in parts:
        before |= names.gives | names.words
        missing = (names.needs - before) | (names.later - known - words - given.keys())
        wanted = {name for name in missing - found if not _HISTORY.fullmatch(name)}
        if not wanted:
            continue
        tree = parse_python(names.text)
        wanted -= frozenset() if is_plain else _command(tree)
        for node in _reads(tree, wanted, is_lazy=is_lazy):
            found.add(node.id)
            line = names.first + node.lineno - 1
            column = _column(lines[line - 1] if line <= len(lines) else "", node)
            message = _message(node.id, given)
            yield Diagnostic(Place(source.path, line, column), "undefined-name", message)


def _may_define_anything(text: str) -> bool:
    if _IMPORTS_ALL.search(text) or _RUNS_MAGIC.search(text):
        return True
    return any(sign in text for sign in _SIGNS) and _SETS_NAMES.search(text) is not None


def _is_plain(file: ParsedFile) -> bool:
    """Return whether Python alone runs a file, not IPython: a script or a module."""
    is_script = file.kaggle is not None and file.kaggle.kernel_type == "script"
    return is_script or not file.cells


def _command(tree: ast.Module) -> frozenset[str]:
    """Return the name that is the whole cell, if IPython runs it as a command: ``ls``, ``pwd``."""
    match tree.body:
        case [ast.Expr(ast.Name(name))] if name in LINE_MAGICS:
            return frozenset({name})
    return frozenset()


def _message(name: str, given: Mapping[str, int]) -> str:
    if name in given:
        return (
            f"{name!r} is used above the cell that defines it, which begins in line {given[name]}"
        )
    near = mistyped(name, given)
    return f"undefined name {name!r}{f'; did you mean {near!r}?' if near else ''}"


def _column(line: str, node: ast.Name) -> int:
    """Return the column of a name, from 1, in the line of the source."""
    word = re.compile(rf"\b{node.id}\b")
    found = word.search(line, node.col_offset) or word.search(line)
    return found.start() + 1 if found else 1


def _reads(tree: ast.Module, wanted: set[str], *, is_lazy: bool) -> Iterator[ast.Name]:
    """Yield the first place where the code reads each wanted name, and fails if it is undefined.

    Left out are annotations that Python does not evaluate (with ``is_lazy`` all of them), and code
    whose NameError is caught.
    """
    left = set(wanted)
    todo: list[tuple[ast.AST, bool]] = [(tree, False)]
    while todo and left:
        node, is_in_function = todo.pop()
        if isinstance(node, ast.Name) and node.id in left and isinstance(node.ctx, ast.Load):
            left.discard(node.id)
            yield node
        is_in_function = is_in_function or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        skipped = _not_evaluated(node, is_in_function=is_in_function, is_lazy=is_lazy)
        children = [child for child in ast.iter_child_nodes(node) if child not in skipped]
        todo.extend((child, is_in_function) for child in reversed(children))


def _not_evaluated(node: ast.AST, *, is_in_function: bool, is_lazy: bool) -> frozenset[ast.AST]:
    """Return the children of a node that do not run, or whose NameError is caught."""
    found: list[ast.AST | None] = []
    if isinstance(node, ast.Try | ast.TryStar):
        found += node.body if any(map(_catches, node.handlers)) else ()
    elif isinstance(node, ast.AnnAssign):
        found += [node.annotation] if is_in_function or is_lazy else ()
    elif is_lazy and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        found.append(node.returns)
    elif is_lazy and isinstance(node, ast.arg):
        found.append(node.annotation)
    return frozenset(filter(None, found))


def _catches(handler: ast.ExceptHandler) -> bool:
    """Return whether an except clause catches a NameError."""
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(
        kind is None or (isinstance(kind, ast.Name) and kind.id in _CATCHES) for kind in kinds
    )
