"""Mutants of a Python module: the same text with one small edit, which still compiles.

Code that cannot change behaviour is not edited: docstrings, annotations, ``TYPE_CHECKING`` blocks,
``__all__``, ``Literal``, asserts, ``strict=`` of ``zip``, and arguments of dataclass decorators.
"""

import ast
import difflib
import random
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

_COMPARISONS: dict[type[ast.cmpop], tuple[str, tuple[str, ...]]] = {
    ast.Lt: (r"<", ("<=", ">=")),
    ast.LtE: (r"<=", ("<", ">")),
    ast.Gt: (r">", (">=", "<=")),
    ast.GtE: (r">=", (">", "<")),
    ast.Eq: (r"==", ("!=",)),
    ast.NotEq: (r"!=", ("==",)),
    ast.Is: (r"\bis\b", ("is not",)),
    ast.IsNot: (r"\bis\s+not\b", ("is",)),
    ast.In: (r"\bin\b", ("not in",)),
    ast.NotIn: (r"\bnot\s+in\b", ("in",)),
}
_ARITHMETIC: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "//"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "*"),
    ast.Pow: ("**", "*"),
    ast.BitOr: ("|", "&"),
    ast.BitAnd: ("&", "|"),
    ast.BitXor: ("^", "&"),
    ast.LShift: ("<<", ">>"),
    ast.RShift: (">>", "<<"),
}
_COUNTERPARTS = {
    one: other
    for pair in (
        ("max", "min"), ("any", "all"), ("startswith", "endswith"), ("lstrip", "rstrip"),
        ("partition", "rpartition"), ("find", "rfind"), ("lower", "upper"),
        ("removeprefix", "removesuffix"),
    )
    for one, other in (pair, pair[::-1])
}  # fmt: skip
_DROPPED_METHODS = frozenset({"strip", "lstrip", "rstrip", "lower", "casefold", "removeprefix"})
_TYPING_CALLS = frozenset({"TypeVar", "NewType", "ParamSpec", "NamedTuple"})
_ORDERLESS_CALLS = frozenset({"cast", "max", "min"})  # or of no effect
_SKIPPED_TARGETS = frozenset({"__all__", "__slots__"})
_CHANGED = "XX"

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Compound = (ast.If, ast.While, ast.For, ast.AsyncFor, ast.With, ast.AsyncWith)


@dataclass(frozen=True, slots=True)
class _Edit:
    """A replacement of ``text[start:end]``."""

    start: int
    end: int
    new: str


@dataclass(frozen=True, slots=True)
class _Spot:
    """The statement that contains an edit: its lines, and whether it runs at import."""

    first: int
    last: int
    at_import: bool


@dataclass(frozen=True, slots=True)
class Mutant:
    """A module's text with one edit.

    ``lines`` (1-based, inclusive) are those of the statement around the edit, or of its header.
    """

    path: str
    line: int
    original: str
    text: str
    removed: tuple[str, ...]
    added: tuple[str, ...]
    lines: tuple[int, int]
    at_import: bool

    @property
    def key(self) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
        """Return a key of the mutant that does not depend on its line number."""
        return self.path, self.removed, self.added

    def diff(self) -> str:
        """Return the edit as a unified diff."""
        lines = difflib.unified_diff(
            self.original.splitlines(keepends=True), self.text.splitlines(keepends=True),
            self.path, f"{self.path} (mutant)", n=2,
        )  # fmt: skip
        return "".join(lines)


def all_mutants(path: str, text: str) -> Iterator[Mutant]:
    """Yield every mutant of a module, in the order of the text."""
    yield from _compiled(path, text, _Edits(text).of_module())


