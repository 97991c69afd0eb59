"""The proof of an adoption: how the built notebook differs from the old one, in words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from nbship.core.pairing.round_trip import compared_text
from nbship.model.jupytext_options import VOLATILE_METADATA

_PARTS = ("kind", "text", "metadata", "picture")
Cell = Mapping[str, Any]  # of an .ipynb


def unequal_cells(built: Iterable[Cell], old: Iterable[Cell]) -> Iterator[str]:
    """Yield how the cells of an artifact that are from its source differ from a notebook's."""
    new, before = list(built), list(old)
    if len(new) != len(before):
        yield f"{len(new)} cells instead of {len(before)}"
        return
    for number, pair in enumerate(zip(new, before, strict=True), 1):
        one, other = map(_facts, pair)
        for part in range(len(_PARTS)):
            if one[part] != other[part]:
                yield f"the {_PARTS[part]} of cell {number} differs"


def unequal_lines(built: str, old: str) -> Iterator[str]:
    """Yield the first line of an old script that the built one lacks; it may have more lines."""
    left = iter(built.split("\n"))
    missing = next((line for line in old.split("\n") if line.strip() and line not in left), None)
    if missing is not None:
        yield f"the line {missing.strip()!r} is missing"


def unequal_keys(built: Mapping[str, Any], taken: Mapping[str, Any]) -> Iterator[str]:
    """Yield the keys whose value in a built kernel-metadata.json is not the one taken over."""
    for key, value in taken.items():
        if built.get(key) != value:
            yield f"{key} is {built.get(key)!r}, and was {value!r}"


def _facts(cell: Cell) -> Sequence[Any]:
    """Return what must be equal in the old cell and in the built one."""
    text = cell["source"]
    joined = {**cell, "source": text if isinstance(text, str) else "".join(text)}
    shown = {
        name: picture
        for name, picture in (cell.get("attachments") or {}).items()
        if f"attachment:{name}" in joined["source"]
    }
    kept = {key: value for key, value in cell["metadata"].items() if key not in VOLATILE_METADATA}
    return cell["cell_type"], compared_text(joined), kept, shown
