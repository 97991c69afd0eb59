"""``check``: says what is wrong in the sources, their headers, their modules and git's index.

It changes nothing. It does not import jupytext, because people wait for it in a pre-commit hook.
"""

from collections.abc import Collection

from nbship.core.checks.workspace import review
from nbship.diagnostics import Diagnostic
from nbship.edges.git.history import facts_of
from nbship.edges.workspace import sources
from nbship.model.workspace import Context


def check(context: Context, only: Collection[str] | None = None) -> tuple[Diagnostic, ...]:
    """Return what is wrong, in the order of places; with ``only``, what is wrong in these files.

    Raises:
        WorkspaceError: a file cannot be read; git is not installed.
    """
    workspace = context.workspace
    files = sources.read_all(workspace)
    return review(
        context.catalogue, files, facts_of(workspace.root, workspace.layout.sources), only
    )
