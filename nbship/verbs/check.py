"""check: every source, its header and its modules, and what git is about to keep of them.

It reads and rewrites nothing, and needs no jupytext: where people wait for a hook, that counts.
"""

from collections.abc import Collection

from nbship.core.checks.workspace import FOLDER, review
from nbship.diagnostics import Finding
from nbship.edges.git.history import facts_of
from nbship.edges.workspace import sources
from nbship.model.workspace import Context


def check(context: Context, only: Collection[str] | None = None) -> tuple[Finding, ...]:
    """Return what is wrong, in the order of places; with ``only``, what is wrong in these files.

    Raises:
        WorkspaceError: a file cannot be read; git is not installed.
    """
    workspace = context.workspace
    files = sources.read_all(workspace)
    return review(context.catalogue, files, facts_of(workspace.root, FOLDER), only)
