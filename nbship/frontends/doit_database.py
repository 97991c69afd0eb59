"""doit's JSON database in a workspace: written whole, and a damaged one is set aside.

doit itself writes the file in place: a kill during the write leaves a part of it, with which each
later command fails. Without the file doit asks each task again whether it is up to date.
"""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from nbship.edges.storage import files, state_files
from nbship.errors import WorkspaceError

Entries = dict[str, dict[str, Any]]  # by task

_MD5_STATE = 3  # time, size and MD5 of a file, as doit's MD5Checker writes it


def load(database: Any) -> Entries:
    """Return the entries of doit's JsonDB; none if its file is missing or damaged."""
    return read(Path(database.name), database.codec.decode) or {}


def dump(database: Any) -> None:
    """Write the entries of doit's JsonDB; if this fails, say why, and go on."""
    try:
        text = database.codec.encode(database._db)  # noqa: SLF001 - doit's name for the entries
        files.write_cache(Path(database.name), text.encode())
    except WorkspaceError as error:
        state_files.tell(f"doit's database is not saved: {error.message}")


def read(path: Path, decode: Callable[[str], Any] = json.loads) -> Entries | None:
    """Return the entries in a file; None if it is missing or damaged."""
    return state_files.read_state(path, partial(_parse, decode))


def _parse(decode: Callable[[str], Any], data: bytes) -> Entries | None:
    try:
        entries: Any = decode(data.decode())
    except (ValueError, RecursionError):
        return None
    is_whole = isinstance(entries, dict) and all(map(_is_entry, entries.values()))
    return entries if is_whole else None


def _is_entry(entry: Any) -> bool:
    """Return whether this is the entry of a task, as doit's class Dependency writes it.

    Keys with a colon at the end are doit's own; the others are paths, each with the state of the
    file.
    """
    if not isinstance(entry, dict) or not isinstance(entry.get("_values_:", {}), dict):
        return False
    dependencies = entry.get("deps:", [])
    if not isinstance(dependencies, list) or not all(isinstance(d, str) for d in dependencies):
        return False
    checker = entry.get("checker:", "")
    states = [state for key, state in entry.items() if not key.endswith(":")]
    is_md5 = checker == "MD5Checker"
    return isinstance(checker, str) and all(_is_md5_state(s) or not is_md5 for s in states)


def _is_md5_state(state: Any) -> bool:
    return isinstance(state, list) and len(state) == _MD5_STATE
