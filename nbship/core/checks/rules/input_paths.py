"""Paths below /kaggle/input in code, and the mounts of the declared sources.

Kaggle mounts sources as ``datasets/OWNER/NAME``, ``competitions/NAME``, ``notebooks/OWNER/NAME``
and ``models/OWNER/MODEL/FRAMEWORK/VARIATION/VERSION``, and in the old layout without the first two
parts, or the first one for a competition. Kernels with both layouts exist: both are accepted.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from nbship.core.checks.facts import Mention
from nbship.core.metadata.data_sources import INPUT
from nbship.model.spec import KaggleSpec

# A path ends at a blank, a quote or a bracket. After a wildcard or a placeholder it may go on.
_PATH = re.compile(r"(?<![\w.~-])/kaggle/input(?![\w.-])/*([^\s'\"`<>|;,()\[\]{}*?$%\\&]*)(.?)")
_OPEN = frozenset("[{*?$%<\\")
_SHELL = re.compile(r"\s*(?:#\s?)?[!%]")
_CELL_MAGIC = re.compile(r"\s*(?:#\s?)?%%(?!(?:capture|prun|pypy|python3?|time|timeit)\b)\w")
_LAYOUT = frozenset({"competitions", "datasets", "models", "notebooks"})
_KINDS = {"datasets": "dataset_sources", "competitions": "competition_sources",
          "notebooks": "kernel_sources", "models": "model_sources"}  # fmt: skip
_MODEL_PARTS = 5


def python_mentions(tree: ast.AST, lines: Sequence[str], first: int) -> Iterator[Mention]:
    """Yield the paths in the string literals of Python; its first line is ``first`` in the file."""
    places: set[tuple[int, int]] = set()
    strings = _special_strings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and INPUT in node.value:
            if id(node) in strings.unused:
                continue
            for match in _PATH.finditer(node.value):
                is_last = match.end() == len(node.value)
                is_open = (
                    match[2] in _OPEN if match[2] else is_last and id(node) in strings.continued
                )
                text = match[0][: len(match[0]) - len(match[2])]
                line, column = _locate(lines, node, text, places)
                yield Mention(match[1].rstrip("/."), first + line, column, is_open)


def shell_mentions(
    lines: Sequence[str], first: int, *, is_foreign: bool = False
) -> Iterator[Mention]:
    """Yield the paths in a cell's lines that are not Python: ``!ls``, ``%cd``, ``%%bash``.

    With ``is_foreign`` no line of the cell is Python.
    """
    is_foreign = is_foreign or (bool(lines) and _CELL_MAGIC.match(lines[0]) is not None)
    for number, line in enumerate(lines):
        if is_foreign or _SHELL.match(line):
            for match in _PATH.finditer(line):
                is_open = match[2] in _OPEN if match[2] else False
                yield Mention(match[1].rstrip("/."), first + number, match.start() + 1, is_open)


def mounts_of(kaggle: KaggleSpec) -> tuple[str, ...]:
    """Return where Kaggle mounts a kernel's sources below /kaggle/input, in both layouts."""
    datasets = [source.split("/")[:2] for source in kaggle.dataset_sources]
    kernels = [source.split("/") for source in kaggle.kernel_sources]
    models = [source.split("/") for source in kaggle.model_sources]
    return tuple(
        mount.lower()
        for mounts in (
            (f"datasets/{owner}/{name}" for owner, name in datasets),
            (name for _, name in datasets),
            (f"notebooks/{owner}/{name}" for owner, name in kernels),
            (name for _, name in kernels),
            (f"competitions/{name}" for name in kaggle.competition_sources),
            kaggle.competition_sources,
            (f"models/{'/'.join(parts)}" for parts in models),
            ("/".join(parts[1:]) for parts in models),
        )
        for mount in mounts
    )


def is_provided(mention: Mention, mounts: Iterable[str]) -> bool:
    """Return whether a path is in a mount, or is a folder above one."""
    path = mention.path.lower()
    if not path or path in _LAYOUT:
        return True
    return any(
        f"{path}/".startswith(f"{mount}/")
        or f"{mount}/".startswith(f"{path}/")
        or (mention.is_open and mount.startswith(path))
        for mount in mounts
    )


def advice(mention: Mention, mounts: Sequence[str]) -> str:
    """Return the hint for a path that no source provides."""
    kind, _, rest = mention.path.partition("/")
    parts = rest.split("/")
    size = {"competitions": 1, "models": _MODEL_PARTS}.get(kind, 2)
    if kind in _LAYOUT and len(parts) >= size:
        return f'Add "{"/".join(parts[:size])}" to {_KINDS[kind]}.'
    from difflib import get_close_matches

    whole = mention.path.lower().split("/")
    starts = ("/".join(whole[:count]) for count in range(1, len(whole) + 1))
    near = next((near for start in starts for near in get_close_matches(start, mounts, 1)), None)
    declared = f"declared: {', '.join(mounts)}" if mounts else "the header declares no sources"
    return f"Add its source to the header; {f'did you mean {near!r}?' if near else declared}"


@dataclass(frozen=True, slots=True)
class _SpecialStrings:
    """Strings by the ``id`` of their nodes.

    ``unused`` are statements, as docstrings are; to the ``continued`` ones code adds more text.
    """

    unused: frozenset[int]
    continued: frozenset[int]


def _special_strings(tree: ast.AST) -> _SpecialStrings:
    unused, continued = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            unused.add(id(node.value))
        elif isinstance(node, ast.BinOp):
            continued.add(id(_last_part(node.left)))
        elif isinstance(node, ast.JoinedStr):
            continued.update(
                id(part)
                for part, after in zip(node.values, node.values[1:], strict=False)
                if isinstance(after, ast.FormattedValue)
            )
    return _SpecialStrings(frozenset(unused), frozenset(continued))


def _last_part(node: ast.expr) -> ast.expr:
    """Return the last part of an expression that joins strings."""
    if isinstance(node, ast.BinOp):
        return _last_part(node.right)
    if isinstance(node, ast.JoinedStr) and node.values:
        return _last_part(node.values[-1])
    return node


def _locate(
    lines: Sequence[str], node: ast.Constant, text: str, places: set[tuple[int, int]]
) -> tuple[int, int]:
    """Return the line, from 0, and the column, from 1, of a text in the code.

    A place in ``places`` is not found again; a new one is added to them. A text that the code has
    with escapes is not found: its place is the start of the string.
    """
    start = len(lines[node.lineno - 1].encode()[: node.col_offset].decode(errors="replace"))
    for number in range(node.lineno - 1, node.end_lineno or node.lineno):
        at = lines[number].find(text, start if number == node.lineno - 1 else 0)
        while at >= 0 and (number, at) in places:
            at = lines[number].find(text, at + 1)
        if at >= 0:
            places.add((number, at))
            return number, at + 1
    return node.lineno - 1, start + 1
