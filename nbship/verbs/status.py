"""``status``: where each notebook stands, by this machine alone or also by the service."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from nbship.core.artifact.outdated import Reason
from nbship.core.overview.status import Gathered, Seen, Standing, standings
from nbship.core.workspace.catalogue import graph_of
from nbship.edges.storage import files
from nbship.edges.workspace import artifacts, journal, smoke_results, sources
from nbship.errors import NbshipError, SourceError
from nbship.model.workspace import METADATA_FILE, Context, Workspace

if TYPE_CHECKING:  # the client takes 150 ms to import
    from nbship.verbs.operations.run import Connection


def status(context: Context, names: Collection[str]) -> tuple[Standing, ...]:
    """Return the status of notebooks, in the order of their names. Sends no request.

    Raises:
        WorkspaceError: the journal of pushes cannot be read.
    """
    wanted = _with_upstream(graph_of(context.catalogue), names)
    gathered = {name: _gather(context, name) for name in wanted}
    found = standings(context.catalogue, gathered, journal.read(context.workspace))
    return tuple(standing for standing in found if standing.entry.name in names)


def see(context: Context, standing: Standing, connection: "Connection") -> Seen | None:
    """Return what the service shows of a notebook's kernel, None for a notebook without one.

    Of a notebook that was never pushed, it is the kernel that it has on the target.

    Side effects: sends up to two requests.

    Raises:
        KaggleError: the service cannot be reached, or refuses to answer.
    """
    from nbship.core.push.latest import latest_of
    from nbship.verbs.operations.run import kernel_of

    kernel, remote = standing.entry.kernel, connection.remote
    if not kernel or kernel.count("/") != 1:  # the id in the header is wrong: check says so
        return None
    kernel = standing.push.kernel if standing.push else kernel_of(context, connection, kernel)
    found = remote.get(kernel)
    if found is None or not found.latest:
        return Seen(0)
    run = remote.status(kernel, found.latest)
    stamp = latest_of(found, ()).stamp
    return Seen(found.latest, run.state if run else None, stamp.by if stamp else "")


def _with_upstream(graph: Mapping[str, Collection[str]], names: Collection[str]) -> set[str]:
    """Return the names and those of all notebooks upstream of them."""
    found: set[str] = set()
    left = list(names)
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += graph[name]
    return found


def _gather(context: Context, name: str) -> Gathered:
    workspace = context.workspace
    reasons = artifacts.reasons(workspace, name)
    if any(reason.kind == "source" for reason in reasons):
        reasons = tuple(_told(context, name, reasons))
    result, result_at = smoke_results.last(workspace, name)
    failed, failed_at = smoke_results.last_failed(workspace, name)
    facts = artifacts.build_facts(workspace, name)
    return Gathered(reasons, facts, result, result_at, failed, failed_at)


def _told(context: Context, name: str, reasons: tuple[Reason, ...]) -> Iterator[Reason]:
    """Yield the reasons, with what has been edited in the source."""
    from nbship.core.artifact.edited import edits  # it reads TOML

    workspace = context.workspace
    facts = artifacts.build_facts(workspace, name)
    for reason in reasons:
        if reason.kind != "source" or facts is None:
            yield reason
            continue
        try:
            source = sources.read(workspace, context.catalogue[name].path)
            yield from edits(source, facts.parts, _metadata(workspace, name))
        except SourceError as error:
            yield Reason("refused", str(error))


def _metadata(workspace: Workspace, name: str) -> bytes | None:
    """Return the kernel-metadata.json of the last build, None if it is gone."""
    with suppress(NbshipError):
        return files.read_bytes(
            workspace.path(f"{workspace.layout.artifact(name)}/{METADATA_FILE}")
        )
    return None
