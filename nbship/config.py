"""``[tool.nbship]`` of pyproject.toml, parsed into a Workspace."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any, get_args

from nbship.diagnostics import Place, did_you_mean
from nbship.errors import WorkspaceError
from nbship.model.target import BUILT_IN, GuardMode, RemoteName, Target
from nbship.model.workspace import Workspace

PYPROJECT = "pyproject.toml"
_KEYS = ("inputs", "targets")
_INPUTS = "tests/inputs"
_TARGET_KEYS = ("remote", "rehearsal", "guards")
_REMOTES = get_args(RemoteName)
_MODES = get_args(GuardMode)
_TARGET_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def parse_workspace(root: Path, text: str) -> Workspace:
    """Return the workspace that the text of its pyproject.toml describes; each key has a default.

    Raises:
        WorkspaceError: the text is not TOML, or ``[tool.nbship]`` has an unknown key or a wrong
            value.
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
    targets = dict(BUILT_IN)
    for name, keys in _table(table, "targets", "tool.nbship.targets").items():
        targets[name] = _target(name, keys, targets.get(name, Target(name)))
    return Workspace(root, root / _folder(table, "inputs", _INPUTS), targets=targets)


def parse_jupytext(text: str) -> Mapping[str, Any] | None:
    """Return ``[tool.jupytext]`` of the text of pyproject.toml, None if there is none.

    Raises:
        WorkspaceError: the text is not TOML, or the value is not a table.
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


def _target(name: str, keys: Any, default: Target) -> Target:
    """Return a target with the keys of its table; a missing key keeps the default's value."""
    shown = f"tool.nbship.targets.{name}"
    if not _TARGET_NAME.fullmatch(name):
        raise _wrong(f"{shown}: a target's name has lowercase letters, digits and single dashes")
    if not isinstance(keys, Mapping):
        raise _wrong(f"{shown} must be a table")
    for key in keys:
        if key not in _TARGET_KEYS:
            raise _wrong(f"unknown key {key!r} in [{shown}]{did_you_mean(key, _TARGET_KEYS)}")
    remote = keys.get("remote", default.remote)
    if remote not in _REMOTES:
        raise _wrong(f"{shown}.remote must be one of {_listed(_REMOTES)}, not {remote!r}")
    rehearsal = keys.get("rehearsal", default.rehearsal)
    if not isinstance(rehearsal, bool):
        raise _wrong(f"{shown}.rehearsal must be true or false, not {rehearsal!r}")
    guards = keys.get("guards", {})
    if not isinstance(guards, Mapping):
        raise _wrong(f'{shown}.guards must be a table such as {{ clean-tree = "warn" }}')
    for guard, mode in guards.items():
        if mode not in _MODES:
            raise _wrong(f"{shown}.guards.{guard} must be one of {_listed(_MODES)}, not {mode!r}")
    return replace(default, remote=remote, rehearsal=rehearsal, guards={**default.guards, **guards})


def _wrong(message: str) -> WorkspaceError:
    return WorkspaceError(message, place=Place(PYPROJECT))


def _listed(words: Iterable[str]) -> str:
    return ", ".join(map(repr, words))


def _folder(table: Mapping[str, Any], key: str, default: str) -> PurePosixPath:
    value = table.get(key, default)
    path = PurePosixPath(value) if isinstance(value, str) else None
    if path is None or path.is_absolute() or ".." in path.parts:
        raise WorkspaceError(
            f"tool.nbship.{key} must be a folder inside the workspace, not {value!r}",
            place=Place(PYPROJECT),
        )
    return path
