"""``push``: sends a notebook to a target as a new version, under guards."""

from nbship.model.push import PushOptions
from nbship.model.workspace import Context
from nbship.verbs.operations.push_version import push_version
from nbship.verbs.operations.run import Connection, Run


def push(context: Context, name: str, connection: Connection, options: PushOptions) -> Run:
    """Push a notebook, and report how to follow its run.

    Side effects: builds; may rehearse; makes a version on the server; writes the journal.

    Raises:
        NbshipError: as ``push_version`` does.
    """
    run = push_version(context, name, connection, options)
    next_step = "saved, not run" if options.no_run else f"follow it with: {run.command('watch')}"
    context.report.more(next_step)
    return run
