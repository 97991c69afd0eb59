"""The rename of a pair: the notebook follows its source, with its outputs.

Side effects: renames files of a pair, and writes the state of a sync.
"""

import contextlib
from collections.abc import Iterable

from nbship.core.pairing.renames import renames
from nbship.edges.storage import locks
from nbship.edges.workspace import pairs
from nbship.edges.workspace.pairs import Pair
from nbship.errors import NbshipError
from nbship.model.workspace import Context, Workspace


def follow_rename(context: Context, name: str) -> str:
    """Give the notebook of a renamed source the new name; return what was done, or "".

    ``name`` is the old or the new name of a pair. A pair is renamed if its source is gone, its
    notebook is there, and a source without a notebook and without an earlier sync has most of its
    lines. Other pairs are read only if there is such a pair and such a source.

    Raises:
        WorkspaceError: a file cannot be read or renamed, or another sync works on the pair.
    """
    workspace = context.workspace
    if not _may_be_renamed(workspace, name):
        return ""
    old_names, new_names = pairs.one_sided_names(workspace, context.catalogue)
    if not (old_names and new_names):
        return ""
    old, new = (_readable(workspace, names) for names in (old_names, new_names))
    gone = {n: p.last.text for n, p in old.items() if p.last and p.notebook and not p.source}
    texts = {n: (p.source or b"").decode(errors="replace") for n, p in new.items()}
    found = renames(gone, texts)
    before = name if name in found else next((o for o, n in found.items() if n == name), None)
    if before is None:
        return ""
    layout, target = workspace.layout, found[before]
    first, second = (workspace.path(layout.lock("sync", n)) for n in sorted((before, target)))
    with locks.locked(first), locks.locked(second):
        pairs.carry(workspace, old[before], target)
    moved = f"{layout.notebook(before)} is renamed to {layout.notebook(target)}, as its source was"
    context.report.notice(moved)
    return moved if name == before else ""


def _may_be_renamed(workspace: Workspace, name: str) -> bool:
    """Return whether a pair has lost its source, or has only a source and was never synced."""
    pair = pairs.read(workspace, name)
    if pair.source is None:
        return pair.notebook is not None and pair.last is not None
    return pair.notebook is None and pair.last is None


def _readable(workspace: Workspace, names: Iterable[str]) -> dict[str, Pair]:
    """Return the pairs of these names; one that cannot be read is left to its own sync."""
    found: dict[str, Pair] = {}
    for name in names:
        with contextlib.suppress(NbshipError):
            found[name] = pairs.read(workspace, name)
    return found
