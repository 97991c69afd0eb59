"""The results of rehearsals: for each notebook, the digest that has passed or was skipped last."""

import contextlib
import json
import secrets
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from nbship.core.workspace.catalogue import readers_of
from nbship.edges.storage import files
from nbship.edges.storage.stat_cache import cache_of
from nbship.edges.storage.state_files import read_state
from nbship.edges.workspace import artifacts
from nbship.errors import Unreadable, WorkspaceError
from nbship.model.layout import WHOLE
from nbship.model.notebook import FailedRehearsal, SmokeResult
from nbship.model.target import RUNGS
from nbship.model.workspace import Catalogue, Workspace

_MOST_TOKEN = 1 << 10  # bytes


def find(workspace: Workspace, digest: str, name: str, target: str = "") -> SmokeResult | None:
    """Return the last result of a notebook, None if it was of another digest.

    With a target, also the last result with the keys that the notebook has there. Before there was
    a digest for rehearsals, a result had that of the artifact.
    """
    for place in dict.fromkeys(("", target)):
        result = read_state(_path(workspace, name, place), parse)
        if result is not None and result.digest in (digest, _earlier(workspace, name, digest)):
            return result
    return None


def _earlier(workspace: Workspace, name: str, digest: str) -> str:
    """Return the digest that the result of a rehearsal had before; that digest is the new one."""
    manifest = artifacts.read_manifest(workspace, name)
    return manifest.digest if manifest is not None and manifest.rehearsal == digest else digest


def is_rehearsed(workspace: Workspace, name: str) -> bool:
    """Return whether the artifact is up to date and has passed with the present parameters."""
    result = current_result(workspace, name)
    return result is not None and not result.skipped


def current_result(workspace: Workspace, name: str) -> SmokeResult | None:
    """Return the result of the artifact, None if it is out of date or has none.

    It has passed as a whole with the present parameters, or it is skipped for the present reason.

    Raises:
        WorkspaceError: a file exists but cannot be read.
    """
    manifest = artifacts.read_manifest(workspace, name)
    if manifest is None or not artifacts.is_current(workspace, name):
        return None
    result = find(workspace, manifest.rehearsal, name)
    if result is None or result.partial or result.skipped != manifest.skip:
        return None
    return result if dict(result.parameters) == dict(manifest.parameters) else None


def kept_result(workspace: Workspace, catalogue: Catalogue, name: str) -> SmokeResult | None:
    """Return the result with which a notebook need not be rehearsed, None if it needs to be.

    A verdict can come from another machine, without the outputs. They are made here if a notebook
    reads them that has not passed.

    Raises:
        WorkspaceError: a file exists but cannot be read.
    """
    result = current_result(workspace, name)
    if result is None or result.skipped:
        return None
    readers = readers_of(catalogue, name)
    is_read = any(current_result(workspace, reader) is None for reader in readers)
    return None if is_read and not is_whole(workspace, name) else result


def save(workspace: Workspace, name: str, result: SmokeResult, target: str = "") -> None:
    """Save the latest rehearsal of a notebook that passed or was skipped.

    A partial one does not take the place of one that has passed as a whole. One with other keys, as
    the notebook has them on a target, is kept beside it.

    Side effects: writes one file in .nbship/.

    Raises:
        WorkspaceError: the disk cannot be written.
    """
    if not result.partial:
        files.remove_file(workspace.path(workspace.layout.failed_rehearsal(name)))
    if result.partial and is_rehearsed(workspace, name):
        return
    manifest = artifacts.read_manifest(workspace, name)
    place = "" if manifest is None or manifest.rehearsal == result.digest else target
    files.write_file(_path(workspace, name, place), json.dumps(asdict(result)).encode())


def save_failed(workspace: Workspace, name: str, failed: FailedRehearsal) -> None:
    """Save a rehearsal that has failed, until one passes as a whole.

    Side effects: writes one file in .nbship/, unless the disk is full: the failure itself is news.
    """
    path = workspace.path(workspace.layout.failed_rehearsal(name))
    with contextlib.suppress(WorkspaceError):
        files.write_cache(path, json.dumps(asdict(failed)).encode())


