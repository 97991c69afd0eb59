"""Targets: from the word behind ``-t`` to a connection, and the embedded Kaggle where it is one."""

from contextlib import contextmanager
from typing import TYPE_CHECKING

from nbship.diagnostics import did_you_mean
from nbship.errors import WorkspaceError
from nbship.frontends import local_server
from nbship.frontends.console import Console
from nbship.model.workspace import Context

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbship.edges.kaggle.client import Kaggle

TARGETS = ("main", "local")


@contextmanager
def connected(target: str, context: Context, console: Console) -> "Iterator[Kaggle]":
    """Give a connection to the target's server for the length of a block.

    Side effects: for ``local``, may start the embedded Kaggle and waits for its runs.

    Raises:
        WorkspaceError: there is no such target, or no credentials for it.
    """
    # 150 ms that only a command which talks to Kaggle pays.
    from nbship.edges.kaggle.client import Kaggle
    from nbship.edges.kaggle.server import server_of_environment

    if target not in TARGETS:
        raise WorkspaceError(f"unknown target {target!r}{did_you_mean(target, TARGETS)}")
    if target == "main":
        server = server_of_environment()
        if server.credentials.warning:
            console.warning(server.credentials.warning)
        yield Kaggle(server)
        return
    user = local_server.owner_of(context.catalogue)
    with local_server.local_server(context.workspace, user, console) as server:
        yield Kaggle(server)
