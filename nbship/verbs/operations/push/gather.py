"""The facts of a push, gathered from the workspace, from git and from the service."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from nbship.core.artifact.assemble import with_keys
from nbship.core.metadata.destination import following, spec_on
from nbship.core.metadata.kernel_metadata import FILE_NAME
from nbship.core.push.digests import push_digest, seen_digest
from nbship.core.push.facts import PushFacts
from nbship.core.push.inputs import newer_inputs, places_of
from nbship.core.push.latest import latest_of, of_older_record
from nbship.core.push.record import versions_of
from nbship.core.workspace.catalogue import entry_of
from nbship.diagnostics import Place
from nbship.edges.git import head, repository
from nbship.edges.rehearsal import isolation
from nbship.edges.workspace import journal, smoke_results
from nbship.errors import SourceError
from nbship.model.git import GitState
from nbship.model.notebook import Built
from nbship.model.push import Latest, PushOptions, Record
from nbship.model.run import RemoteKernel
from nbship.model.spec import KaggleSpec
from nbship.model.workspace import Context
from nbship.verbs.operations.build_artifact import build_artifact
from nbship.verbs.operations.drift.known import is_known, merged_version
from nbship.verbs.operations.push.follow import followed
from nbship.verbs.operations.push.inputs import inputs_now
from nbship.verbs.operations.push.send import latest_kernel
from nbship.verbs.operations.push.service import (
    doubtful_sources,
    hours_left,
    run_beside,
    sessions_of,
)
from nbship.verbs.operations.run import Connection, kernels_of

_OF_RUNS = ("one-run", "quota", "sessions")  # guards that ask nothing about a push without a run


def built_for(context: Context, connection: Connection, name: str) -> tuple[Built, KaggleSpec]:
    """Build a kernel; return it, and its keys, as they are on a target.

    Raises:
        SourceError: the notebook is not a Kaggle kernel, or is wrong.
        KaggleError: the service cannot be asked for the copies of kernels that it reads.
    """
    built = build_artifact(context, name)
    if built.spec.kaggle is None:
        kind = "a Colab notebook" if built.spec.colab else "a local helper"
        raise SourceError(
            f"{name} is {kind}, which cannot be pushed",
            place=Place(built.source),
            hint="A table [tool.nbship.kaggle] in its header makes it a Kaggle kernel.",
        )
    spec = spec_on(connection.target, built.spec.kaggle, connection.person, kernels_of(context))
    follows = followed(context, connection, built, spec)
    spec = following(spec, follows)
    return with_keys(built, spec, follows), spec


def gather(
    context: Context, built: Built, spec: KaggleSpec, connection: Connection, options: PushOptions
) -> PushFacts:
    """Return the facts of a push of an artifact, which has the keys ``spec`` on the target.

    Sends two requests to the service, and more for what the target's guards ask about.

    Raises:
        KaggleError: the service cannot be asked.
        WorkspaceError: git cannot be asked.
    """
    root, artifact, target = context.workspace.root, built.artifact, connection.target
    remote, kernel = connection.remote, spec.id
    status = remote.status(kernel)
    found = latest_kernel(remote, kernel, was_there=status is not None)
    pushes = journal.read(context.workspace)
    ours = versions_of(pushes, kernel=kernel, server=remote.key)
    git = repository.state_of(root, built.inputs)
    result = smoke_results.find(context.workspace, artifact.rehearsal, artifact.name, target.name)
    has_passed = result is not None and not result.skipped and not result.partial
    entry = entry_of(context.catalogue, artifact.name)
    asks_id = git.commit is not None and target.mode("same-id") != "skip"
    metadata = json.loads(artifact.files[FILE_NAME])
    sent = push_digest(artifact.text, metadata)
    latest = _ordered(context, _unless_merged(context, artifact.name, found, ours), git)
    latest = of_older_record(latest, ours, digest=artifact.digest, sent=sent)
    asks = {guard for guard in _OF_RUNS if target.mode(guard) != "skip" and not options.no_run}
    is_running = status is not None and status.is_active
    inputs = inputs_now(remote, metadata, pushes) if options.ships else None
    doubts = tuple(doubtful_sources(remote, spec)) if target.mode("sources") != "skip" else ()
    return PushFacts(
        name=artifact.name,
        target=target,
        kernel=kernel,
        digest=artifact.digest,
        git=git,
        status=status,
        latest=latest,
        smoked=result.rung if result and has_passed else None,
        rung=isolation.find(context.workspace).rung,
        runs=not options.no_run,
        skip=built.spec.smoke.skip,
        partial=result.partial if result else "",
        left_out=result.left_out if result else (),
        head=head.head_of(root) if git.commit else None,
        sent=sent,
        seen=seen_digest(artifact.text, metadata),
        first_id=head.first_id(root, built.source) if asks_id else "",
        header_id=entry.kernel or "",
        earlier=(
            run_beside(remote, kernel, ours, latest)
            if "one-run" in asks and not is_running
            else None
        ),
        missing=tuple(source for source, is_certain in doubts if is_certain),
        untold=tuple(source for source, is_certain in doubts if not is_certain),
        hours_left=hours_left(remote, spec) if "quota" in asks else None,
        reserve=target.reserve,
        follows=built.follows,
        inputs=inputs,
        newer=_newer(pushes, ours, latest, inputs or {}),
        sessions=(
            sessions_of(remote, spec, pushes, connection.person.user)
            if "sessions" in asks and found is None
            else None
        ),
    )


def _newer(
    pushes: Sequence[Record], ours: Sequence[Record], latest: Latest, inputs: Mapping[str, int]
) -> tuple[str, ...]:
    """Return the inputs that are newer than those that the latest version has read."""
    made = [push for push in ours if push.version == latest.version]
    return tuple(newer_inputs(made[-1], inputs, places_of(pushes))) if made else ()


def _unless_merged(
    context: Context, name: str, found: RemoteKernel | None, ours: Sequence[Record]
) -> Latest:
    """Return the latest version; one that a rescue has merged is overwritten without a loss."""
    latest = latest_of(found, ours)
    merged = merged_version(context.workspace, name)
    if found is None or merged is None or latest.made_by != "somebody":
        return latest
    is_it = (merged.kernel, merged.version) == (found.id, found.latest) and is_known(found, merged)
    return replace(latest, made_by="merged") if is_it else latest


def _ordered(context: Context, latest: Latest, git: GitState) -> Latest:
    """Return the latest version with the order of its commit and ours."""
    if latest.stamp is None or git.commit is None:
        return latest
    return replace(
        latest, order=head.order_of(context.workspace.root, latest.stamp.commit, git.commit)
    )
