"""Changes of many files as one: all are made, or none, and they can be undone.

The old contents and a journal are written first. If the process is killed between two files, the
next call of ``recover`` takes back what was done. The files are in .nbship/adopt/ until the changes
are undone or others are made.

Side effects: writes and removes the files of the caller, the index of git and its settings.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbship.digest import sha256
from nbship.edges.git import clone, repository
from nbship.edges.storage import containment, files
from nbship.edges.storage.state_files import read_state
from nbship.errors import WorkspaceError
from nbship.model.workspace import Workspace

_JOURNAL = "journal.json"
_MADE, _APPLYING = "made", "applying"


@dataclass(frozen=True, slots=True)
class Change:
    """A file before and after, None for no file; ``path`` is relative to the workspace."""

    path: str
    old: bytes | None
    new: bytes | None


def make(
    workspace: Workspace,
    changes: Sequence[Change],
    untracked: Iterable[str],
    settings: Mapping[str, str],
    *,
    is_first: bool,
) -> None:
    """Make all changes, take files out of git's index, and set git's settings.

    ``untracked`` are the files that git is to know no more; they stay where they are. ``is_first``
    means that the folder has no state of nbship's: taking the changes back removes that, too.

    Raises:
        WorkspaceError: a file has changed since it was read, or the disk cannot be written; then
            all files are as before.
    """
    folder = workspace.path(workspace.layout.adoption)
    for change in changes:
        if files.read_bytes(_inside(workspace, change.path)) != change.old:
            raise WorkspaceError(f"{change.path} has changed meanwhile: type the command again")
    files.fresh_folder(folder)
    entries = [_entry(folder, number, change) for number, change in enumerate(changes)]
    journal: dict[str, Any] = {
        "state": _APPLYING,
        "is_first": is_first,
        "files": entries,
        "index": _index(workspace, untracked),
        "settings": {key: clone.setting(workspace.root, key) for key in settings},
    }
    _save(folder, journal)
    try:
        for change in changes:
            _put(workspace, change.path, change.new)
        for path, _ in journal["index"]:
            repository.write(workspace.root, "rm", "--cached", "--quiet", "--", path)
        for key, value in settings.items():
            clone.set_config(workspace.root, key, value)
    except BaseException:
        _restore(workspace, journal)
        raise
    _save(folder, journal | {"state": _MADE})


def recover(workspace: Workspace) -> bool:
    """Take back changes that were interrupted; return whether there were some.

    Raises:
        WorkspaceError: the disk cannot be written.
    """
    journal = _read(workspace)
    if journal is None or journal["state"] != _APPLYING:
        return False
    _restore(workspace, journal)
    return True


def undo(workspace: Workspace) -> Sequence[str]:
    """Take back the last changes; return the paths of all files.

    Raises:
        WorkspaceError: there are none, or a file has changed since; names it.
    """
    journal = _read(workspace)
    if journal is None:
        raise WorkspaceError("there is nothing to undo")
    for entry in journal["files"]:
        data = files.read_bytes(_inside(workspace, entry["path"]))
        if (None if data is None else sha256(data)) != entry["new"]:
            raise WorkspaceError(
                f"{entry['path']} has changed since: nothing is undone",
                hint="Keep your change elsewhere and take it back, or undo with git.",
            )
    _restore(workspace, journal)
    return [entry["path"] for entry in journal["files"]]


def _entry(folder: Path, number: int, change: Change) -> dict[str, Any]:
    """Keep the old content of a file, and return its line of the journal."""
    if change.old is not None:
        files.write_file(folder / f"{number}", change.old)
    digests = (None if data is None else sha256(data) for data in (change.old, change.new))
    return {
        "path": change.path,
        "number": number,
        **dict(zip(("old", "new"), digests, strict=True)),
    }


def _restore(workspace: Workspace, journal: Mapping[str, Any]) -> None:
    """Give each file its old content, and git its old index and settings."""
    folder = workspace.path(workspace.layout.adoption)
    for entry in reversed(journal["files"]):
        old = files.read_bytes(folder / str(entry["number"])) if entry["old"] else None
        _put(workspace, entry["path"], old)
    for _, cached in journal["index"]:
        repository.write(workspace.root, "update-index", "--add", "--cacheinfo", cached)
    for key, value in journal["settings"].items():
        clone.restore_setting(workspace.root, key, value)
    files.remove(folder)
    if journal["is_first"]:
        files.remove(workspace.path(workspace.layout.state))


def _put(workspace: Workspace, path: str, data: bytes | None) -> None:
    """Write a file, or remove it with the folders that are empty then."""
    target = _inside(workspace, path)
    if data is not None:
        files.write_file(target, data)
        return
    if not (target.exists() or target.is_symlink()):
        return
    files.remove_file(target)
    files.remove_empty_folders(target.parent, workspace.root)


def _inside(workspace: Workspace, path: str) -> Path:
    return containment.contained(workspace.root, path)


def _index(workspace: Workspace, paths: Iterable[str]) -> list[tuple[str, str]]:
    """Return each path that git tracks, with what update-index takes to track it again.

    update-index takes a path from the top of the repository, which may be above the workspace.
    """
    found: list[tuple[str, str]] = []
    for path in paths:
        out = repository.run(
            workspace.root, "ls-files", "-z", "--stage", "--full-name", "--", path
        ).out
        head, _, full = out.removesuffix("\0").partition("\t")
        if out:
            mode, blob, _ = head.split(" ")
            found.append((path, f"{mode},{blob},{full}"))
    return found


def _save(folder: Path, journal: Mapping[str, Any]) -> None:
    files.write_file(folder / _JOURNAL, json.dumps(journal, indent=1).encode())


def _read(workspace: Workspace) -> dict[str, Any] | None:
    return read_state(workspace.path(workspace.layout.adoption) / _JOURNAL, _parse)


def _parse(data: bytes) -> dict[str, Any] | None:
    try:
        journal = json.loads(data)
        is_whole = {"state", "is_first", "files", "index", "settings"} <= journal.keys()
    except (ValueError, AttributeError, RecursionError):
        return None
    return journal if is_whole else None
