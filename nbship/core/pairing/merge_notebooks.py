"""The merge of two versions of an .ipynb as percent text; the caller lets git merge the texts.

Where both versions changed the same lines, the cell contains git's conflict markers: the file stays
a notebook that every program opens. The format: https://git-scm.com/docs/git-merge-file
"""

from collections.abc import Iterator, Mapping
from typing import Any

from nbship.core.ipynb.cell_ids import WITH_IDS, with_ids
from nbship.core.ipynb.reader import Content
from nbship.core.pairing.carry_over import by_key, fresh, key_of
from nbship.core.pairing.notebook_language import known_suffix
from nbship.core.pairing.round_trip import SHIPPED_OPTIONS, Cells, essences
from nbship.core.source.jupytext_api import (
    LAYOUT_METADATA,
    parse_percent,
    render_percent,
    written_metadata,
)
from nbship.core.source.language import PYTHON


def merge_text(content: Content) -> str:
    """Return a notebook as the text that git merges.

    Raises:
        ValueError: a cell cannot be written as percent text.
    """
    extension, cells = _extension(content), content["cells"]
    text = render_percent(cells, {}, extension, SHIPPED_OPTIONS)
    read = parse_percent(text, extension, SHIPPED_OPTIONS).cells
    if essences(read, SHIPPED_OPTIONS) != essences(cells, SHIPPED_OPTIONS):
        raise ValueError("a cell cannot be written as percent text")
    return text


def merged_notebook(text: str, ours: Content, base: Content | None, theirs: Content) -> Content:
    """Return the notebook with the cells of the merged text.

    A cell keeps its id, outputs and attachments from the version that has it, ours before theirs.
    The same holds for each key of the notebook's metadata that both versions changed.

    Raises:
        ValueError: jupytext cannot read the text.
    """
    read = parse_percent(text, _extension(ours), SHIPPED_OPTIONS).cells
    cells = list(_carried(read, ours["cells"], theirs["cells"]))
    minor = max(ours["nbformat_minor"], theirs["nbformat_minor"])
    earlier = base["metadata"] if base else {}
    return {
        **ours,
        "cells": list(with_ids(cells)) if minor >= WITH_IDS else cells,
        "metadata": _merged(earlier, ours["metadata"], theirs["metadata"]),
        "nbformat_minor": minor,
    }


def _carried(cells: Cells, ours: Cells, theirs: Cells) -> Iterator[dict[str, Any]]:
    """Yield each merged cell, with all that the version with the same text has of it."""
    pools = [by_key(version) for version in (ours, theirs)]
    used = {key_of(cell) for cell in cells}
    # A cell that both versions changed takes the place of one of ours.
    places = iter([cell for cell in ours if key_of(cell) not in used])
    for parsed in cells:
        metadata = {k: v for k, v in parsed["metadata"].items() if k not in LAYOUT_METADATA}
        cell = {**parsed, "metadata": metadata}
        same = next((pool[key_of(cell)] for pool in pools if pool.get(key_of(cell))), None)
        if same:
            yield _with_metadata(same.pop(0), metadata)
            continue
        place = next((old for old in places if old["cell_type"] == cell["cell_type"]), {})
        yield fresh(cell) | {key: place[key] for key in ("id", "attachments") if key in place}


def _with_metadata(old: Mapping[str, Any], metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return a cell with the metadata of the merged text; those that no text has are kept."""
    written = written_metadata(old["metadata"], SHIPPED_OPTIONS)
    kept = {key: value for key, value in old["metadata"].items() if key not in written}
    return {**old, "metadata": {**kept, **metadata}}


def _merged(
    base: Mapping[str, Any], ours: Mapping[str, Any], theirs: Mapping[str, Any]
) -> dict[str, Any]:
    sides = {key: theirs if ours.get(key) == base.get(key) else ours for key in {**ours, **theirs}}
    return {key: side[key] for key, side in sides.items() if key in side}


def _extension(content: Content) -> str:
    """Return the extension of the text; for a language that no source has, any will do."""
    return known_suffix(content) or PYTHON.suffix
