"""The splicing of changed cells into a source: all other lines of the source stay as they are."""

from collections.abc import Hashable, Iterator, Sequence
from itertools import pairwise

from nbship.core.source.grammar import split_cells
from nbship.model.workspace import Source


def splice(
    old: Source, old_cells: Sequence[Hashable], new: Source, cells: Sequence[Hashable]
) -> str:
    """Return ``new`` with the lines of ``old`` for its header and for each cell that both have.

    So an edit in the notebook changes no other line of the source, whatever its layout. If the
    lines of a text cannot be assigned to its cells, ``new`` is returned unchanged.

    Raises:
        SourceError: a text is ambiguous.
    """
    header, *present = chunks(old)
    _, *made = chunks(new)
    if len(present) != len(old_cells) or len(made) != len(cells):
        return new.text
    existing: dict[Hashable, list[str]] = {}
    for cell, chunk in zip(old_cells, present, strict=True):
        existing.setdefault(cell, []).append(chunk)
    parts = (
        existing[cell].pop(0) if existing.get(cell) else chunk
        for cell, chunk in zip(cells, made, strict=True)
    )
    return header + "".join(part if part.endswith("\n") else f"{part}\n" for part in parts)


def chunks(source: Source) -> Iterator[str]:
    """Yield the lines above the first cell, then the lines of each cell with its marker.

    Raises:
        SourceError: the text is ambiguous.
    """
    lines = source.text.splitlines(keepends=True)
    bounds = [*((span.marker or span.first) - 1 for span in split_cells(source)), len(lines)]
    yield "".join(lines[: bounds[0]])
    for start, end in pairwise(bounds):
        yield "".join(lines[start:end])