def sample_mutants(path: str, text: str, *, count: int, seed: int) -> list[Mutant]:
    """Return mutants drawn by the seed and the path, in the order of the text."""
    edits = list(_Edits(text).of_module())
    random.Random(f"{seed}/{path}").shuffle(edits)  # noqa: S311 (no secret hangs on it)
    drawn = []
    for mutant in _compiled(path, text, iter(edits)):
        drawn.append(mutant)
        if len(drawn) == count:
            break
    return sorted(drawn, key=lambda mutant: (mutant.line, mutant.added))


def _compiled(path: str, text: str, edits: Iterator[tuple[_Edit, _Spot]]) -> Iterator[Mutant]:
    """Yield the mutants that compile and differ, as syntax, from the original and each other."""
    seen = {ast.dump(ast.parse(text))}
    for edit, spot in edits:
        changed = f"{text[: edit.start]}{edit.new}{text[edit.end :]}"
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(changed)
                compile(changed, path, "exec")
        except SyntaxError:
            continue
        dump = ast.dump(tree)
        if dump in seen:
            continue
        seen.add(dump)
        line = text.count("\n", 0, edit.start) + 1
        yield Mutant(
            path, line, text, changed, _lines(text, edit.start, edit.end),
            _lines(changed, edit.start, edit.start + len(edit.new)), (spot.first, spot.last),
            spot.at_import,
        )  # fmt: skip


def _lines(text: str, start: int, end: int) -> tuple[str, ...]:
    """Return the lines, stripped, that a part of the text touches."""
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", end)
    return tuple(line.strip() for line in text[first : None if last < 0 else last].split("\n"))


