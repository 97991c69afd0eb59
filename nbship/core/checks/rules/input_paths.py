"""Paths below /kaggle/input in code, and the mounts of the declared sources.

Kaggle mounts sources as ``datasets/OWNER/NAME``, ``competitions/NAME``, ``notebooks/OWNER/NAME``
and ``models/OWNER/MODEL/FRAMEWORK/VARIATION/VERSION``, and in the old layout without the first two
parts, or the first one for a competition. Kernels with both layouts exist: both are accepted. The
names of a mount have small letters, also where the source's id has capitals. A kernel starts in
/kaggle/working, so that ``../input`` is the same folder.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from nbship.core.checks.facts import Mention
from nbship.core.metadata.data_sources import INPUT, names_input
from nbship.diagnostics import mistyped
from nbship.model.spec import KaggleSpec

# A path ends at a blank, a quote or a bracket. After a wildcard or a placeholder it may go on.
_PATH = re.compile(
    r"(?:(?<![\w.~-])/kaggle/input|(?<![\w./~-])\.\./input)(?![\w.-])"
    r"/*([^\s'\"`<>|;,()\[\]{}*?$%\\&]*)(.?)"
)
_ENDS = "/.:!"  # signs behind a path that are not a part of it
_OPEN = frozenset("[{*?$%<\\")
_SHELL = re.compile(r"\s*(?:#\s?)?[!%]")
_CELL_MAGIC = re.compile(r"\s*(?:#\s?)?%%(?!(?:capture|prun|pypy|python3?|time|timeit)\b)\w")
_LAYOUT = frozenset({"competitions", "datasets", "models", "notebooks"})
_KINDS = {"datasets": "dataset_sources", "competitions": "competition_sources",
          "notebooks": "kernel_sources", "models": "model_sources"}  # fmt: skip
_MODEL_PARTS = 5
# Functions that show a text to people, and functions that fail if there is no file.
_SHOWS = frozenset({
    "HTML", "Markdown", "critical", "debug", "display", "error", "exception", "exit", "fail",
    "info", "log", "pprint", "print", "warn", "warning",
})  # fmt: skip
# Functions that join the parts of a path, or take it as it is.
_JOINS = frozenset({"Path", "PosixPath", "PurePath", "PurePosixPath", "join"})
_DEEPEST = 30  # calls and operators of one path
_READS = re.compile(
    r"open|os\.(?:listdir|scandir)|(?:np|numpy)\.(?:genfromtxt|load|loadtxt)"
    r"|(?:pandas|pd|pl|polars)\.read_\w+"
)


def python_mentions(
    tree: ast.AST, lines: Sequence[str], first: int, *, is_certain: bool = False
) -> Iterator[Mention]:
    """Yield the paths in the string literals of Python; its first line is ``first`` in the file.

    Texts that are only shown are left out: docstrings, and what is printed, logged or raised. With
    ``is_certain`` the code runs, and an error in it is not caught.
    """
    find = _Finder(lines)
    for literal in _literals(tree, is_certain=is_certain):
        for match in _PATH.finditer(literal.text):
            is_last = match.end() == len(literal.text)
            is_open = match[2] in _OPEN if match[2] else is_last and literal.is_continued
            text = match[0][: len(match[0]) - len(match[2])]
            line, column = find.place(literal.node, text)
            is_whole = match.start() == 0 and is_last and not is_open
            is_read = literal.is_read and is_whole and text.startswith(INPUT)
            yield Mention(match[1].rstrip(_ENDS), first + line, column, is_open, is_read)


def shell_mentions(lines: Sequence[str], first: int, *, is_foreign: bool) -> Iterator[Mention]:
    """Yield the paths in a cell's lines that are not Python: ``!ls``, ``%cd``, ``%%bash``.

    With ``is_foreign`` no line of the cell is Python.
    """
    is_foreign = is_foreign or (bool(lines) and _CELL_MAGIC.match(lines[0]) is not None)
    for number, line in enumerate(lines):
        if is_foreign or _SHELL.match(line):
            for match in _PATH.finditer(line):
                place = (first + number, match.start() + 1)
                yield Mention(match[1].rstrip(_ENDS), *place, match[2] in _OPEN, is_read=False)


@dataclass(frozen=True, slots=True)
class Mounts:
    """The places at which Kaggle mounts a kernel's sources below /kaggle/input, in both layouts.

    Those of models are apart: the case of their frameworks and variations is not documented.
    """

    of_models: tuple[str, ...]
    others: tuple[str, ...]

    @property
    def every(self) -> tuple[str, ...]:
        """All mounts."""
        return (*self.others, *self.of_models)


def mounts_of(kaggle: KaggleSpec) -> Mounts:
    """Return where Kaggle mounts a kernel's sources."""
    datasets = [source.lower().split("/")[:2] for source in kaggle.dataset_sources]
    kernels = [source.lower().split("/")[:2] for source in kaggle.kernel_sources]
    competitions = [source.lower() for source in kaggle.competition_sources]
    models = [source.lower().split("/") for source in kaggle.model_sources]
    return Mounts(
        of_models=(
            *(f"models/{'/'.join(parts)}" for parts in models),
            *("/".join(parts[1:]) for parts in models),
        ),
        others=(
            *(f"datasets/{owner}/{name}" for owner, name in datasets),
            *(name for _, name in datasets),
            *(f"notebooks/{owner}/{name}" for owner, name in kernels),
            *(name for _, name in kernels),
            *(f"competitions/{name}" for name in competitions),
            *competitions,
        ),
    )


