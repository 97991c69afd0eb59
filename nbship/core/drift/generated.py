"""What the build has put into a version beside the source: it never gets into a source.

A cell of the build has a tag. Without it, or divided into several, it is recognized by the text
that was pushed.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbship.core.artifact.bundle import BUNDLE_TAG
from nbship.core.artifact.cells import MODULE_TAG
from nbship.core.artifact.session import SESSION_TAG
from nbship.core.pairing.round_trip import Cells

BUILD_TAGS = frozenset({BUNDLE_TAG, MODULE_TAG, SESSION_TAG})  # of the cells of the build
_BLOCK = "# /// script"
_LAST = {BUNDLE_TAG: "del _bundle", SESSION_TAG: "del _session"}  # lines of what is in a script
# The generated code of a script, as core/artifact/script inserts it, with the blank line below.
_IN_SCRIPT = re.compile(
    "|".join(rf'^# %% tags=\["{tag}"\]\n.*?^{last}\n\n?' for tag, last in _LAST.items()),
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class OwnCells:
    """The cells of a version that are from the source, and their numbers in it, from 1.

    ``generated`` are the texts of the build's cells, by number, 0 for the bundle of a script.
    ``header`` is the text of the header cell, which a script has, and a notebook that was uploaded
    by hand.
    """

    cells: Cells
    numbers: tuple[int, ...]
    generated: tuple[tuple[int, str], ...] = ()
    header: str = ""


@dataclass(frozen=True, slots=True)
class OwnText:
    """The text of a script without what the build has inserted, and what that is."""

    text: str
    generated: str


def own_cells(cells: Cells, pushed: Sequence[str] = ()) -> OwnCells:
    """Return the cells that are from the source; ``pushed`` are the texts of the build's cells."""
    left_out = dict(_generated(cells, [_lines(text) for text in pushed if text.strip()]))
    kept = [at for at in range(len(cells)) if at not in left_out]
    header = next((at for at in kept if _is_header(cells[at])), None)
    kept = [at for at in kept if at != header]
    return OwnCells(
        [cells[at] for at in kept],
        tuple(at + 1 for at in kept),
        tuple((at + 1, text) for at, text in left_out.items()),
        "" if header is None else cells[header]["source"],
    )


def edited(found: OwnCells, pushed: Sequence[str]) -> Iterator[int]:
    """Yield the numbers of the cells of the build that were edited since they were pushed."""
    known = [_lines(text) for text in pushed]
    whole = [line for _, text in found.generated for line in _lines(text)]
    if whole == [line for lines in known for line in lines]:
        return
    yield from (number for number, text in found.generated if _lines(text) not in known)


def own_text(text: str) -> OwnText:
    """Return a script without the bundle that a build has inserted into it."""
    found = _IN_SCRIPT.search(text)
    if found is None:
        return OwnText(text, "")
    return OwnText(text[: found.start()] + text[found.end() :], found[0])


def is_left(text: str) -> bool:
    """Return whether a script has a piece of the build's that cannot be told from its own lines."""
    return any(f'tags=["{tag}"]' in text for tag in _LAST)


def _is_header(cell: Mapping[str, Any]) -> bool:
    return _BLOCK in cell["source"].split("\n")


def _generated(cells: Cells, pushed: Sequence[list[str]]) -> Iterator[tuple[int, str]]:
    at = 0
    while at < len(cells):
        if not BUILD_TAGS.isdisjoint(_tags_of(cells[at])):
            yield at, cells[at]["source"]
            at += 1
            continue
        end = max((_end_of(cells, at, lines) for lines in pushed), default=at)
        yield from ((index, cells[index]["source"]) for index in range(at, end))
        at = max(end, at + 1)


def _end_of(cells: Cells, at: int, lines: list[str]) -> int:
    """Return the index behind the cells that together are these lines; ``at`` if they are not."""
    found: list[str] = []
    for index in range(at, len(cells)):
        found += _lines(cells[index]["source"])
        if found == lines:
            return index + 1
        if found != lines[: len(found)]:
            break
    return at


def _tags_of(cell: Mapping[str, Any]) -> Iterable[str]:
    tags = cell["metadata"].get("tags", ())
    return tags if isinstance(tags, list) else ()


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.split("\n") if line.strip()]
