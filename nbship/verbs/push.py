"""``push``: sends a notebook to a target as a new version, under guards."""

from nbship.core.push.saved_plan import SavedPlan
from nbship.model.push import PushOptions
from nbship.model.workspace import Context
from nbship.verbs.operations.push.push_version import push_version
from nbship.verbs.operations.run import Connection, Run


def push(
    context: Context,
    name: str,
    connection: Connection,
    options: PushOptions,
    saved: SavedPlan | None = None,
) -> Run:
    """Push a notebook, and report how to follow its run.

    Side effects: builds; may rehearse; makes a version on the server; writes the journal.

    Raises:
        NbshipError: as ``push_version`` does.
    """
    pushed = push_version(context, name, connection, options, saved)
    run = pushed.run
    if not pushed.is_new:
        context.report.more(f"to run it once more: {run.command('push')} --again")
    elif options.no_run:
        context.report.more("saved, not run")
    else:
        context.report.more(f"follow it with: {run.command('watch')}")
    return run
