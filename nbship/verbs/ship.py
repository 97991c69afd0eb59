"""``ship``: pushes and watches a notebook, upstream kernels first."""

from nbship.core.push import record as records
from nbship.core.workspace.catalogue import entry_of, upstream_chain
from nbship.edges.workspace import journal
from nbship.model.push import PushOptions
from nbship.model.workspace import Context
from nbship.verbs.operations.build_artifact import build_artifact
from nbship.verbs.operations.push_version import push_version
from nbship.verbs.operations.run import Connection, Run
from nbship.verbs.operations.watch_run import watch_run


def ship(context: Context, name: str, connection: Connection, options: PushOptions) -> Run:
    """Push a kernel and watch its run, after the kernels whose outputs it reads.

    An upstream kernel is skipped if its latest run is complete and was made from the sources as
    they are now, because GPU hours are limited.

    Side effects: those of push and watch.

    Raises:
        SourceError: kernel_sources form a circle, or a notebook is wrong.
        NbshipError: as push and watch do.
    """
    for upstream in upstream_chain(context.catalogue, name):
        if not _is_shipped(context, upstream, connection):
            context.report.notice(f"{name} reads the outputs of {upstream}, which is shipped first")
            _push_and_watch(context, upstream, connection, options)
    return _push_and_watch(context, name, connection, options)


def _push_and_watch(
    context: Context, name: str, connection: Connection, options: PushOptions
) -> Run:
    run = push_version(context, name, connection, options)
    return watch_run(context, name, connection, run.version)


def _is_shipped(context: Context, name: str, connection: Connection) -> bool:
    kernel = entry_of(context.catalogue, name).kernel or ""
    pushes = journal.read(context.workspace)
    record = records.latest(pushes, kernel=kernel, server=connection.remote.key)
    return (
        record is not None
        and record.state == "complete"
        and connection.remote.status(kernel, record.version) is not None  # it may have been deleted
        and record.digest == build_artifact(context, name).artifact.digest
    )
