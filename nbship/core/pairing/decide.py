"""The decision of a sync: a table over which files exist and which changed since the last sync."""

from collections.abc import Hashable
from dataclasses import dataclass
from enum import Enum


class SyncAction(Enum):
    """What a sync has to do; the value says in which case."""

    NOTHING = "neither file exists, and no sync is recorded"
    FORGET = "both files were deleted"
    WAIT = "the notebook has no cells yet, and there is no source"
    LEAVE = "the source was deleted, and the notebook has not changed"
    RECORD = "both have the same cells"
    CREATE_NOTEBOOK = "only the source exists"
    CREATE_SOURCE = "only the notebook exists"
    UPDATE_NOTEBOOK = "only the source has changed"
    UPDATE_SOURCE = "only the notebook has changed"
    MERGE = "both have changed"


@dataclass(frozen=True, slots=True)
class Side:
    """The content of one file of a pair, or of the base; all None if it does not exist.

    A notebook without cells has no ``cells``, but it has a ``text``.
    """

    text: str | None  # of the source or the base; that of a notebook is empty
    cells: Hashable | None


_NONE = Side(None, None)


def decide(source: Side, notebook: Side, base: Side = _NONE) -> SyncAction:
    """Return what to do, by content alone; ``base`` is the content on which both last agreed.

    A source counts as changed also if only lines outside its cells changed, such as blank ones.
    """
    if source.cells is None or notebook.cells is None:
        return _one_sided(source, notebook, base)
    if source.cells == notebook.cells:
        return SyncAction.RECORD
    if base.cells is None:
        return SyncAction.MERGE
    if source.text == base.text:
        return SyncAction.UPDATE_SOURCE
    return SyncAction.UPDATE_NOTEBOOK if notebook.cells == base.cells else SyncAction.MERGE


def _one_sided(source: Side, notebook: Side, base: Side) -> SyncAction:
    if source.cells is not None:
        return SyncAction.CREATE_NOTEBOOK
    if notebook.cells is None and notebook.text is not None:
        return SyncAction.WAIT
    if notebook.cells is None:
        return SyncAction.NOTHING if base.cells is None else SyncAction.FORGET
    return SyncAction.LEAVE if notebook.cells == base.cells else SyncAction.CREATE_SOURCE