def is_provided(mention: Mention, mounts: Mounts) -> bool:
    """Return whether a path is in a mount, or is a folder above one."""
    path = mention.path
    if not path or path in _LAYOUT:
        return True
    is_open = mention.is_open
    return _is_in(path, mounts.others, is_open=is_open) or _is_in(
        path.lower(), mounts.of_models, is_open=is_open
    )


def _is_in(path: str, mounts: Iterable[str], *, is_open: bool) -> bool:
    return any(
        f"{path}/".startswith(f"{mount}/")
        or f"{mount}/".startswith(f"{path}/")
        or (is_open and mount.startswith(path))
        for mount in mounts
    )


def advice(path: str, mounts: Sequence[str]) -> str:
    """Return the hint for a path that no source provides."""
    kind, _, rest = path.partition("/")
    parts = rest.split("/")
    size = {"competitions": 1, "models": _MODEL_PARTS}.get(kind, 2)
    is_new = kind in _LAYOUT
    subject = "/".join([kind, *parts[:size]]) if is_new else kind
    near = mistyped(subject, mounts)
    if near:
        return f"Add its source to the header; did you mean {near!r}?"
    if is_new and len(parts) >= size:
        return f'Add "{"/".join(parts[:size])}" to {_KINDS[kind]}.'
    declared = f"declared: {', '.join(mounts)}" if mounts else "the header declares no sources"
    return f"Add its source to the header; {declared}"


