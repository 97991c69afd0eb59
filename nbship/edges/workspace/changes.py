"""Changes of many files as one: all are made, or none, and they can be undone.

The old contents and a journal are written first, into .nbship/adopt/. The journal has another name
from the moment on in which all changes are made. If the process is killed before, ``recover`` takes
back what was done. The files stay until the changes are undone or others are made. One process at a
time works with them.

Side effects: writes and removes the files of the caller, the index of git and its settings.
"""

import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path

from nbship.digest import sha256
from nbship.edges.git import clone, repository
from nbship.edges.storage import containment, files, locks
from nbship.edges.storage.state_files import read_state
from nbship.errors import WorkspaceError
from nbship.model.workspace import Workspace

_BACK = "Keep your change elsewhere and take it back, then type the command again."


@dataclass(frozen=True, slots=True)
class Change:
    """A file before and after, None for no file; ``path`` is relative to the workspace."""

    path: str
    old: bytes | None
    new: bytes | None


@dataclass(frozen=True, slots=True)
class _Entry:
    """A file of the journal: its digests, None for no file, and the mode that the old file had."""

    path: str
    old: str | None
    new: str | None
    mode: int | None


@dataclass(frozen=True, slots=True)
class _Journal:
    """What the changes are, and what there was before them.

    The old content of a file has the file's number as its name. ``index`` has, for each path that
    git tracked, its mode and its blob. ``is_first`` means that the folder had no state of nbship's.
    """

    is_first: bool
    files: tuple[_Entry, ...]
    index: Mapping[str, str]
    settings: Mapping[str, str | None]


def make(
    workspace: Workspace,
    changes: Sequence[Change],
    untracked: Iterable[str],
    settings: Mapping[str, str],
) -> None:
    """Make all changes, take files out of git's index, and set git's settings.

    ``untracked`` are the files that git is to know no more; they stay where they are.

    Raises:
        WorkspaceError: a file has changed since it was read, or the disk cannot be written; then
            all files are as before. Another process makes changes, or has not ended its own.
    """
    is_first = not _has_state(workspace)
    with _alone(workspace):
        if is_interrupted(workspace):
            raise WorkspaceError(
                "an earlier adoption has not ended", hint="Take it back: nbship adopt --undo"
            )
        for change in changes:
            if files.read_bytes(_inside(workspace, change.path)) != change.old:
                raise WorkspaceError(f"{change.path} has changed meanwhile: type the command again")
        _discard(workspace)
        tracked = _index(workspace)
        journal = _Journal(
            is_first,
            tuple(_entry(workspace, number, each) for number, each in enumerate(changes)),
            {each.path: tracked[each.path] for each in changes if each.path in tracked},
            {key: clone.setting(workspace.root, key) for key in settings},
        )
        files.write_file(_begun(workspace), json.dumps(asdict(journal), indent=1).encode())
        try:
            for change, entry in zip(changes, journal.files, strict=True):
                _put(workspace, change.path, change.new, entry.mode)
            repository.untrack(workspace.root, [path for path in untracked if path in tracked])
            for key, value in settings.items():
                clone.set_config(workspace.root, key, value)
            files.move_file(_begun(workspace), _made(workspace))
        except BaseException:
            _restore(workspace, journal)
            raise


def is_interrupted(workspace: Workspace) -> bool:
    """Return whether changes were begun and have not ended, for example because of a kill."""
    return os.path.lexists(_begun(workspace))


def recover(workspace: Workspace) -> bool:
    """Take back changes that were interrupted; return whether there were some.

    Raises:
        WorkspaceError: a file has changed since, and is named; the disk cannot be written; or
            another process is making the changes.
    """
    if not is_interrupted(workspace):
        return False
    with _alone(workspace):
        journal = _read(_begun(workspace))
        if journal is None:
            return False
        _restore(workspace, journal)
    return True


def undo(workspace: Workspace) -> Sequence[str]:
    """Take back the last changes; return the paths of all files.

    Raises:
        WorkspaceError: there are none, or a file has changed since; names it.
    """
    if not os.path.lexists(_made(workspace)):
        raise WorkspaceError("there is nothing to undo")
    with _alone(workspace):
        journal = _read(_made(workspace))
        if journal is None:
            raise WorkspaceError("there is nothing to undo")
        for entry in journal.files:
            _refuse_changed(workspace, entry, {entry.new})
        files.move_file(_made(workspace), _begun(workspace))
        _restore(workspace, journal)
    return [entry.path for entry in journal.files]


def _entry(workspace: Workspace, number: int, change: Change) -> _Entry:
    """Keep the old content of a file, and return its line of the journal."""
    mode = None
    if change.old is not None:
        files.write_file(_folder(workspace) / f"{number}", change.old)
        mode = files.mode_of(_inside(workspace, change.path))
    return _Entry(change.path, _digest(change.old), _digest(change.new), mode)


