"""The connection to a target: ``-t NAME`` gives the target, its remote and its credentials."""

from contextlib import contextmanager
from typing import TYPE_CHECKING

from nbship.core.push.guards import refuse_unknown_guards
from nbship.diagnostics import did_you_mean
from nbship.errors import WorkspaceError
from nbship.frontends import local_server
from nbship.frontends.console import Console
from nbship.model.target import Target
from nbship.model.workspace import Context, Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbship.verbs.operations.run import Connection


def find_target(workspace: Workspace, name: str) -> Target:
    """Return a target of the workspace by its name.

    Raises:
        WorkspaceError: there is no such target, or its guards have an unknown name.
    """
    target = workspace.targets.get(name)
    if target is None:
        raise WorkspaceError(f"unknown target {name!r}{did_you_mean(name, workspace.targets)}")
    refuse_unknown_guards(target)
    return target


@contextmanager
def connected(
    name: str, context: Context, console: Console, *, owner: str = ""
) -> "Iterator[Connection]":
    """Connect to a target for the duration of a block.

    ``owner`` owns a kernel that the workspace does not have yet.

    Side effects: for a target on the local Kaggle, may start it; waits then at the end of the
    block for the end of its runs.

    Raises:
        WorkspaceError: there is no such target, or no credentials for it.
    """
    # These imports take 150 ms, which only the commands that connect should pay.
    from nbship.edges.kaggle.client import Kaggle
    from nbship.edges.kaggle.server import server_of_environment
    from nbship.verbs.operations.run import Connection

    target = find_target(context.workspace, name)
    if target.is_local:
        user = owner or local_server.owner_of(context.catalogue)
        team = [*local_server.owners_of(context.catalogue), user]
        with local_server.local_server(context.workspace, user, console, team=team) as server:
            yield Connection(target, Kaggle(server))
        return
    server = server_of_environment()
    if server.credentials.warning:
        console.warning(server.credentials.warning)
    yield Connection(target, Kaggle(server))
