"""Tables in aligned columns; and the closing table of a verb that worked on several notebooks."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from nbship.diagnostics import shown_name
from nbship.model.workspace import Meaning

Verdict = Literal["passed", "partial", "skipped", "failed"]
_MEANINGS: dict[Verdict, Meaning] = {
    "passed": "passed", "partial": "warning", "skipped": "warning", "failed": "error",
}  # fmt: skip
_HEAD = ("notebook", "verdict", "rung", "seconds", "line")
_LEAST = 2  # rehearsals: a single one has its own line, and so has each one that is skipped
_SECONDS = _HEAD.index("seconds")  # a number: at the right of its column


@dataclass(frozen=True, slots=True)
class Row:
    """The result for one notebook; ``place`` is the line of a failure."""

    name: str
    verdict: Verdict
    rung: str = ""
    seconds: float | None = None
    place: str = ""


def table(rows: Sequence[Row]) -> Iterator[tuple[str, Meaning]]:
    """Yield the lines of the table with their meanings, if there are two rehearsals or more."""
    if sum(row.verdict != "skipped" for row in rows) < _LEAST:
        return
    cells = [_HEAD, *map(_cells, rows)]
    meanings: list[Meaning] = ["plain", *(_MEANINGS[row.verdict] for row in rows)]
    yield from zip(aligned(cells, {_SECONDS}), meanings, strict=True)


def aligned(cells: Sequence[Sequence[str]], right: Collection[int] = ()) -> Iterator[str]:
    """Yield each row of a table as a line; ``right`` are the columns aligned at the right."""
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        padded = (
            part.rjust(width) if number in right else part.ljust(width)
            for number, (part, width) in enumerate(zip(row, widths, strict=True))
        )
        yield "  ".join(padded).rstrip()


def _cells(row: Row) -> tuple[str, ...]:
    seconds = "" if row.seconds is None else f"{row.seconds:.1f}"
    return (shown_name(row.name), row.verdict, row.rung, seconds, row.place)
