"""``check``: finds mistakes in the sources, their headers, their modules and git's index.

It changes nothing, and imports no jupytext: it must be fast enough for a pre-commit hook.
"""

import os
from collections.abc import Collection
from functools import cache, partial

from nbship.core.artifact.collected import Collected
from nbship.core.checks.facts import Disk
from nbship.core.checks.workspace import Review, review
from nbship.edges.git.history import facts_of
from nbship.edges.workspace import sources
from nbship.errors import WorkspaceError
from nbship.model.git import GitFacts
from nbship.model.workspace import Context, Workspace


def check(context: Context, only: Collection[str] | None = None) -> Review:
    """Look for mistakes in all files; with ``only``, in these files and folders."""
    workspace = context.workspace
    files, unreadable = sources.read_all(workspace)
    disk = Disk(
        sources.links(workspace),
        cache(lambda pattern: _collect(workspace, pattern)),
        cache(partial(_is_file, workspace)),
        unreadable,
    )
    try:
        git = facts_of(workspace.root, workspace.layout.sources)
    except WorkspaceError as error:
        git = GitFacts(refusal=error.message, way_out=error.hint)
    return review(context.catalogue, files, git, only, disk, layout=workspace.layout)


def _collect(workspace: Workspace, pattern: str) -> Collected:
    from nbship.edges.workspace import bundled  # few notebooks bundle files

    return bundled.collect(workspace, pattern)


def _is_file(workspace: Workspace, path: str) -> bool:
    """Return whether there is a file at a path that code or Markdown names, however odd it is."""
    return os.path.isfile(workspace.path(path))  # noqa: PTH113 - Path.is_file takes no long name