def last(workspace: Workspace, name: str) -> tuple[SmokeResult | None, float]:
    """Return the last result of a notebook, of any digest, and when it was saved.

    The time is in seconds since 1970, and only for people.
    """
    path = workspace.layout.smoke_result(name)
    cache = cache_of(workspace)
    kept = cache.state(path, lambda data: _kept(parse(data)))
    return (None, 0.0) if kept is None else (_result(kept), cache.written_at(path))


def last_failed(workspace: Workspace, name: str) -> tuple[FailedRehearsal | None, float]:
    """Return the last rehearsal if it has failed, and when, as ``last`` does."""
    path = workspace.layout.failed_rehearsal(name)
    cache = cache_of(workspace)
    kept = cache.state(path, lambda data: _kept(_parse_failed(data)))
    return (None, 0.0) if kept is None else (FailedRehearsal(**kept), cache.written_at(path))


def mark_whole(workspace: Workspace, name: str) -> None:
    """Mark that the folder of a rehearsal has whole outputs.

    The mark is in the folder, and beside the result: results may come from another machine, where
    another rehearsal has made other outputs.

    Side effects: writes two files in .nbship/.

    Raises:
        WorkspaceError: the disk cannot be written.
    """
    token = secrets.token_hex().encode()
    for path in _marks(workspace, name):
        files.write_cache(path, token)


def unmark(workspace: Workspace, name: str) -> None:
    """Remove the mark before the folder of a rehearsal is made anew.

    Side effects: removes a file in .nbship/, or sets it aside if it is damaged.
    """
    beside, _ = _marks(workspace, name)
    if read_state(beside, bytes) is not None:
        files.remove_file(beside)


def is_whole(workspace: Workspace, name: str) -> bool:
    """Return whether the folder of a rehearsal has the whole outputs of the last one here."""
    beside, inside = _marks(workspace, name)
    token = read_state(beside, bytes)
    try:
        found = files.read_bytes(inside, most=_MOST_TOKEN, follows=False)  # a notebook can write it
    except Unreadable:
        return False
    return token is not None and found == token


def _marks(workspace: Workspace, name: str) -> tuple[Path, Path]:
    layout = workspace.layout
    return (
        workspace.path(layout.rehearsed_outputs(name)),
        workspace.path(f"{layout.rehearsal(name)}/{WHOLE}"),
    )


def _kept(result: SmokeResult | FailedRehearsal | None) -> dict[str, Any] | None:
    """Return a result as the cache of facts keeps it."""
    return None if result is None else asdict(result)


def _result(kept: dict[str, Any]) -> SmokeResult:
    return SmokeResult(**{**kept, "left_out": tuple(kept["left_out"])})


def _parse_failed(data: bytes) -> FailedRehearsal | None:
    """Return the failure in a file, None if it is damaged."""
    try:
        failed = FailedRehearsal(**json.loads(data))
    except (ValueError, TypeError, RecursionError):
        return None
    texts = (failed.digest, failed.message, failed.rung)
    is_right = all(isinstance(text, str) for text in texts)
    return failed if is_right and isinstance(failed.seconds, int | float) else None


def parse(data: bytes) -> SmokeResult | None:
    """Return the result that a file or a worker tells, None if it is damaged."""
    try:
        result = SmokeResult(**json.loads(data))
        result = replace(result, left_out=tuple(result.left_out))
    except (ValueError, TypeError, RecursionError):
        return None
    kinds = (
        (result.digest, str),
        (result.parameters, dict),
        (result.seconds, int | float),
        (result.skipped, str),
        (result.partial, str),
        (result.runtime, str),
        (result.plain, str),
        *((text, str) for text in result.left_out),
    )
    is_right = all(isinstance(value, kind) for value, kind in kinds)
    return result if is_right and result.rung in RUNGS else None


def _path(workspace: Workspace, name: str, target: str) -> Path:
    return workspace.path(workspace.layout.smoke_result(name, target))