@dataclass(frozen=True, slots=True)
class _Literal:
    """A string literal that may have a path.

    ``is_continued`` means that the code adds more text to it, ``is_read`` that the code certainly
    opens the file of this name.
    """

    node: ast.Constant
    text: str
    is_continued: bool
    is_read: bool


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What the code around a node does with it."""

    is_certain: bool  # the node is reached if the code runs to its end
    is_shown: bool = False
    is_raised: bool = False
    is_continued: bool = False
    is_read: bool = False


# Parts of the code below which it is not certain that a node is reached.
_UNCERTAIN = (
    ast.AsyncFunctionDef, ast.BoolOp, ast.DictComp, ast.ExceptHandler, ast.FunctionDef,
    ast.GeneratorExp, ast.If, ast.IfExp, ast.Lambda, ast.ListComp, ast.Match, ast.SetComp, ast.Try,
    ast.TryStar, ast.While,
)  # fmt: skip


def _literals(tree: ast.AST, *, is_certain: bool) -> Iterator[_Literal]:
    """Yield the string literals with a path in the order of the code, without those only shown."""
    todo: list[tuple[ast.AST, _Surroundings]] = [(tree, _Surroundings(is_certain=is_certain))]
    joined: set[int] = set()  # the literals that a joined path begins with
    while todo:
        node, around = todo.pop()
        if isinstance(node, ast.Call | ast.BinOp) and not around.is_shown:
            path = _joined(node)
            if path is not None and id(path[0]) not in joined:
                joined.add(id(path[0]))
                yield _Literal(*path, is_continued=False, is_read=False)
        if isinstance(node, ast.Constant):
            if id(node) in joined:
                continue
            if isinstance(node.value, str) and names_input(node.value) and not around.is_shown:
                is_read = around.is_read and around.is_certain
                yield _Literal(node, node.value, around.is_continued, is_read)
        children = list(ast.iter_child_nodes(node))
        after = [*children[1:], None]
        found = [(c, _around(c, node, around, a)) for c, a in zip(children, after, strict=False)]
        todo.extend(reversed(found))


def _joined(node: ast.expr) -> tuple[ast.Constant, str] | None:
    """Return the first literal of a path that code joins, and the path up to what is not a literal.

    None if the first part is not a literal with a path, or the second one is not a literal.
    """
    parts: list[ast.expr] = []
    for _ in range(_DEEPEST):
        match node:
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                parts.insert(0, right)
                node = left
            case ast.Call(func=func, args=[first, *others]) if _last_name(func) in _JOINS:
                parts[:0] = others
                node = first
            case ast.Call(func=ast.Attribute(value=owner, attr="joinpath"), args=others):
                parts[:0] = others
                node = owner
            case _:
                break
    if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        return None
    texts = list(takewhile(_is_below, map(_text, parts)))
    return (node, "/".join([node.value, *texts])) if texts and names_input(node.value) else None


def _text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _is_below(part: str) -> bool:
    """Return whether a part of a path leads below the part before it."""
    return part != "" and not part.startswith("/") and ".." not in part.split("/")


def _last_name(function: ast.expr) -> str:
    return _name_of(function).rpartition(".")[2]


def _around(
    child: ast.AST, node: ast.AST, around: _Surroundings, after: ast.AST | None
) -> _Surroundings:
    """Return the surroundings of a child of a node; ``after`` is the next child."""
    is_certain = _is_certain(child, node, around)
    if isinstance(node, ast.Call):
        name = _name_of(node.func)
        return _Surroundings(
            is_certain,
            is_shown=around.is_raised or _last_name(node.func) in _SHOWS,
            is_read=node.args[:1] == [child] and _READS.fullmatch(name) is not None,
        )
    if isinstance(node, ast.expr | ast.keyword):
        goes_on = _is_continued(child, node, around, after)
        return _Surroundings(is_certain, around.is_shown, is_continued=goes_on)
    is_raised = isinstance(node, ast.Raise) or (isinstance(node, ast.Assert) and child is node.msg)
    is_docstring = isinstance(node, ast.Expr) and isinstance(child, ast.Constant)
    return _Surroundings(is_certain, is_raised or is_docstring, is_raised)


def _is_certain(child: ast.AST, node: ast.AST, around: _Surroundings) -> bool:
    """Return whether a child of a node is reached if the code runs to its end."""
    if isinstance(node, ast.For | ast.AsyncFor):
        return around.is_certain and child is node.iter
    if isinstance(node, ast.With | ast.AsyncWith):
        return around.is_certain and isinstance(child, ast.withitem)
    return around.is_certain and not isinstance(node, _UNCERTAIN)


def _is_continued(
    child: ast.AST, node: ast.AST, around: _Surroundings, after: ast.AST | None
) -> bool:
    """Return whether the code adds text to a part of an expression."""
    if isinstance(node, ast.BinOp):
        return child is node.left or around.is_continued
    if isinstance(node, ast.JoinedStr):
        return around.is_continued if after is None else isinstance(after, ast.FormattedValue)
    return False


def _name_of(function: ast.expr) -> str:
    """Return the name of a function that is called, with what stands before the last point."""
    if isinstance(function, ast.Attribute):
        owner = function.value
        return f"{owner.id if isinstance(owner, ast.Name) else ''}.{function.attr}"
    return function.id if isinstance(function, ast.Name) else ""


class _Finder:
    """The places of paths in code, found in the order in which the code has them.

    A search goes on where the last one of the same literal ended, and a column where the last one
    of the same line was counted: the time is linear in the code.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._ends: dict[tuple[int, int], tuple[int, int] | None] = {}  # by the literal's start
        self._counted: dict[int, tuple[bytes, int, int]] = {}  # of lines that are not ASCII

    def place(self, node: ast.Constant, text: str) -> tuple[int, int]:
        """Return the line, from 0, and the column, from 1, of the next place of a text.

        A text that the code has with escapes is not found: its place is the start of the string.
        """
        start = (node.lineno - 1, self._column(node.lineno - 1, node.col_offset))
        end = self._ends.get(start, start)
        if end is not None:
            for number in range(end[0], node.end_lineno or node.lineno):
                at = self._lines[number].find(text, end[1] if number == end[0] else 0)
                if at >= 0:
                    self._ends[start] = (number, at + len(text))
                    return number, at + 1
            self._ends[start] = None
        return start[0], start[1] + 1

    def _column(self, number: int, offset: int) -> int:
        """Return the column, from 0, of an offset in bytes."""
        line = self._lines[number]
        if line.isascii():
            return offset
        encoded, before, column = self._counted.get(number) or (line.encode(), 0, 0)
        if offset < before:
            before, column = 0, 0
        column += len(encoded[before:offset].decode(errors="replace"))
        self._counted[number] = (encoded, offset, column)
        return column
