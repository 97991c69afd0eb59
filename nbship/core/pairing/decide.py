"""What a sync has to do: a table over what is there and what has changed since the last one."""

from collections.abc import Hashable
from dataclasses import dataclass
from enum import Enum


class SyncAction(Enum):
    """What brings the two files of a pair in step."""

    NOTHING = "nothing is there"
    FORGET = "both files are gone"
    LEAVE = "the source was deleted, and the notebook says nothing new"
    RECORD = "both say the same"
    CREATE_NOTEBOOK = "there is only the source"
    CREATE_SOURCE = "there is only the notebook"
    UPDATE_NOTEBOOK = "only the source has changed"
    UPDATE_SOURCE = "only the notebook has changed"
    MERGE = "both have changed"


@dataclass(frozen=True, slots=True)
class Side:
    """One state of a pair's content, as far as it is compared: None where it is not there."""

    text: str | None  # of a source
    cells: Hashable | None


_NONE = Side(None, None)


def decide(source: Side, notebook: Side, base: Side = _NONE) -> SyncAction:
    """Decide by content alone; ``base`` is what both sides said when they last agreed.

    A source that has lines of its own that are no cell's, such as blank ones, has changed too.
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
    if notebook.cells is None:
        return SyncAction.NOTHING if base.cells is None else SyncAction.FORGET
    return SyncAction.LEAVE if notebook.cells == base.cells else SyncAction.CREATE_SOURCE
