"""The parts of a notebook that a rehearsal runs: what tags leave out, and where it ends.

The artifact stays as it is: the rehearsal gets the ids of the cells that it does not run.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nbship.core.metadata.cell_tags import Service, left_out_by, timeout_of
from nbship.core.source.nbjson import text_of
from nbship.diagnostics import Place, did_you_mean
from nbship.errors import WorkspaceError
from nbship.model.workspace import LineMap

_LINE = re.compile(r"(?:.*:)?:?(\d+)")  # ":40", or "src_py/trainer.py:40"


@dataclass(frozen=True, slots=True)
class Parts:
    """The cells that a rehearsal leaves out, and the timeouts of single cells, by the cells' ids.

    ``skipped`` has the reason for each cell, and ``limits`` the seconds; ``left_out`` names the
    cells that tags leave out.
    ``partial`` says where the rehearsal ended, "" if it went to the end of the notebook.
    """

    skipped: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, float] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    partial: str = ""


WHOLE = Parts()


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell of the artifact.

    ``number`` counts the code cells up to it, as Kaggle shows them in ``In [4]``.
    """

    id: str
    number: int
    line: int | None  # where its text begins in the source, None if it is not in it
    tags: Sequence[str]
    is_code: bool

    def __str__(self) -> str:
        """Return the cell in messages."""
        name = f"cell {self.number}" if self.is_code else "the text"
        return f"{name} (line {self.line})" if self.line else name


def parts_of(
    cells: Sequence[Mapping[str, Any]],
    line_map: LineMap,
    source: str,
    service: Service,
    until: str = "",
) -> Parts:
    """Return the parts of the artifact that its rehearsal runs.

    ``until`` names the last cell, "" for all: by its number, its line as ``:40``, or a tag.

    Raises:
        WorkspaceError: ``until`` names no cell of the source.
    """
    known = list(_known(cells, line_map, source))
    try:
        end = _index(known, until) if until else len(known)
    except WorkspaceError as error:
        raise error.with_changes(place=Place(source)) from None
    rest = [cell for cell in known[end + 1 :] if cell.is_code]
    tagged = {cell: left_out_by(cell.tags, service) for cell in known[: end + 1] if cell.is_code}
    left_out = {cell: tag for cell, tag in tagged.items() if tag}
    skipped = {cell.id: f"skipped: tagged {tag}" for cell, tag in left_out.items()}
    skipped |= {cell.id: f"not run: the rehearsal was to end before, --until {until}"
                for cell in rest}  # fmt: skip
    limits = {cell.id: timeout_of(cell.tags) for cell in known}
    return Parts(
        skipped,
        {name: limit for name, limit in limits.items() if limit is not None},
        tuple(f"{cell}: tagged {tag}" for cell, tag in left_out.items()),
        f"it ended after {known[end]}" if rest else "",
    )


def _known(cells: Sequence[Mapping[str, Any]], line_map: LineMap, source: str) -> Iterator[_Cell]:
    number = 0
    for cell, origin in zip(cells, line_map, strict=True):
        is_code = cell["cell_type"] == "code" and bool(text_of(cell).strip())
        number += is_code
        tags = tuple(cell["metadata"].get("tags", ()))
        line = origin.line if origin and origin.path == source else None
        yield _Cell(cell["id"], number, line, tags, is_code)


def _index(cells: Sequence[_Cell], until: str) -> int:
    """Return the index of the cell that a word of the command line names."""
    numbers = [n for n, cell in enumerate(cells) if cell.is_code]
    if until.isdecimal():
        if not 0 < int(until) <= len(numbers):
            raise WorkspaceError(
                f"--until {until}: the notebook has {len(numbers)} cells with code",
                hint=f"A line is written with a colon: --until :{until}",
            )
        return numbers[int(until) - 1]
    tagged = [n for n, cell in enumerate(cells) if until in cell.tags]
    line = None if tagged else _LINE.fullmatch(until)
    if line:
        before = [n for n, cell in enumerate(cells) if cell.line and cell.line <= int(line[1])]
        if not before:
            raise WorkspaceError(f"--until {until}: no cell begins at this line or before it")
        return before[-1]
    if not tagged:
        known = {tag for cell in cells for tag in cell.tags}
        raise WorkspaceError(
            f"--until {until}: no cell has this tag{did_you_mean(until, known)}",
            hint="Name the last cell by its number, its line as :40, or one of its tags.",
        )
    return tagged[-1]
