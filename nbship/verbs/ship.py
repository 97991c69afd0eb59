"""ship: push, watch and bring home, upstream kernels first."""

from nbship.core.push import record as records
from nbship.core.workspace.catalogue import entry_of, upstream_chain
from nbship.edges.kaggle.client import Kaggle
from nbship.edges.workspace import journal
from nbship.model.push import PushOptions, Record
from nbship.model.workspace import Context
from nbship.verbs.build import build
from nbship.verbs.push import push
from nbship.verbs.watch import watch


def ship(context: Context, name: str, kaggle: Kaggle, target: str, options: PushOptions) -> Record:
    """Bring one kernel through its whole trip, after those whose outputs it reads.

    An upstream kernel whose latest run there is complete and was made from what stands here
    today is left alone: GPU hours are dear.

    Side effects: those of push and watch.

    Raises:
        SourceError: kernel_sources go round in a circle, or a notebook is wrong.
        NbshipError: whatever push and watch raise.
    """
    for above in upstream_chain(context.catalogue, name):
        if not _is_shipped(context, above, kaggle):
            context.report.notice(f"{name} reads the output of {above}, which goes first")
            _trip(context, above, kaggle, target, options)
    return _trip(context, name, kaggle, target, options)


def _trip(context: Context, name: str, kaggle: Kaggle, target: str, options: PushOptions) -> Record:
    record = push(context, name, kaggle, target, options)
    where = kaggle.server.name
    context.report.step("push", name, f"version {record.version} of {record.kernel} on {where}")
    return watch(context, name, kaggle, target, record.version)


def _is_shipped(context: Context, name: str, kaggle: Kaggle) -> bool:
    kernel = entry_of(context.catalogue, name).kernel or ""
    record = records.latest(
        journal.read(context.workspace), kernel=kernel, server=kaggle.server.key
    )
    return (
        record is not None
        and record.state == "complete"
        and kaggle.status(kernel, record.version) is not None  # not if the kernel was deleted
        and record.digest == build(context, name).artifact.digest
    )
