"""The law of a rescue, for a random triple: nothing is lost, and the result is proved."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nbship.core.drift.conflicts import MergedText, Triple, merged_text
from nbship.core.drift.merge import Piece, Versions, compared, joined, prepared
from nbship.core.pairing.round_trip import SHIPPED_OPTIONS, essences, read_text
from nbship.core.pairing.splice import chunks
from nbship.core.source.jupytext_api import LAYOUT_METADATA
from nbship.errors import SourceError
from nbship.model.workspace import Source
from tests.support.triples import (
    LABELS,
    USUAL,
    Author,
    Cells,
    Made,
    lines_of,
    merge3,
    nbformat_cells,
    percent,
)

Merge = Callable[[Sequence[Triple]], Sequence[str]]


@dataclass(frozen=True)
class Case:
    """Three versions of a notebook; without ``has_base``, nobody knows the base."""

    base: Cells
    ours: Cells
    theirs: Cells
    has_base: bool = True
    path: str = "src_py/t.py"


def case_of(seed: int) -> Case:
    """Return the case of a seed; some have no base, and some are in R."""
    base, ours, theirs = Author(seed).triple()
    path = "src_py/t.R" if seed % 8 == 0 else "src_py/t.py"
    return Case(base, ours, theirs, has_base=seed % 10 != 0, path=path)


def one_by_one(triples: Sequence[Triple]) -> list[str]:
    """Merge texts without git."""
    return [merge3(triple) for triple in triples]


def rescued(case: Case, merge: Merge = one_by_one) -> MergedText:
    """Return the source into which theirs is merged.

    Raises:
        SourceError: it is refused.
    """
    source = Source(case.path, percent(case.ours))
    read = read_text(source, SHIPPED_OPTIONS)
    base = nbformat_cells(case.base) if case.has_base else None
    theirs = nbformat_cells(case.theirs)
    numbers = tuple(range(1, len(theirs) + 1))
    versions = Versions(read.cells[1:], base, theirs, numbers, label="a/b version 4")
    header = Piece(
        list(chunks(source))[1],
        essences(read.cells[:1], SHIPPED_OPTIONS),
        is_kept=True,
        is_last=not case.ours,
    )
    parts = compared(versions, SHIPPED_OPTIONS)
    found = prepared(source, read, header, versions, parts, SHIPPED_OPTIONS)
    texts = [merged_text(text, LABELS) for text in merge(found.triples)]
    whole = [text for text in texts if text is not None]
    assert len(whole) == len(texts), "a marker has two readings"
    return joined(found, whole, SHIPPED_OPTIONS)


def fault_of(case: Case, merge: Merge = one_by_one) -> str:
    """Return what a rescue does wrong with a case, or nothing."""
    try:
        merged = rescued(case, merge)
    except SourceError as error:
        return f"refused: {error}"
    base, ours, theirs = map(lines_of, (case.base, case.ours, case.theirs))
    base = base if case.has_base else set()
    common = (base & ours & theirs).difference(USUAL)  # a usual line has many places
    for name, text, lines in (
        ("the source", merged.text, (ours - base) | (theirs - base) | common),
        ("ours", merged.ours, ours - base),
        ("theirs", merged.theirs, theirs - base),
    ):
        lost = lines - {line.removeprefix("# ") for line in text.split("\n")}
        if lost:
            return f"{name} has lost {sorted(lost)}"
    if case.has_base and case.theirs == case.base and merged.text != percent(case.ours):
        return "the source has changed though nothing was edited"
    if case.has_base and case.ours == case.base and _cells(case, merged) != case.theirs:
        return "the source is not theirs though nothing has changed here"
    return ""


def _cells(case: Case, merged: MergedText) -> Cells:
    cells = read_text(Source(case.path, merged.text), SHIPPED_OPTIONS).cells[1:]
    return [
        Made(
            cell["cell_type"],
            cell["source"].split("\n"),
            {key: value for key, value in cell["metadata"].items() if key not in LAYOUT_METADATA},
        )
        for cell in cells
    ]
