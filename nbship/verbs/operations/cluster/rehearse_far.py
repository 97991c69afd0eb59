"""A rehearsal on a worker: sent from this workspace, and told as one of this machine.

Side effects: sends the artifact, its sources and its inputs to the cluster; writes below .nbship/.
"""

import json
import secrets
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbship.config import PYPROJECT
from nbship.core.run.far_answer import Answer, read_answer
from nbship.edges.cluster import dask, parcel
from nbship.edges.cluster.dask import Cluster
from nbship.edges.rehearsal import secret_service
from nbship.edges.storage import files, locks
from nbship.edges.workspace import smoke_results
from nbship.errors import SmokeError, WorkspaceError
from nbship.model.notebook import Built, SmokeResult
from nbship.model.workspace import Context
from nbship.verbs.operations.cluster.job import Content, sealed
from nbship.verbs.operations.cluster.worker import rehearse_there
from nbship.verbs.operations.rehearse import (
    fresh_folders,
    rehearse_artifact,
    save_failure,
)

MOST_SENT = 1 << 26  # bytes of the inputs of one notebook
_HERE = threading.Lock()  # what stays on this machine runs one after the other


def rehearse_far(context: Context, cluster: Cluster, built: Built, until: str) -> SmokeResult:
    """Rehearse an artifact on a worker of a cluster, and keep the verdict and the files here.

    A notebook that can read the whole workspace, a local helper or one for Colab, is rehearsed on
    this machine: the workspace is not sent.

    Raises:
        SourceError: a package, a data source or a parameter that the notebook asks for is missing.
        SmokeError: the notebook failed, or took longer than its timeout.
        WorkspaceError: its inputs are too large or secret; the task or its answer is lost.
    """
    name = built.artifact.name
    if built.spec.smoke.skip:
        return rehearse_artifact(context, built)
    if built.spec.kaggle is None:
        with _HERE:
            context.report.notice(f"{name}: it may read the whole workspace, and is rehearsed here")
            return rehearse_artifact(context, built, until)
    _refuse_secrets(context, built)
    workspace = context.workspace
    with locks.locked(workspace.path(workspace.layout.lock("smoke", name))):
        folder = fresh_folders(context, built)
        job = sealed(_content(context, built, folder.mounts, until), dask.versions())
        key = f"nbship-{built.artifact.rehearsal[:12]}-{secrets.token_hex(4)}"
        with context.report.working("smoke", name, "on the cluster"):
            try:
                told = cluster.run(rehearse_there, job, key, context.stop)
            except WorkspaceError as error:
                raise error.with_changes(message=f"{name} is {error.message}") from None
        answer, parts = _read(told, built)
        parcel.unpack(parts, folder.folder)
        for kind, line in answer.lines:
            {"log": context.report.log, "more": context.report.more}.get(
                kind, context.report.notice
            )(line)
        if isinstance(answer.error, SmokeError):
            save_failure(context, built, answer.error)
            raise answer.error
        if answer.error is not None:  # what is missing is missing there
            raise answer.error.with_changes(message=f"{answer.error.message} (on a worker)")
        result = smoke_results.parse(json.dumps(answer.result).encode())
        if result is None:
            raise _another(built)
    smoke_results.save(workspace, name, result)
    if answer.is_whole and not result.partial:
        smoke_results.mark_whole(workspace, name)
    return result


def _content(context: Context, built: Built, mounts: Mapping[str, str], until: str) -> Content:
    workspace, left = context.workspace, MOST_SENT
    texts = parcel.pack_files(workspace.root, built.inputs, MOST_SENT)
    packed = {}
    for path, folder in mounts.items():
        try:
            packed[path] = parcel.pack(Path(folder), left)
        except parcel.TooLarge:
            raise WorkspaceError(
                f"the inputs of {built.artifact.name} have more than {MOST_SENT >> 20} MB, which "
                "are not sent to a cluster",
                hint=f"Make the sample smaller, or rehearse it here: nbship smoke "
                f"{built.artifact.name}",
            ) from None
        left -= sum(map(len, packed[path].values()))
    settings = files.read_bytes(workspace.path(PYPROJECT)) or b""
    entry = context.catalogue[built.artifact.name]
    return Content(built, entry, settings, texts, packed, until)


def _refuse_secrets(context: Context, built: Built) -> None:
    """Refuse to rehearse a notebook elsewhere that has values of secrets on this machine."""
    known = secret_service.secrets_for(context.workspace, built.spec)
    if known.real:
        raise WorkspaceError(
            f"{built.artifact.name} has secrets on this machine, which are not sent to a cluster: "
            f"{', '.join(sorted(known.real))}",
            hint=f"Rehearse it here: nbship smoke {built.artifact.name}",
        )


def _read(told: Any, built: Built) -> tuple[Answer, dict[str, bytes]]:
    artifact = built.artifact
    try:
        answer = read_answer(told["answer"], artifact.name, artifact.rehearsal)
        parts = dict(told["files"])
    except (TypeError, KeyError, ValueError):
        raise _another(built) from None
    is_right = all(isinstance(n, str) and isinstance(d, bytes) for n, d in parts.items())
    if answer is None or not is_right:
        raise _another(built)
    return answer, parts


def _another(built: Built) -> WorkspaceError:
    return WorkspaceError(
        f"the cluster's answer is not about this artifact of {built.artifact.name}: it is refused",
        hint="It has no verdict. Rehearse it again, or on this machine.",
    )
