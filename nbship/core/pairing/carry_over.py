"""The .ipynb that follows its source: each cell keeps what it can of what it was before."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from nbship.core.pairing.ipynb import Content
from nbship.core.pairing.round_trip import Cells, compared_text
from nbship.core.source.jupytext_api import (
    LAYOUT_METADATA,
    Options,
    default_options,
    written_metadata,
)

_ID_LENGTH = 12
_WITH_IDS = 5  # the minor version of nbformat 4 that gave cells an id
# Of these, jupytext's own, a paired notebook must not say anything: the workspace does.
_NOT_THE_NOTEBOOKS = ("formats", "text_representation")

_Cell = Mapping[str, Any]
_Key = tuple[str, str]  # a cell's kind and text


@dataclass(frozen=True, slots=True)
class UpdatedNotebook:
    """A notebook brought in step, and whether it lacks cells, or outputs, that the old one had."""

    content: Content
    drops_cells: bool
    drops_outputs: bool


def update_notebook(
    cells: Cells, old: Content, earlier: Content | None, options: Options
) -> UpdatedNotebook:
    """Give a notebook the cells of its source.

    A cell whose text is unchanged keeps its id, outputs and the rest, also where it was moved; a
    changed one in the same place keeps its id and attachments. What ``earlier`` says of a cell
    that ``old`` has not, it gets from there: so outputs come back with a branch.
    """
    kept, places = _aligned(cells, old["cells"])
    pool = _pool(earlier["cells"]) if earlier else {}
    ids = _Ids(old["cells"][at].get("id") for at in {**kept, **places}.values())
    with_ids = old["nbformat_minor"] >= _WITH_IDS
    made = []
    for number, cell in enumerate(cells):
        before = pool.get(_key(cell), [])
        place = old["cells"][places[number]] if number in places else {}
        if number in kept:
            new = _unchanged(cell, old["cells"][kept[number]], options)
        elif before:
            new = _unchanged(cell, before.pop(0), options)
            new.pop("id", None)
        else:
            new = _fresh(cell) | {key: place[key] for key in ("attachments",) if key in place}
        if "id" in place:
            new["id"] = place["id"]
        if with_ids and "id" not in new:
            new["id"] = ids.of(cell)
        made.append(new)
    metadata = _paired_metadata(old["metadata"], options)
    carried = set(kept.values())
    gone = [cell for at, cell in enumerate(old["cells"]) if at not in carried]
    return UpdatedNotebook(
        {**old, "cells": made, "metadata": metadata},
        drops_cells=any(cell["source"].strip() or cell.get("outputs") for cell in gone),
        drops_outputs=any(cell.get("outputs") for cell in gone),
    )


def new_notebook(kernelspec: Mapping[str, Any]) -> Content:
    """Return a notebook without cells, to follow a source that has none yet."""
    return {
        "cells": [],
        "metadata": {"kernelspec": dict(kernelspec)},
        "nbformat": 4,
        "nbformat_minor": _WITH_IDS,
    }


def _aligned(cells: Cells, old: Cells) -> tuple[dict[int, int], dict[int, int]]:
    """Return which new cell is which old one: with the text unchanged, and changed in its place."""
    new_keys, old_keys = [_key(cell) for cell in cells], [_key(cell) for cell in old]
    kept: dict[int, int] = {}
    blocks: list[tuple[range, range]] = []
    matcher = SequenceMatcher(a=old_keys, b=new_keys, autojunk=False)
    for what, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if what == "equal":
            kept |= zip(range(new_from, new_to), range(old_from, old_to), strict=True)
        elif what == "replace":
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


def _moved(new: list[_Key], old: list[_Key], kept: Mapping[int, int]) -> Iterator[tuple[int, int]]:
    free: dict[_Key, list[int]] = defaultdict(list)
    carried = set(kept.values())
    for at, key in enumerate(old):
        if at not in carried:
            free[key].append(at)
    for at, key in enumerate(new):
        if at not in kept and free[key]:
            yield at, free[key].pop(0)


def _pool(cells: Cells) -> dict[_Key, list[_Cell]]:
    pool: dict[_Key, list[_Cell]] = defaultdict(list)
    for cell in cells:
        pool[_key(cell)].append(cell)
    return dict(pool)


def _key(cell: _Cell) -> _Key:
    return cell["cell_type"], compared_text(cell)


def _unchanged(cell: _Cell, old: _Cell, options: Options) -> dict[str, Any]:
    """Take everything from the old cell, and from the source what the source says of it."""
    hidden = {
        key: value
        for key, value in old["metadata"].items()
        if key not in LAYOUT_METADATA and key not in written_metadata(old["metadata"], options)
    }
    return {**old, "metadata": hidden | cell["metadata"]}


def _fresh(cell: _Cell) -> dict[str, Any]:
    new = {
        "cell_type": cell["cell_type"],
        "metadata": dict(cell["metadata"]),
        "source": cell["source"],
    }
    return new | ({"execution_count": None, "outputs": []} if new["cell_type"] == "code" else {})


def _paired_metadata(metadata: Mapping[str, Any], options: Options) -> dict[str, Any]:
    """Return the notebook's metadata with jupytext's notes as it would make them on opening."""
    noted = metadata.get("jupytext", {})
    mine = {key: value for key, value in noted.items() if key not in _NOT_THE_NOTEBOOKS}
    mine = default_options(options) | mine
    others = {key: value for key, value in metadata.items() if key != "jupytext"}
    return others | ({"jupytext": mine} if mine else {})


class _Ids:
    """Ids for new cells: from their content, and none that is there already."""

    def __init__(self, taken: Iterable[Any]) -> None:
        self._taken = set(taken)
        self._seen: Counter[str] = Counter()

    def of(self, cell: _Cell) -> str:
        text = json.dumps(_key(cell))
        while True:
            self._seen[text] += 1
            digest = hashlib.sha256(f"{self._seen[text]}{text}".encode()).hexdigest()
            if digest[:_ID_LENGTH] not in self._taken:
                self._taken.add(digest[:_ID_LENGTH])
                return digest[:_ID_LENGTH]
