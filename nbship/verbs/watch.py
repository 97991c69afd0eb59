"""``watch``: follows a pushed version to its end, and fetches its outputs."""

from nbship.model.run import FetchOptions
from nbship.model.workspace import Context
from nbship.verbs.operations.run import Connection, Run
from nbship.verbs.operations.watch_run import watch_run


def watch(
    context: Context,
    name: str,
    connection: Connection,
    version: int | None = None,
    options: FetchOptions | None = None,
) -> Run:
    """Follow the version that was pushed from here, or the given one, to its verdict.

    Side effects: writes the outputs to runs/ and the verdict to the journal.

    Raises:
        NbshipError: as ``watch_run`` does.
    """
    return watch_run(context, name, connection, version, options)
