"""The JSON of an .ipynb: its cells, their text and a digest over them."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def cells_of(text: str) -> list[Mapping[str, Any]]:
    """Return the cells of an .ipynb's text, an empty list where it is not one."""
    return _listed(text) or []


def cells_digest(text: str) -> str:
    """Return a digest of an .ipynb's cells alone: the same however they were written and run.

    Of what is no notebook but a script, it is that of its lines.
    """
    cells = _listed(text)
    if cells is None:
        essence: list[Any] = text.replace("\r\n", "\n").rstrip("\n").split("\n")
    else:
        essence = [[cell.get("cell_type"), text_of(cell)] for cell in cells]
    return hashlib.sha256(json.dumps(essence).encode()).hexdigest()


def text_of(cell: Mapping[str, Any]) -> str:
    """Return a cell's source, which the format allows as a string or as a list of them."""
    source = cell.get("source", "")
    return "".join(map(str, source)) if isinstance(source, list) else str(source)


def _listed(text: str) -> list[Mapping[str, Any]] | None:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    cells = content.get("cells") if isinstance(content, dict) else None
    return [cell for cell in cells if isinstance(cell, dict)] if isinstance(cells, list) else None