class _Edits:
    """The edits of one module, found by a walk over its syntax tree."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lines = text.splitlines(keepends=True)
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line))

    def of_module(self) -> Iterator[tuple[_Edit, _Spot]]:
        """Yield each edit with the statement around it."""
        yield from self._of_body(ast.parse(self._text).body, at_import=True)

    # Where to look.

    def _of_body(
        self, body: Sequence[ast.stmt], *, at_import: bool
    ) -> Iterator[tuple[_Edit, _Spot]]:
        for number, statement in enumerate(body):
            if not _is_skipped(statement):
                earlier = _bound(body[:number])
                yield from self._of_statement(statement, earlier, at_import=at_import)

    def _of_statement(
        self, node: ast.stmt, earlier: frozenset[str], *, at_import: bool
    ) -> Iterator[tuple[_Edit, _Spot]]:
        last = node.end_lineno or node.lineno
        bodies = [getattr(node, name, []) for name in ("body", "orelse", "finalbody")]
        if bodies[0] and not isinstance(node, ast.Match):
            last = max(node.lineno, bodies[0][0].lineno - 1)
        if isinstance(node, ast.Match):
            last = max(node.lineno, node.cases[0].pattern.lineno - 1)
        spot = _Spot(node.lineno, last, at_import)
        for edit in self._own(node, earlier):
            yield edit, spot
        for expression in _expressions(node):
            for edit in self._of_expression(expression):
                yield edit, spot
        inside = at_import and not isinstance(node, _Function)
        for body in bodies:
            yield from self._of_body(body, at_import=inside)
        for handler in getattr(node, "handlers", []):
            yield from self._of_part(handler, handler.type, handler.body, at_import=inside)
        for case in getattr(node, "cases", []):
            yield from self._of_part(case.pattern, case.pattern, case.body, at_import=inside)
            if case.guard is not None:
                yield from self._of_part(case.guard, case.guard, [], at_import=inside)

    def _of_part(
        self, at: ast.AST, head: ast.AST | None, body: Sequence[ast.stmt], *, at_import: bool
    ) -> Iterator[tuple[_Edit, _Spot]]:
        first = at.lineno  # type: ignore[attr-defined]
        last = max(first, body[0].lineno - 1) if body else at.end_lineno  # type: ignore[attr-defined]
        if head is not None:
            for edit in self._of_expression(head):
                yield edit, _Spot(first, last, at_import)
        yield from self._of_body(body, at_import=at_import)

    def _of_expression(self, node: ast.AST) -> Iterator[_Edit]:
        if isinstance(node, ast.Subscript) and _name(node.value) in {"Literal", "Annotated"}:
            return
        if isinstance(node, ast.Call) and _name(node.func) in _TYPING_CALLS:
            return
        if isinstance(node, ast.JoinedStr):
            yield from self._of_f_string(node)
            return
        yield from self._own_expression(node)
        for child in ast.iter_child_nodes(node):
            if isinstance(node, ast.Call) and _name(node.func) == "cast" and child is node.args[0]:
                continue
            if isinstance(child, ast.keyword) and child.arg == "strict":
                continue
            yield from self._of_expression(child)

    def _of_f_string(self, node: ast.JoinedStr) -> Iterator[_Edit]:
        """Yield edits of an f-string; before Python 3.12 the offsets of its parts are not reliable.

        A part is edited only if its text, or its syntax, occurs once.
        """
        start, end = self._span(node)
        whole = self._text[start:end]
        for part in node.values:
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                at = whole.find(part.value)
                if whole.count(part.value) == 1 and re.search(r"\w", part.value):
                    yield _Edit(start + at, start + at + len(part.value), "")
                    yield _Edit(start + at, start + at, _CHANGED)
            elif isinstance(part, ast.FormattedValue) and self._is_exact(part.value):
                yield from self._of_expression(part.value)

    def _is_exact(self, node: ast.expr) -> bool:
        start, end = self._span(node)
        try:
            tree = ast.parse(self._text[start:end].strip(), mode="eval").body
        except SyntaxError:
            return False
        return ast.dump(tree) == ast.dump(node)

    # What to edit in a statement.

    def _own(self, node: ast.stmt, earlier: frozenset[str]) -> Iterator[_Edit]:
        if isinstance(node, ast.If | ast.While):
            yield from self._negated(node.test)
        if isinstance(node, ast.Return) and node.value is not None and not _is_empty(node.value):
            yield self._whole(node.value, "None")
        if isinstance(node, ast.AugAssign) and type(node.op) in _ARITHMETIC:
            old, new = _ARITHMETIC[type(node.op)]
            yield from self._between(node.target, node.value, re.escape(old) + "(?==)", (new,))
        if isinstance(node, ast.Continue):
            yield self._whole(node, "break")
        if isinstance(node, ast.Break):
            yield self._whole(node, "continue")
        if _may_be_dropped(node, earlier):
            yield self._whole(node, "pass")

    def _own_expression(self, node: ast.AST) -> Iterator[_Edit]:
        match node:
            case ast.Compare():
                yield from self._of_compare(node)
            case ast.BoolOp():
                yield from self._of_bool(node)
            case ast.BinOp() if type(node.op) in _ARITHMETIC:
                old, new = _ARITHMETIC[type(node.op)]
                yield from self._between(node.left, node.right, re.escape(old), (new,))
            case ast.UnaryOp(op=ast.Not() | ast.USub()):
                yield self._whole(node, self._source(node.operand))
            case ast.Constant():
                yield from self._of_constant(node)
            case ast.Call():
                yield from self._of_call(node)
            case ast.Subscript(slice=ast.Slice() as bounds):
                yield from self._of_slice(bounds)
            case ast.Yield(value=value) if value is not None and not _is_none(value):
                yield self._whole(value, "None")
            case _:
                yield from self._of_condition(node)

    def _of_condition(self, node: ast.AST) -> Iterator[_Edit]:
        if isinstance(node, ast.IfExp):
            yield from self._negated(node.test)
        if isinstance(node, ast.comprehension):
            for condition in node.ifs:
                yield from self._negated(condition)
                yield self._whole(condition, "True")

    def _of_compare(self, node: ast.Compare) -> Iterator[_Edit]:
        operands = [node.left, *node.comparators]
        for op, (left, right) in zip(node.ops, pairwise(operands), strict=True):
            old, new = _COMPARISONS[type(op)]
            yield from self._between(left, right, old, new)

    def _of_bool(self, node: ast.BoolOp) -> Iterator[_Edit]:
        old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        spans = [self._outer(value) for value in node.values]
        for left, right in pairwise(node.values):
            yield from self._between(left, right, rf"\b{old}\b", (new,))
        for (_, start), (_, end) in pairwise(spans):  # without the right one
            yield _Edit(start, end, "")
        yield _Edit(spans[0][0], spans[1][0], "")  # without the first one

    def _of_constant(self, node: ast.Constant) -> Iterator[_Edit]:
        value = node.value
        if isinstance(value, bool):
            yield self._whole(node, str(not value))
        elif isinstance(value, int):
            yield self._whole(node, str(value + 1))
            yield self._whole(node, str(value - 1) if value else "(-1)")
        elif isinstance(value, float):
            yield self._whole(node, repr(value + 1))
            yield self._whole(node, f"({value - 1!r})")
        elif isinstance(value, str | bytes):
            empty = '""' if isinstance(value, str) else 'b""'
            if value:
                yield self._whole(node, empty)
            source = self._source(node)
            found = re.match(r"[A-Za-z]*('''|\"\"\"|'|\")", source)
            if found:
                start, _ = self._span(node)
                yield _Edit(start + found.end(), start + found.end(), _CHANGED)

    def _of_call(self, node: ast.Call) -> Iterator[_Edit]:
        name = _name(node.func)
        if name in _COUNTERPARTS:
            _, end = self._span(node.func)
            yield _Edit(end - len(name), end, _COUNTERPARTS[name])
        if name in _DROPPED_METHODS and isinstance(node.func, ast.Attribute):
            yield self._whole(node, self._source(node.func.value))
        if name == "sorted" and not node.keywords:
            yield self._whole(node.func, "list")
        starred = any(isinstance(argument, ast.Starred) for argument in node.args)
        if not starred and name not in _ORDERLESS_CALLS:
            for left, right in pairwise(node.args):
                (start, middle), (after, end) = self._span(left), self._span(right)
                between = self._text[middle:after]
                yield _Edit(start, end, f"{self._source(right)}{between}{self._source(left)}")
        for keyword in node.keywords:
            if keyword.arg not in {None, "strict"}:
                start, end = self._span(keyword)
                rest = re.match(r"\s*,\s*", self._text[end:])
                before = re.search(r",\s*\Z", self._text[:start])
                if rest:
                    yield _Edit(start, end + rest.end(), "")
                else:
                    yield _Edit(before.start() if before else start, end, "")

    def _of_slice(self, bounds: ast.Slice) -> Iterator[_Edit]:
        for bound in (bounds.lower, bounds.upper):
            if bound is None:
                continue
            yield self._whole(bound, "")
            if not isinstance(bound, ast.Constant):
                yield self._whole(bound, f"{self._source(bound)} + 1")
                yield self._whole(bound, f"{self._source(bound)} - 1")

    def _negated(self, test: ast.expr) -> Iterator[_Edit]:
        is_one = isinstance(test, ast.Compare) and len(test.ops) == 1  # its operator is edited
        is_not = isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
        if not is_one and not is_not:
            yield self._whole(test, f"not ({self._source(test)})")

    # Places.

    def _span(self, node: ast.AST) -> tuple[int, int]:
        return (
            self._offset(node.lineno, node.col_offset),  # type: ignore[attr-defined]
            self._offset(node.end_lineno, node.end_col_offset),  # type: ignore[attr-defined]
        )

    def _offset(self, line: int, column: int) -> int:
        """Return an offset in the text; ``column`` counts bytes of UTF-8."""
        text = self._lines[line - 1] if line <= len(self._lines) else ""
        return self._starts[line - 1] + len(text.encode()[:column].decode())

    def _outer(self, node: ast.AST) -> tuple[int, int]:
        """Return the span of an operand with its own parentheses."""
        start, end = self._span(node)
        while True:
            before = re.search(r"\(\s*\Z", self._text[:start])
            after = re.match(r"\s*\)", self._text[end:])
            if not before or not after:
                return start, end
            start, end = before.start(), end + after.end()

    def _source(self, node: ast.AST) -> str:
        start, end = self._span(node)
        return self._text[start:end]

    def _whole(self, node: ast.AST, new: str) -> _Edit:
        start, end = self._span(node)
        return _Edit(start, end, new)

    def _between(
        self, left: ast.AST, right: ast.AST, old: str, new: Sequence[str]
    ) -> Iterator[_Edit]:
        """Replace the operator between two operands; only a comment there can look like it."""
        (_, start), (end, _) = self._span(left), self._span(right)
        found = re.search(old, re.sub(r"#.*", lambda m: " " * len(m[0]), self._text[start:end]))
        if found:
            edit = _Edit(start + found.start(), start + found.end(), "")
            yield from (replace(edit, new=operator) for operator in new)


def _is_skipped(node: ast.stmt) -> bool:
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Assert() | ast.Global() | ast.Nonlocal():
            return True
        case ast.Expr(value=ast.Constant()):
            return True  # a docstring, or the body of a protocol's method
        case ast.If(test=test):
            return "TYPE_CHECKING" in ast.unparse(test) or "__name__" in ast.unparse(test)
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name in _SKIPPED_TARGETS
        case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation):
            return name in _SKIPPED_TARGETS or _name(annotation) == "TypeAlias"
        case _:
            return type(node).__name__ == "TypeAlias"


def _expressions(node: ast.stmt) -> list[ast.AST]:
    """Return the expressions that belong to a statement itself, without annotations."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            defaults = [value for value in node.args.kw_defaults if value is not None]
            return [*_decorators(node.decorator_list), *node.args.defaults, *defaults]
        case ast.ClassDef():
            return [*_decorators(node.decorator_list), *node.keywords]
        case ast.AnnAssign():
            return [node.value] if node.value is not None else []
        case ast.Try() | ast.Match():
            return [node.subject] if isinstance(node, ast.Match) else []
        case _:
            children = ast.iter_child_nodes(node)
            others = ast.stmt | ast.excepthandler | ast.match_case
            return [child for child in children if not isinstance(child, others)]


