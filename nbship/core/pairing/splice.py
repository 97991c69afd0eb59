"""Put the cells of a new text into an old one, and leave every other line of that as it stands."""

from collections.abc import Hashable, Iterator, Sequence

from nbship.core.source.grammar import split_cells
from nbship.model.workspace import Source


def splice(
    old: Source, old_cells: Sequence[Hashable], new: Source, cells: Sequence[Hashable]
) -> str:
    """Return ``new`` with the lines of ``old`` for its header and for each cell that both have.

    So a notebook's edit changes no line of a source that it did not touch, however that is laid
    out. Where the cells cannot be told apart in the lines, it is ``new`` as it is.

    Raises:
        SourceError: a text has not one clear reading.
    """
    header, *chunks = _chunks(old)
    _, *made = _chunks(new)
    if len(chunks) != len(old_cells) or len(made) != len(cells):
        return new.text
    there: dict[Hashable, list[str]] = {}
    for cell, chunk in zip(old_cells, chunks, strict=True):
        there.setdefault(cell, []).append(chunk)
    parts = (
        there[cell].pop(0) if there.get(cell) else chunk
        for cell, chunk in zip(cells, made, strict=True)
    )
    return header + "".join(part if part.endswith("\n") else f"{part}\n" for part in parts)


def _chunks(source: Source) -> Iterator[str]:
    """Yield the lines above the first cell, and then those of each cell, the marker first."""
    lines = source.text.splitlines(keepends=True)
    starts = [(span.marker or span.first) - 1 for span in split_cells(source)]
    yield "".join(lines[: starts[0] if starts else len(lines)])
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        yield "".join(lines[start:end])
