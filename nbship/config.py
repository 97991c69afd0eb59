"""``[tool.nbship]`` of pyproject.toml, parsed into a Workspace."""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from nbship.errors import Place, WorkspaceError
from nbship.model.workspace import Workspace

PYPROJECT = "pyproject.toml"
_KEYS = {"inputs": "tests/inputs"}
_NAMED = 20  # words that are known, in a message


def parse_workspace(root: Path, text: str) -> Workspace:
    """Read the text of the workspace's pyproject.toml; every key has a default.

    Raises:
        WorkspaceError: it is not TOML, or ``[tool.nbship]`` has an unknown key or a wrong value.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WorkspaceError(f"not TOML: {error}", place=Place(PYPROJECT)) from None
    table = _table(_table(tables, "tool", "tool"), "nbship", "tool.nbship")
    for key in table:
        if key not in _KEYS:
            raise WorkspaceError(
                f"unknown key {key!r} in [tool.nbship]{did_you_mean(key, _KEYS)}",
                place=Place(PYPROJECT),
            )
    return Workspace(root=root, inputs=root / _folder(table, "inputs"))


def parse_jupytext(text: str) -> Mapping[str, Any] | None:
    """Read ``[tool.jupytext]`` from the text of pyproject.toml, None where there is none.

    Raises:
        WorkspaceError: it is not TOML, or not a table.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WorkspaceError(f"not TOML: {error}", place=Place(PYPROJECT)) from None
    tool = _table(tables, "tool", "tool")
    return _table(tool, "jupytext", "tool.jupytext") if "jupytext" in tool else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?`` for the nearest known word, or what is known at all.

    Of very many, the first are named.
    """
    from difflib import get_close_matches

    known = sorted(known)
    near = get_close_matches(word, known, n=1)
    if near:
        return f"; did you mean {near[0]!r}?"
    more = f" and {len(known) - _NAMED} more" if len(known) > _NAMED else ""
    return f"; known: {', '.join(known[:_NAMED])}{more}"


def _table(tables: Mapping[str, Any], key: str, shown: str) -> Mapping[str, Any]:
    table = tables.get(key, {})
    if not isinstance(table, Mapping):
        raise WorkspaceError(f"{shown} must be a table", place=Place(PYPROJECT))
    return table


def _folder(table: Mapping[str, Any], key: str) -> PurePosixPath:
    value = table.get(key, _KEYS[key])
    path = PurePosixPath(value) if isinstance(value, str) else None
    if path is None or path.is_absolute() or ".." in path.parts:
        raise WorkspaceError(
            f"tool.nbship.{key} must be a folder inside the workspace, not {value!r}",
            place=Place(PYPROJECT),
        )
    return path
