"""``[tool.nbship]`` of pyproject.toml, parsed into a Workspace."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from itertools import permutations
from pathlib import Path, PurePosixPath
from typing import Any, get_args

from nbship.diagnostics import Place, did_you_mean
from nbship.errors import WorkspaceError
from nbship.model.layout import Layout
from nbship.model.target import BUILT_IN, DEFAULT, RUNGS, GuardMode, RemoteName, Rung, Target
from nbship.model.workspace import Workspace

PYPROJECT = "pyproject.toml"
KEYS = {  # of [tool.nbship], with the help of the documentation
    "sources": "the sources, and the modules that they import",
    "notebooks": "their pairs for Jupyter, with the outputs",
    "build": "the artifacts; never in git",
    "runs": "what came back from Kaggle, and the journal of pushes; never in git",
    "inputs": "small samples of the inputs, for rehearsals",
    "targets": "a table for each target: `remote`, `rehearsal`, `guards`, `personal`, `kaggle`, "
    "`branches` and `reserve`",
    "target": "the target of a command line without `-t`",
}
_USUAL = Layout()
_OF_LAYOUT = ("sources", "notebooks", "build", "runs")
FOLDERS = {key: getattr(_USUAL, key) for key in _OF_LAYOUT} | {"inputs": "tests/inputs"}
_TABLE = re.compile(r"^\s*\[\s*tool\s*\.\s*nbship\b", re.MULTILINE)
_FOLDER_KEY = re.compile(rf"\b(?:{'|'.join(_OF_LAYOUT)})[\"']?\s*=")
# Such a name needs no quotes in .gitignore, .gitattributes and the formats of jupytext.
_PLAIN = re.compile(r"[\w.][\w.+@-]*")
_TAKEN = {".git": "git", _USUAL.state: "nbship"}  # by folder at the top, whose it is
_TARGET_KEYS = ("remote", "rehearsal", "guards", "personal", "kaggle", "branches", "reserve")
_REMOTES = get_args(RemoteName)
_MODES = get_args(GuardMode)
_TARGET_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def parse_workspace(root: Path, text: str) -> Workspace:
    """Return the workspace that the text of its pyproject.toml describes; each key has a default.

    Raises:
        WorkspaceError: the text is not TOML, or ``[tool.nbship]`` has an unknown key or a wrong
            value.
    """
    table = _table(_table(_tables(text), "tool", "tool"), "nbship", "tool.nbship")
    for key in table:
        if key not in KEYS:
            raise WorkspaceError(
                f"unknown key {key!r} in [tool.nbship]{did_you_mean(key, KEYS)}",
                place=Place(PYPROJECT),
            )
    targets = dict(BUILT_IN)
    for name, keys in _table(table, "targets", "tool.nbship.targets").items():
        targets[name] = _target(name, keys, targets.get(name, Target(name)))
    usual = _usual(table, targets)
    folders = {key: _folder(table, key, default) for key, default in FOLDERS.items()}
    _refuse_shared(folders)
    inputs = root / folders.pop("inputs")
    return Workspace(root, inputs, Layout(**folders), targets, usual)


def has_workspace(text: str) -> bool:
    """Return whether the text of a pyproject.toml has the table ``[tool.nbship]``.

    A heading is enough, also in a text that is not TOML: tomllib takes 7 ms to import.
    """
    if "nbship" not in text:
        return False
    if _TABLE.search(text):
        return True
    try:
        tool = _tables(text).get("tool")
    except WorkspaceError:
        return False
    return isinstance(tool, Mapping) and "nbship" in tool


def layout_of(text: str) -> Layout:
    """Return the layout of the workspace with this pyproject.toml, as ``parse_workspace`` does.

    A text in which no key has the name of a folder's is not parsed.

    Raises:
        WorkspaceError: as ``parse_workspace``.
    """
    if not _FOLDER_KEY.search(text):
        return _USUAL
    return parse_workspace(Path(), text).layout


def parse_jupytext(text: str) -> Mapping[str, Any] | None:
    """Return ``[tool.jupytext]`` of the text of pyproject.toml, None if there is none.

    Raises:
        WorkspaceError: the text is not TOML, or the value is not a table.
    """
    tool = _table(_tables(text), "tool", "tool")
    return _table(tool, "jupytext", "tool.jupytext") if "jupytext" in tool else None


@cache
def _tables(text: str) -> Mapping[str, Any]:
    """Return the tables of a text; a command asks for those of one file again and again."""
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WorkspaceError(f"not TOML: {error}", place=Place(PYPROJECT)) from None


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
    personal = keys.get("personal", default.personal)
    if not isinstance(personal, bool):
        raise _wrong(f"{shown}.personal must be true or false, not {personal!r}")
    return replace(
        default,
        remote=remote,
        rehearsal=_rehearsal(keys.get("rehearsal", default.rehearsal), shown),
        guards={**default.guards, **_guards(keys.get("guards", {}), shown)},
        personal=personal,
        keys={**default.keys, **_table(keys, "kaggle", f"{shown}.kaggle")},
        reserve=_reserve(keys.get("reserve", default.reserve), shown),
        branches=_branches(keys.get("branches", list(default.branches)), shown),
    )


def _rehearsal(value: Any, shown: str) -> bool | Rung:
    if isinstance(value, bool):
        return value
    for rung in RUNGS:
        if value == rung:
            return rung
    rungs = _listed(RUNGS)
    raise _wrong(f"{shown}.rehearsal must be true, false or one of {rungs}, not {value!r}")


def _guards(guards: Any, shown: str) -> Mapping[str, GuardMode]:
    if not isinstance(guards, Mapping):
        raise _wrong(f'{shown}.guards must be a table such as {{ clean-tree = "warn" }}')
    for guard, mode in guards.items():
        if mode not in _MODES:
            raise _wrong(f"{shown}.guards.{guard} must be one of {_listed(_MODES)}, not {mode!r}")
    return guards


def _reserve(value: Any, shown: str) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and 0 <= value < math.inf:
        return float(value)
    raise _wrong(f"{shown}.reserve must be a number of hours, not {value!r}")


def _branches(value: Any, shown: str) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(branch, str) and branch for branch in value):
        return tuple(value)
    raise _wrong(f'{shown}.branches must be a list such as ["main", "release/*"], not {value!r}')


def _usual(table: Mapping[str, Any], targets: Mapping[str, Target]) -> str:
    name = table.get("target", DEFAULT)
    if not isinstance(name, str) or name not in targets:
        near = did_you_mean(name, targets) if isinstance(name, str) else ""
        raise _wrong(f"tool.nbship.target must name a target, not {name!r}{near}")
    return name


def _wrong(message: str) -> WorkspaceError:
    return WorkspaceError(message, place=Place(PYPROJECT))


def _listed(words: Iterable[str]) -> str:
    return ", ".join(map(repr, words))


def _folder(table: Mapping[str, Any], key: str, default: str) -> str:
    value = table.get(key, default)
    path = PurePosixPath(value) if isinstance(value, str) else PurePosixPath()
    if not path.parts or path.is_absolute() or ".." in path.parts:
        raise _wrong(f"tool.nbship.{key} must be a folder inside the workspace, not {value!r}")
    if key in _OF_LAYOUT and not all(map(_PLAIN.fullmatch, path.parts)):
        allowed = "letters, digits and _ . + @ -"
        raise _wrong(f"tool.nbship.{key} may only have {allowed} in its parts, not {value!r}")
    owner = _TAKEN.get(path.parts[0].casefold())
    if owner:
        raise _wrong(f"tool.nbship.{key} must not be in the folder of {owner}, as {value!r} is")
    return str(path)


def _refuse_shared(folders: Mapping[str, str]) -> None:
    """Refuse two folders of which one is the other, or in it; not every disk knows case."""
    for (outer, path), (inner, deep) in permutations(folders.items(), 2):
        above, below = path.casefold(), deep.casefold()
        if above == below:
            raise _wrong(f"tool.nbship.{outer} and tool.nbship.{inner} are both {deep!r}")
        if below.startswith(f"{above}/"):
            where = f"inside tool.nbship.{outer}, which is {path!r}"
            raise _wrong(f"tool.nbship.{inner} is {deep!r}, {where}")