def _restore(workspace: Workspace, journal: _Journal) -> None:
    """Give each file its old content, and git its old index and settings.

    Nothing is restored if a file is neither as before the changes nor as after them.
    """
    for entry in journal.files:
        _refuse_changed(workspace, entry, {None, entry.old, entry.new})
    for number, entry in reversed([*enumerate(journal.files)]):
        old = None
        if entry.old is not None:
            kept = _folder(workspace) / f"{number}"
            old = files.read_bytes(kept)
            if _digest(old) != entry.old:
                raise WorkspaceError(
                    f"{kept} is damaged: {entry.path} cannot get its old content",
                    hint=f"git may have it: git log -- {entry.path}",
                )
        _put(workspace, entry.path, old, entry.mode)
    _restore_index(workspace, journal)
    for key, value in journal.settings.items():
        clone.restore_setting(workspace.root, key, value)
    _discard(workspace)
    if journal.is_first and not any(_irreplaceable(workspace)):
        files.remove(workspace.path(workspace.layout.state))


def _refuse_changed(workspace: Workspace, entry: _Entry, known: Collection[str | None]) -> None:
    if _digest(files.read_bytes(_inside(workspace, entry.path))) not in known:
        raise WorkspaceError(f"{entry.path} has changed since: nothing is undone", hint=_BACK)


def _put(workspace: Workspace, path: str, data: bytes | None, mode: int | None) -> None:
    """Write a file, or remove it with the folders that are empty then."""
    target = _inside(workspace, path)
    if data is not None:
        files.write_file(target, data, mode=mode)
    else:
        files.remove_file(target)
        files.remove_empty_folders(target.parent, workspace.root)


def _index(workspace: Workspace) -> dict[str, str]:
    """Return the mode and the blob of each path in git's index; nothing outside a repository."""
    listed = repository.run(workspace.root, "ls-files", "-z", "--stage")
    entries = (entry.partition("\t") for entry in listed.out.split("\0") if entry)
    return {path: head.rpartition(" ")[0] for head, _, path in entries}


def _restore_index(workspace: Workspace, journal: _Journal) -> None:
    """Give git the index that it had, as far as the files of the journal are concerned."""
    now = _index(workspace)
    paths = [entry.path for entry in journal.files]
    repository.untrack(
        workspace.root, [path for path in paths if path in now and path not in journal.index]
    )
    lost = {path: old for path, old in journal.index.items() if now.get(path) != old}
    if lost:
        # update-index takes a path from the top of the repository, which may be above.
        prefix = repository.run(workspace.root, "rev-parse", "--show-prefix").out.removesuffix("\n")
        lines = "".join(f"{old}\t{prefix}{path}\0" for path, old in lost.items())
        repository.write(workspace.root, "update-index", "-z", "--index-info", data=lines.encode())


def _discard(workspace: Workspace) -> None:
    """Remove a journal and the old contents: the journal first, which is nothing without them."""
    for path in (_begun(workspace), _made(workspace), _folder(workspace)):
        files.remove(path)


def _has_state(workspace: Workspace) -> bool:
    """Return whether there is state of nbship's, but for what an interrupted change leaves."""
    layout = workspace.layout
    ours = {workspace.path(layout.adoption), workspace.path(layout.lock("adopt", "all")).parent}
    state = workspace.path(layout.state)
    return state.is_dir() and any(path not in ours for path in state.iterdir())


def _irreplaceable(workspace: Workspace) -> Iterator[Path]:
    """Yield the files of the state that hold what a person may want back."""
    for pattern in workspace.layout.irreplaceable:
        yield from workspace.root.glob(pattern)


def _alone(workspace: Workspace) -> AbstractContextManager[None]:
    return locks.locked(workspace.path(workspace.layout.lock("adopt", "all")))


def _folder(workspace: Workspace) -> Path:
    return workspace.path(workspace.layout.adoption)


def _begun(workspace: Workspace) -> Path:
    return workspace.path(workspace.layout.begun_adoption)


def _made(workspace: Workspace) -> Path:
    return workspace.path(workspace.layout.made_adoption)


def _inside(workspace: Workspace, path: str) -> Path:
    return containment.contained(workspace.root, path)


def _digest(data: bytes | None) -> str | None:
    return None if data is None else sha256(data)


def _read(path: Path) -> _Journal | None:
    return read_state(path, _parse)


def _parse(data: bytes) -> _Journal | None:
    try:
        journal = json.loads(data)
        entries = tuple(_Entry(**entry) for entry in journal.pop("files"))
        return _Journal(files=entries, **journal)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
