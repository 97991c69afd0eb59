"""``drop``: removes a personal copy of a kernel from the service, with all its versions."""

from collections.abc import Callable

from nbship.core.workspace.catalogue import entry_of
from nbship.diagnostics import Place
from nbship.edges.storage import locks
from nbship.errors import SourceError, WorkspaceError
from nbship.model.workspace import Context
from nbship.verbs.operations.run import Connection, kernel_of


def drop(
    context: Context, name: str, connection: Connection, agrees: Callable[[str], bool]
) -> str | None:
    """Delete a person's own copy of a kernel; return its id, None if there is no copy.

    ``agrees`` asks a person about the kernel. Outputs that were fetched, and the journal, stay.

    Side effects: deletes a kernel on the service.

    Raises:
        SourceError: the notebook is not a Kaggle kernel.
        WorkspaceError: the target's kernels are not personal, or nobody agrees.
        KaggleError: the service did not delete it, or cannot be reached.
    """
    target, remote = connection.target, connection.remote
    entry = entry_of(context.catalogue, name)
    if not target.personal:
        raise WorkspaceError(
            f"target {target.name!r} has the kernel of everybody, which drop does not delete",
            hint=f"Your own copy: {target.command('drop', name).partition(' -t ')[0]} -t dev",
        )
    if entry.kernel is None:
        raise SourceError(f"{name} is not a Kaggle kernel", place=Place(entry.path))
    kernel = kernel_of(context, connection, entry.kernel)
    workspace = context.workspace
    with locks.locked(workspace.path(workspace.layout.lock("push", kernel))):
        found = remote.get(kernel)
        if found is None:
            return None
        if not agrees(f"{kernel} on {remote.name}, with its {found.latest} versions"):
            raise WorkspaceError(
                f"{kernel} was not dropped: nobody has agreed", hint="--yes agrees."
            )
        remote.delete(kernel)
    return kernel
