"""The comparison of a source with what its kernel has on the service.

Side effects: sends one or two requests to the server, and starts git.
"""

from nbship.core.drift.base import KnownVersion
from nbship.core.drift.examine import (
    Destination,
    Drift,
    DriftFacts,
    RemoteVersion,
    examine,
)
from nbship.core.metadata.script_block import read_header
from nbship.core.metadata.spec import parse_spec
from nbship.core.pairing.compare import conflict_in
from nbship.core.push.latest import latest_of
from nbship.core.push.stamp import without_stamp
from nbship.core.source.decode import decode
from nbship.core.source.nbjson import cells_digest
from nbship.diagnostics import Place
from nbship.edges.git import head, history
from nbship.edges.workspace import pairs
from nbship.edges.workspace.pairs import Pair
from nbship.errors import KaggleError, SourceError
from nbship.model.run import RemoteKernel
from nbship.model.workspace import Context, Source, Workspace
from nbship.verbs.operations.drift.known import is_known, known_version
from nbship.verbs.operations.remote import Remote
from nbship.verbs.operations.run import Connection, kernel_of, kernels_of

_MOST_LOOKED_AT = 10  # versions above the newest one that this clone knows


def drift_of(context: Context, pair: Pair, connection: Connection) -> Drift:
    """Return how the source of a pair and the latest version of its kernel differ.

    Raises:
        SourceError: the source is no Kaggle kernel, has conflict markers, or cannot be read; or the
            version cannot be.
        KaggleError: the service has no such kernel, or cannot be reached.
    """
    return examine(facts_of(context, pair, connection), pairs.checked_options(context.workspace))


def facts_of(context: Context, pair: Pair, connection: Connection) -> DriftFacts:
    """Gather the facts for a comparison; raises as ``drift_of`` does."""
    workspace, remote, source = context.workspace, connection.remote, source_of(pair)
    spec = parse_spec(read_header(source)).kaggle
    if spec is None:
        raise SourceError(
            f"{pair.name} is no Kaggle kernel, so there is nothing to compare it with",
            place=Place(source.path),
            hint="A table [tool.nbship.kaggle] in its header makes it one.",
        )
    kernel = kernel_of(context, connection, spec.id)
    theirs = remote.get(kernel)
    if theirs is None:
        raise KaggleError(
            f"{remote.name} has no kernel {kernel} that you may read",
            hint=f"Nothing was pushed there yet? {connection.target.command('push', pair.name)}",
        )
    known = known_version(workspace, pair.name, kernel, remote.key, theirs.latest)
    known, found = _newest(remote, kernel, theirs, known)
    is_base = known is not None and found is not None and is_known(found, known)
    sent = Destination(connection.target, connection.person, tuple(kernels_of(context)))
    base = _version(found, known.version, sent) if is_base and found and known else None
    committed = _committed(workspace, source, known) if base or known else None
    commit = known.commit if known and known.commit else ""
    is_ahead = commit and head.order_of(workspace.root, commit) not in {"same", "before"}
    return DriftFacts(
        source,
        kernel,
        remote.name,
        _version(theirs, theirs.latest, sent),
        base,
        committed,
        known.version if known else None,
        commit if is_ahead else "",
        pair.pictures,
        sent,
    )


def source_of(pair: Pair) -> Source:
    """Return the source of a pair.

    Raises:
        SourceError: there is none, it is not text, or it has conflict markers.
    """
    if pair.source is None:
        raise SourceError(f"no notebook {pair.name!r}")
    source = decode(pair.source_path, pair.source)
    conflict = conflict_in(source.path, source.text)
    if conflict is not None:
        raise conflict
    return source


def _newest(
    remote: Remote, kernel: str, theirs: RemoteKernel, known: KnownVersion | None
) -> tuple[KnownVersion | None, RemoteKernel | None]:
    """Return the newest version that a push made, from here or by its stamp, and what it has.

    Another clone has pushed a version if its stamp fits. An edit on the web keeps the stamp, which
    does not fit then; the version before it has it, too.
    """
    oldest = max(known.version if known else 0, theirs.latest - _MOST_LOOKED_AT)
    for number in range(theirs.latest, oldest, -1):
        found = theirs if number == theirs.latest else remote.get(kernel, number)
        stamp = latest_of(found, ()).stamp
        if found is not None and stamp is not None:
            cells = cells_digest(found.source)
            return KnownVersion(kernel, remote.key, number, cells, stamp.commit or None), found
    if known is None:
        return None, None
    is_latest = known.version == theirs.latest
    return known, theirs if is_latest else remote.get(kernel, known.version)


def _version(found: RemoteKernel, number: int, sent: Destination) -> RemoteVersion:
    return RemoteVersion(number, without_stamp(found.source), sent.received(found.metadata))


def _committed(workspace: Workspace, source: Source, known: KnownVersion | None) -> Source | None:
    """Return the source at the commit of a version, None if this clone does not have it."""
    if known is None or known.commit is None:
        return None
    data = history.at_commit(workspace.root, known.commit, source.path)
    try:
        return None if data is None else decode(source.path, data)
    except SourceError:
        return None
