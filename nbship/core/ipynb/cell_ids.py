"""Ids of cells: made from content, so that the same notebook always gets the same ones.

The rules: https://nbformat.readthedocs.io/en/latest/format_description.html#cell-ids
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

WITH_IDS = 5  # the minor version of nbformat 4 from which each cell has an id
_LENGTH = 12  # characters; the format allows 1 to 64
_VALID = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def is_cell_id(value: Any) -> bool:
    """Return whether the format accepts a value as the id of a cell."""
    return isinstance(value, str) and _VALID.fullmatch(value) is not None


class CellIds:
    """Ids for cells that have none; each one differs from all ids in use."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)
        self._counts: Counter[str] = Counter()

    def of(self, kind: str, text: str) -> str:
        """Return an id made from a cell's content; a number makes the ids of equal cells differ."""
        content = f"{kind}\n{text}".encode(errors="surrogatepass")
        digest = hashlib.sha256(content).hexdigest()[:_LENGTH]
        while True:
            self._counts[digest] += 1
            number = self._counts[digest]
            made = digest if number == 1 else f"{digest}-{number}"
            if made not in self._taken:
                self._taken.add(made)
                return made


def with_ids(cells: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the cells, each with a valid id that no other cell has.

    Of several cells with one id, the first keeps it.
    """
    listed = list(cells)
    ids = CellIds(cell["id"] for cell in listed if is_cell_id(cell.get("id")))
    seen: set[str] = set()
    for cell in listed:
        name = cell.get("id")
        if not is_cell_id(name) or name in seen:
            name = ids.of(str(cell.get("cell_type")), str(cell["source"]))
        seen.add(str(name))
        yield {**cell, "id": name}
