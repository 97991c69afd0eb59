"""The texts of a cell, which its file has as lists of lines: one walk, to join and to split them.

nbformat's own functions change the notebook in place, expect a valid one, and take long to import.
"""

from collections.abc import Callable, Mapping
from typing import Any

Change = Callable[[Any], Any]


def with_texts(cell: Mapping[str, Any], text: Change, bundle: Change, output: Change) -> Any:
    """Return a cell with its source, its MIME bundles of attachments and its outputs changed.

    What has not the shape that the format demands stays as it is.
    """
    changed = dict(cell)
    if "source" in cell:
        changed["source"] = text(cell["source"])
    attachments, outputs = cell.get("attachments"), cell.get("outputs")
    if isinstance(attachments, dict):
        changed["attachments"] = {name: bundle(each) for name, each in attachments.items()}
    if isinstance(outputs, list):
        changed["outputs"] = [output(each) if isinstance(each, dict) else each for each in outputs]
    return changed