def _decorators(nodes: Sequence[ast.expr]) -> list[ast.expr]:
    return [node for node in nodes if "dataclass" not in ast.unparse(node)]


def _may_be_dropped(node: ast.stmt, earlier: frozenset[str]) -> bool:
    """Return whether statements can be removed: all their names are bound elsewhere, too."""
    match node:
        case ast.Expr(value=ast.Call() | ast.Await() | ast.Yield() | ast.YieldFrom()):
            return True
        case ast.AugAssign() | ast.Raise() | ast.Delete() | ast.Continue() | ast.Break():
            return True
        case ast.Return(value=None):
            return True
        case ast.Assign(targets=targets):
            return all(
                isinstance(target, ast.Attribute | ast.Subscript)
                or (isinstance(target, ast.Name) and target.id in earlier)
                for target in targets
            )
        case _:
            return False


def _bound(body: Sequence[ast.stmt]) -> frozenset[str]:
    """Return the names that the statements bind."""
    return frozenset(
        node.id
        for statement in body
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    )


def _name(node: ast.AST) -> str:
    """Return the last part of a dotted name, or an empty text."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _is_empty(node: ast.expr) -> bool:
    """Return whether a value is as false as None: the type checker sees that change, not a test."""
    if isinstance(node, ast.Constant):
        return not node.value
    if isinstance(node, ast.Tuple | ast.List):
        return not node.elts
    return isinstance(node, ast.Dict) and not node.keys


def _is_none(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
