"""``[tool.nbship]`` of pyproject.toml, parsed into a Workspace."""

import tomllib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from nbship.diagnostics import did_you_mean
from nbship.errors import Place, WorkspaceError
from nbship.model.workspace import Workspace

PYPROJECT = "pyproject.toml"
_KEYS = {"inputs": "tests/inputs"}


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
