"""The files beside a source that its code opens: by ``__file__``, by a package, by a relative name.

What code opens is seldom certain before it runs: only a text that stands there is looked at.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from nbship.core.checks.facts import Opened

_ANCHOR = "__file__"
_HERE = frozenset({"abspath", "absolute", "expanduser", "realpath", "resolve", "Path", "str",
                   "PurePath", "fspath"})  # fmt: skip
_UP = frozenset({"dirname", "parent"})
_JOINS = frozenset({"join", "joinpath"})
_METHODS = frozenset({*_HERE, *_JOINS, "with_name"})
_DEEPEST = 30  # calls and operators of one path
_RESOURCES = frozenset({"files"})
_DATA = "get_data"
_READERS = frozenset({"genfromtxt", "imread", "load", "loadmat", "loadtxt", "open", "read_bytes",
                      "read_text"})  # fmt: skip
_WRITES = frozenset("wax")  # in the mode of a file
_SIGNS = (_ANCHOR, "open", "read", "load", "genfromtxt", "files(", _DATA)


def may_open(text: str) -> bool:
    """Return False only if no file is found in the code."""
    return any(sign in text for sign in _SIGNS)


def opened(tree: ast.AST, path: str, first: int, sources: str) -> Iterator[Opened]:
    """Yield each file that code at ``path`` may open; its first line is ``first`` in the file.

    ``sources`` is the folder in which packages are.
    """
    places = _Places(path, sources, _assigned(tree, path, sources))
    inner: set[int] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.expr) or isinstance(node, ast.Name) or id(node) in inner:
            continue  # what a name stands for is found where it is assigned
        line, column = first + node.lineno - 1, node.col_offset + 1
        found = places.of(node)
        if found is not None and found != path:
            inner.update(id(part) for part in ast.walk(node))
            yield Opened(found, line, column, is_relative=False)
        elif isinstance(node, ast.Call) and (text := _read(node)):
            for folder in (str(PurePosixPath(path).parent), ""):
                beside = _joined(folder, text)
                if beside:
                    yield Opened(beside, line, column, is_relative=True)


def _assigned(tree: ast.AST, path: str, sources: str) -> dict[str, str]:
    """Return the names that are given a place beside the file, such as ``HERE``."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target, place = node.targets[0], _Places(path, sources, names).of(node.value)
            if isinstance(target, ast.Name) and place is not None:
                names[target.id] = place
    return names


@dataclass(frozen=True, slots=True)
class _Places:
    """The places that expressions of one file give; ``names`` are those that have a place.

    An expression that is nested more deeply than paths are has none.
    """

    path: str
    sources: str
    names: Mapping[str, str]
    depth: int = 0

    def of(self, node: ast.expr) -> str | None:
        """Return the path that an expression gives, as far as it begins at ``__file__``."""
        if self.depth > _DEEPEST:
            return None
        below = replace(self, depth=self.depth + 1)
        found = None
        match node:
            case ast.Name(id=name):
                found = self.path if name == _ANCHOR else self.names.get(name)
            case ast.Attribute(value=value, attr="parent"):
                found = _above(below.of(value))
            case ast.Subscript(
                value=ast.Attribute(value=value, attr="parents"),
                slice=ast.Constant(value=int(count)),
            ):
                found = _above(below.of(value), count + 1)
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                found = _joined(below.of(left), _text(right))
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                found = _appended(below.of(left), _text(right))
            case ast.JoinedStr(
                values=[
                    ast.FormattedValue(value=value, conversion=-1, format_spec=None),
                    ast.Constant(value=str(text)),
                ]
            ):
                found = _appended(below.of(value), text)
            case ast.Call():
                found = below.of_call(node)
            case _:
                pass
        return found

    def of_call(self, node: ast.Call) -> str | None:
        """Return the path that a call gives: of os.path, pathlib or importlib.resources."""
        name, texts = _name(node.func), [_text(argument) for argument in node.args]
        own = None
        if isinstance(node.func, ast.Attribute) and name in _METHODS:
            own = self.of(node.func.value)
        if own is not None:
            return _joined(_above(own) if name == "with_name" else own, *texts)
        if not node.args:
            return None
        found = None
        if name in _RESOURCES or (name == _DATA and len(texts) > 1):
            found = _joined(_package(node.args[0], self.path, self.sources), *texts[1:])
        elif name in _UP:
            found = _above(self.of(node.args[0]))
        elif name in _HERE or name in _JOINS:
            found = _joined(self.of(node.args[0]), *texts[1:])
        return found


def _package(node: ast.expr, path: str, sources: str) -> str | None:
    """Return the folder of a package, given by its name or by ``__package__`` or ``__name__``."""
    match node:
        case ast.Constant(value=str(name)) if all(part.isidentifier() for part in name.split(".")):
            return "/".join([sources, *name.split(".")])
        case ast.Name(id="__package__" | "__name__"):
            return str(PurePosixPath(path).parent)
        case _:
            return None


def _read(node: ast.Call) -> str:
    """Return the relative name of a file that a call reads, or an empty text."""
    name = _name(node.func)
    if name not in _READERS and not name.startswith("read_"):
        return ""
    text = _text(node.args[0]) if node.args else None
    mode = _text(node.args[1]) if len(node.args) > 1 else "r"
    match node.func:
        case ast.Attribute(value=ast.Call(func=func, args=[only])) if _name(func) == "Path":
            text, mode = _text(only), text or "r"
        case _:
            pass
    if text is None or ":" in text or "\0" in text:
        return ""
    return "" if _WRITES.intersection(mode or "r") else text


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _above(place: str | None, count: int = 1) -> str | None:
    parts = place.split("/") if place else []
    return "/".join(parts[:-count]) if 0 < count <= len(parts) else None


def _appended(place: str | None, text: str | None) -> str | None:
    """Return the path that a folder's text and another text give, if a ``/`` is between them."""
    return _joined(place, text.lstrip("/")) if text and text.startswith("/") else None


def _joined(place: str | None, *texts: str | None) -> str | None:
    """Return a path below or beside another one, None if a part is not known or it leads out."""
    if place is None or any(text is None or text.startswith("/") for text in texts):
        return None
    parts = place.split("/") if place else []
    for part in (part for text in texts for part in (text or "").split("/")):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
