"""The update of an .ipynb from its source: cells keep their ids, outputs and attachments."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import count
from typing import Any

from nbship.core.ipynb.cell_ids import WITH_IDS, CellIds
from nbship.core.ipynb.reader import Content
from nbship.core.pairing.notebook_metadata import paired_metadata
from nbship.core.pairing.round_trip import Cells, Text, compared_text
from nbship.core.source.jupytext_api import LAYOUT_METADATA, Options, written_metadata

_MOST_PAIRS = 100_000  # of cells of both sides: above 300 cells each

Cell = Mapping[str, Any]
Key = tuple[str, str]  # a cell's kind and text


@dataclass(frozen=True, slots=True)
class UpdatedNotebook:
    """A notebook after an update, and whether the update drops cells or outputs of the old one."""

    content: Content
    drops_cells: bool
    drops_outputs: bool


def update_notebook(
    source: Text, old: Content, earlier: Content | None, options: Options
) -> UpdatedNotebook:
    """Return the notebook ``old`` with the cells of its source, as jupytext reads them.

    A cell whose text is unchanged keeps its id, outputs and everything else, even if it moved. A
    changed cell in the same place keeps its id and attachments. A cell that only ``earlier`` has,
    such as one of another branch, gets its outputs from there.
    """
    cells = source.cells
    kept, places = _aligned(cells, old["cells"])
    pool = by_key(earlier["cells"]) if earlier else {}
    ids = CellIds(
        name
        for at in {**kept, **places}.values()
        if (name := old["cells"][at].get("id")) is not None
    )
    with_ids = old["nbformat_minor"] >= WITH_IDS
    made = []
    for number, cell in enumerate(cells):
        before = pool.get(key_of(cell), [])
        place = old["cells"][places[number]] if number in places else {}
        if number in kept:
            new = _unchanged(cell, old["cells"][kept[number]], options)
        elif before:
            new = _unchanged(cell, before.pop(0), options)
            new.pop("id", None)
        else:
            new = fresh(cell) | {key: place[key] for key in ("attachments",) if key in place}
        if "id" in place:
            new["id"] = place["id"]
        if with_ids and "id" not in new:
            new["id"] = ids.of(*key_of(cell))
        made.append(new)
    metadata = paired_metadata(old["metadata"], source.metadata, source.extension, options)
    carried = set(kept.values())
    dropped = [cell for at, cell in enumerate(old["cells"]) if at not in carried]
    return UpdatedNotebook(
        {**old, "cells": made, "metadata": metadata},
        drops_cells=any(cell["source"].strip() or cell.get("outputs") for cell in dropped),
        drops_outputs=any(cell.get("outputs") for cell in dropped),
    )


def new_notebook(kernelspec: Mapping[str, Any]) -> Content:
    """Return a notebook without cells, for a source that has no paired notebook yet."""
    return {
        "cells": [],
        "metadata": {"kernelspec": dict(kernelspec)},
        "nbformat": 4,
        "nbformat_minor": WITH_IDS,
    }


def _aligned(cells: Cells, old: Cells) -> tuple[dict[int, int], dict[int, int]]:
    """Return which new cells match which old ones, as indices: unchanged, and changed in place."""
    new_keys, old_keys = [key_of(cell) for cell in cells], [key_of(cell) for cell in old]
    kept: dict[int, int] = {}
    blocks: list[tuple[range, range]] = []
    for operation, old_from, old_to, new_from, new_to in operations(old_keys, new_keys):
        if operation == "equal":
            kept |= zip(range(new_from, new_to), range(old_from, old_to), strict=True)
        elif operation == "replace":
            blocks.append((range(new_from, new_to), range(old_from, old_to)))
    kept |= _moved(new_keys, old_keys, kept)
    carried = set(kept.values())
    places: dict[int, int] = {}
    for news, olds in blocks:
        free = [at for at in olds if at not in carried]
        changed = [at for at in news if at not in kept]
        pairs = zip(changed, free, strict=False)
        places |= {new: was for new, was in pairs if new_keys[new][0] == old_keys[was][0]}
    return kept, places


def operations(old: Sequence[Any], new: Sequence[Any]) -> Sequence[tuple[str, int, int, int, int]]:
    """Return the operations that make one list of the other, as difflib names them.

    difflib's time grows with the pairs of equal cells. In a large notebook, equal cells therefore
    count as different by their number, which is counted from the end in what both lists end with.
    """
    if len(old) * len(new) > _MOST_PAIRS:
        first = _common(old, new)
        last = _common(old[first:][::-1], new[first:][::-1])
        old, new = (_numbered(keys, last) for keys in (old, new))
    return SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes()


def _common(one: Sequence[Any], other: Sequence[Any]) -> int:
    """Return how many keys at the beginning are equal."""
    pairs = zip(one, other, strict=False)
    return next(
        (at for at, (this, that) in enumerate(pairs) if this != that), min(len(one), len(other))
    )


def _numbered(keys: Sequence[Any], last: int) -> list[Any]:
    """Return keys with their number among equal ones, and numbers for the last keys, all different.

    Two lists with the same ``last`` keys get the same numbers for them.
    """
    numbers: dict[Any, Iterator[int]] = defaultdict(count)
    others = keys[: len(keys) - last]
    return [*((key, next(numbers[key])) for key in others), *range(last)]


def _moved(new: list[Key], old: list[Key], kept: Mapping[int, int]) -> Iterator[tuple[int, int]]:
    free: dict[Key, list[int]] = defaultdict(list)
    carried = set(kept.values())
    for at, key in enumerate(old):
        if at not in carried:
            free[key].append(at)
    for at, key in enumerate(new):
        if at not in kept and free[key]:
            yield at, free[key].pop(0)


def by_key(cells: Cells) -> dict[Key, list[Cell]]:
    """Return the cells by kind and text, equal ones in their order."""
    pool: dict[Key, list[Cell]] = defaultdict(list)
    for cell in cells:
        pool[key_of(cell)].append(cell)
    return dict(pool)


def key_of(cell: Cell) -> Key:
    """Return the kind and the text by which a cell is recognized."""
    return cell["cell_type"], compared_text(cell)


def _unchanged(cell: Cell, old: Cell, options: Options) -> dict[str, Any]:
    """Return the old cell with what the source gives it: its metadata and its layout.

    Blank lines at the end of code are layout. With those of the old cell and those of the source,
    JupyterLab would not open the notebook.
    """
    shown = LAYOUT_METADATA.union(written_metadata(old["metadata"], options))
    hidden = {key: value for key, value in old["metadata"].items() if key not in shown}
    return {**old, "metadata": hidden | cell["metadata"], "source": cell["source"]}


def fresh(cell: Cell) -> dict[str, Any]:
    """Return a cell of percent text as a cell of an .ipynb that has not run."""
    new = {
        "cell_type": cell["cell_type"],
        "metadata": dict(cell["metadata"]),
        "source": cell["source"],
    }
    return new | ({"execution_count": None, "outputs": []} if new["cell_type"] == "code" else {})
