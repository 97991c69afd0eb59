"""The merge of two versions of an .ipynb as percent text; the caller lets git merge the texts.

Where both versions changed the same lines, the cell contains git's conflict markers: the file stays
a notebook that every program opens. The format: https://git-scm.com/docs/git-merge-file
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from nbship.core.pairing.round_trip import SHIPPED_OPTIONS, Cells, compared_text, essences
from nbship.core.source.jupytext_api import LAYOUT_METADATA, parse_percent, render_percent

_EXTENSIONS = {"r": ".R"}  # by language; of all others, the text is only used for the merge

_Content = Mapping[str, Any]  # an .ipynb's JSON, with every text as one string
_Cell = Mapping[str, Any]
_Key = tuple[str, str]  # a cell's kind and text


def merge_text(content: _Content) -> str:
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


def merged_notebook(text: str, ours: _Content, base: _Content | None, theirs: _Content) -> _Content:
    """Return the notebook with the cells of the merged text.

    A cell keeps its id, outputs and attachments from the version that has it, ours before theirs.
    The same holds for each key of the notebook's metadata that both versions changed.

    Raises:
        ValueError: jupytext cannot read the text.
    """
    cells = parse_percent(text, _extension(ours), SHIPPED_OPTIONS).cells
    earlier = base["metadata"] if base else {}
    return {
        **ours,
        "cells": list(_with_ids(_carried(cells, ours["cells"], theirs["cells"]))),
        "metadata": _merged(earlier, ours["metadata"], theirs["metadata"]),
    }


def _carried(cells: Cells, ours: Cells, theirs: Cells) -> Iterator[dict[str, Any]]:
    """Yield each merged cell, with all that the version with the same text has of it."""
    pools = [_by_key(version) for version in (ours, theirs)]
    used = {_key(cell) for cell in cells}
    # A cell that both versions changed takes the place of one of ours.
    places = iter([cell for cell in ours if _key(cell) not in used])
    for cell in cells:
        same = next((pool[_key(cell)] for pool in pools if pool[_key(cell)]), None)
        new = {key: value for key, value in cell.items() if key in {"cell_type", "source"}}
        metadata = {k: v for k, v in cell["metadata"].items() if k not in LAYOUT_METADATA}
        if same:
            old = same.pop(0)
            yield {**old, "metadata": {**old["metadata"], **metadata}}
            continue
        place = next((old for old in places if old["cell_type"] == cell["cell_type"]), {})
        kept = {key: place[key] for key in ("id", "attachments") if key in place}
        made = {**new, **kept, "metadata": metadata}
        is_code = cell["cell_type"] == "code"
        yield {"execution_count": None, "outputs": [], **made} if is_code else made


def _with_ids(cells: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the cells with different ids; one that has none keeps none, if no cell has one."""
    made = list(cells)
    has_ids = any("id" in cell for cell in made)
    taken = {cell["id"] for cell in made if "id" in cell}
    seen: set[str] = set()
    for number, cell in enumerate(made):
        name = cell.get("id")
        if has_ids and (name is None or name in seen):
            name = next(f"merged-{n}" for n in range(number, number + len(taken) + 1)
                        if f"merged-{n}" not in taken)  # fmt: skip
            taken.add(name)
        if name is not None:
            seen.add(name)
        yield {**cell, "id": name} if has_ids else cell


def _by_key(cells: Cells) -> defaultdict[_Key, list[_Cell]]:
    pool: defaultdict[_Key, list[_Cell]] = defaultdict(list)
    for cell in cells:
        pool[_key(cell)].append(cell)
    return pool


def _key(cell: _Cell) -> _Key:
    return cell["cell_type"], compared_text(cell)


def _merged(
    base: Mapping[str, Any], ours: Mapping[str, Any], theirs: Mapping[str, Any]
) -> dict[str, Any]:
    sides = {key: theirs if ours.get(key) == base.get(key) else ours for key in {**ours, **theirs}}
    return {key: side[key] for key, side in sides.items() if key in side}


def _extension(content: _Content) -> str:
    metadata = content["metadata"]
    names = (
        metadata.get("kernelspec", {}).get("language"),
        metadata.get("language_info", {}).get("name"),
    )
    language = next((name for name in names if isinstance(name, str) and name), "")
    return _EXTENSIONS.get(language.lower(), ".py")
