"""The rename of a pair: the notebook follows its source, with its outputs.

Side effects: renames files of a pair, and writes the state of a sync.
"""

from nbship.core.pairing.renames import renames
from nbship.edges.storage import locks
from nbship.edges.workspace import pairs
from nbship.model.workspace import Context, Workspace


def follow_rename(context: Context, name: str) -> str:
    """Give the notebook of a renamed source the new name; return what was done, or "".

    ``name`` is the old or the new name of a pair. A pair is renamed if its source is gone, its
    notebook is there, and a source without a notebook and without an earlier sync has most of its
    lines.

    Raises:
        WorkspaceError: a file cannot be read or renamed, or another sync works on the pair.
    """
    workspace = context.workspace
    if not _may_be_renamed(workspace, name):
        return ""
    every = {each: pairs.read(workspace, each) for each in pairs.pair_names(
        workspace, context.catalogue
    )}  # fmt: skip
    gone = {n: p.last.text for n, p in every.items() if p.last and p.notebook and not p.source}
    new = {n: (p.source or b"").decode(errors="replace") for n, p in every.items()
           if p.last is None and p.notebook is None}  # fmt: skip
    found = renames(gone, new)
    old = name if name in found else next((o for o, n in found.items() if n == name), None)
    if old is None:
        return ""
    layout, target = workspace.layout, found[old]
    first, second = (workspace.path(layout.lock("sync", each)) for each in sorted((old, target)))
    with locks.locked(first), locks.locked(second):
        pairs.carry(workspace, every[old], target)
    moved = f"{layout.notebook(old)} is renamed to {layout.notebook(target)}, as its source was"
    context.report.notice(moved)
    return moved if name == old else ""


def _may_be_renamed(workspace: Workspace, name: str) -> bool:
    """Return whether a pair has lost its source, or has only a source and was never synced."""
    pair = pairs.read(workspace, name)
    if pair.source is None:
        return pair.notebook is not None and pair.last is not None
    return pair.notebook is None and pair.last is None
