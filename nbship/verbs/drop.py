"""``drop``: removes a kernel of a person's own from the service, with all its versions."""

from collections.abc import Callable
from dataclasses import replace

from nbship.core.metadata.script_block import read_header
from nbship.core.metadata.spec import parse_spec
from nbship.core.push.record import versions_of
from nbship.core.workspace.catalogue import entry_of
from nbship.diagnostics import Place
from nbship.edges.storage import locks
from nbship.edges.workspace import journal, sources
from nbship.errors import SourceError, WorkspaceError
from nbship.model.workspace import Context
from nbship.verbs.operations.run import Connection, kernel_of


def drop(
    context: Context, name: str, connection: Connection, agrees: Callable[[str], bool]
) -> str | None:
    """Delete a person's own copy of a kernel, or the one on the local Kaggle; return its id.

    Return None if there is no copy.

    ``agrees`` asks a person about the kernel. Outputs that were fetched, and the journal, stay; its
    records say that the versions are dropped, also after a kill or where somebody else has deleted
    the kernel.

    Side effects: deletes a kernel on the service; writes the journal.

    Raises:
        SourceError: the notebook is not a Kaggle kernel, or its header is wrong.
        WorkspaceError: the target has the kernel of everybody, or nobody agrees.
        KaggleError: the service did not delete it, or cannot be reached.
    """
    target, remote = connection.target, connection.remote
    entry = entry_of(context.catalogue, name)
    spec = parse_spec(read_header(sources.read(context.workspace, entry.path))).kaggle
    if spec is None:
        raise SourceError(
            f"{name} is not a Kaggle kernel: there is nothing to drop", place=Place(entry.path)
        )
    if not (target.personal or target.is_local):
        raise WorkspaceError(
            f"target {target.name!r} has the kernel of everybody, which drop does not delete",
            hint=f"Your own copy: {target.command('drop', name).partition(' -t ')[0]} -t dev",
        )
    kernel = kernel_of(context, connection, spec.id)
    workspace = context.workspace
    with locks.locked(workspace.path(workspace.layout.lock("push", kernel))):
        found = remote.get(kernel)
        if found is not None:
            if not agrees(f"{kernel} on {remote.name}, with its {found.latest} versions"):
                raise WorkspaceError(
                    f"{kernel} was not dropped: nobody has agreed", hint="--yes agrees."
                )
            remote.delete(kernel)
        pushes = journal.read(workspace)
        for record in versions_of(pushes, kernel=kernel, server=remote.key):
            journal.write(workspace, replace(record, dropped=True))
    return kernel if found else None
