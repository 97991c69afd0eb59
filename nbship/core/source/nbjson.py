"""The JSON of an .ipynb: its cells, their text and a digest of them."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def cells_of(text: str) -> list[Mapping[str, Any]]:
    """Return the cells of an .ipynb's text, or an empty list if the text is not a notebook."""
    return _listed(text) or []


def cells_digest(text: str) -> str:
    """Return the SHA-256 of the kinds and texts of an .ipynb's cells, in hex.

    It does not depend on outputs, metadata and the layout of the JSON. For a script, it is the
    digest of its lines.
    """
    cells = _listed(text)
    if cells is None:
        content: list[Any] = text.replace("\r\n", "\n").rstrip("\n").split("\n")
    else:
        content = [[cell.get("cell_type"), text_of(cell)] for cell in cells]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def text_of(cell: Mapping[str, Any]) -> str:
    """Return a cell's source, which the format allows as a string or as a list of strings."""
    source = cell.get("source", "")
    return "".join(map(str, source)) if isinstance(source, list) else str(source)


def _listed(text: str) -> list[Mapping[str, Any]] | None:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    cells = content.get("cells") if isinstance(content, dict) else None
    return [cell for cell in cells if isinstance(cell, dict)] if isinstance(cells, list) else None
