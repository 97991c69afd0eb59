"""``ship``: pushes and watches a notebook, upstream kernels first."""

import json

from nbship.core.metadata.kernel_metadata import FILE_NAME
from nbship.core.push import record as records
from nbship.core.push.digests import push_digest
from nbship.core.workspace.catalogue import entry_of, upstream_chain
from nbship.edges.workspace import journal
from nbship.model.push import PushOptions, Record
from nbship.model.workspace import Context
from nbship.verbs.operations.push.gather import built_for
from nbship.verbs.operations.push.push_version import push_version
from nbship.verbs.operations.run import Connection, Run, kernel_of
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
    pushed = push_version(context, name, connection, options)
    record = pushed.run.record
    is_done = not pushed.is_new and record.state == "complete"
    if is_done and record.folder and context.workspace.path(record.folder).is_dir():
        context.report.more(f"its outputs are in {record.folder}")
        return pushed.run
    return watch_run(context, name, connection, pushed.run.version)


def _is_shipped(context: Context, name: str, connection: Connection) -> bool:
    kernel = kernel_of(context, connection, entry_of(context.catalogue, name).kernel or "")
    pushes = journal.read(context.workspace)
    record = records.latest(pushes, kernel=kernel, server=connection.remote.key)
    return (
        record is not None
        and record.state == "complete"
        and connection.remote.status(kernel, record.version) is not None  # it may have been deleted
        and _is_same(context, name, connection, record)
    )


def _is_same(context: Context, name: str, connection: Connection, record: Record) -> bool:
    """Return whether a push of a kernel would send what was sent."""
    artifact = built_for(context, connection, name)[0].artifact
    if not record.sent:  # an older record
        return record.digest == artifact.digest
    return record.sent == push_digest(artifact.text, json.loads(artifact.files[FILE_NAME]))
