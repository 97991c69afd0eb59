"""The merge of a version on the service into a source: cell by cell, and proved.

A cell that only one side has changed is taken from it; the lines of our cells stay as they are.
What both have changed is a text that git merges. The result is proved: the grammar and jupytext
read exactly the expected cells in it, also if each conflict is decided for one side.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from nbship.core.drift.conflicts import MergedText, Triple, lost_line
from nbship.core.drift.grouping import Group, grouped
from nbship.core.metadata.script_block import read_header
from nbship.core.metadata.spec import parse_spec
from nbship.core.pairing.notebook_metadata import paired_metadata
from nbship.core.pairing.round_trip import (
    Cells,
    Essence,
    Text,
    essences,
    in_order,
    read_text,
    text_from,
)
from nbship.core.pairing.splice import chunks
from nbship.core.source.grammar import Span, split_cells
from nbship.core.source.jupytext_api import LAYOUT_METADATA, Options, render_percent
from nbship.diagnostics import Place
from nbship.errors import SourceError
from nbship.model.workspace import Source

_NO_TAGS: tuple[str, list[str]] = ("tags", [])
_EMPTY_TAGS = '"tags": []'
_LAYOUT = "cell_marker"  # the three quotes around the text of a Markdown cell, perhaps with an r
# A cell above those that are written: jupytext treats the first cell of a file in its own way.
_FIRST: Mapping[str, Any] = {"cell_type": "code", "metadata": {}, "source": "1"}

Side = Literal["same", "ours", "theirs", "both"]  # which version differs from the base


@dataclass(frozen=True, slots=True)
class Versions:
    """The cells of three versions, without the header cell; ``base`` is None if nobody knows it.

    ``numbers`` are those of theirs in the notebook on the service, from 1; ``label`` names it.
    """

    ours: Cells
    base: Cells | None
    theirs: Cells
    numbers: tuple[int, ...]
    label: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A group of cells, which side has changed it, and their essences in each version."""

    group: Group
    side: Side
    ours: tuple[Essence, ...]
    base: tuple[Essence, ...]
    theirs: tuple[Essence, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of the merged source.

    Either its text is known, and the cells in it; or git has to merge a triple.
    """

    text: str = ""
    cells: tuple[Essence, ...] | None = None
    triple: Triple | None = None
    is_kept: bool = False  # the lines are those of our source
    is_last: bool = False  # … and the last ones of it


@dataclass(frozen=True, slots=True)
class Prepared:
    """A source before git has merged what both sides have changed."""

    path: str
    pieces: tuple[Piece, ...]

    @property
    def triples(self) -> tuple[Triple, ...]:
        """The texts that git has to merge."""
        return tuple(piece.triple for piece in self.pieces if piece.triple)


def plain_essences(cells: Cells, options: Options) -> tuple[Essence, ...]:
    """Return what must be equal in two cells, without an empty list of tags.

    papermill, which Kaggle runs notebooks with, gives one to each cell.
    """
    return tuple(
        (kind, text, _without_empty_tags(metadata))
        for kind, text, metadata in essences(cells, options)
    )


def compared(versions: Versions, options: Options) -> tuple[Part, ...]:
    """Return the groups of cells in the order of the merged notebook, each with who changed it."""
    ours, base, theirs = (
        plain_essences(cells, options)
        for cells in (versions.ours, versions.base or (), versions.theirs)
    )
    return tuple(_part(group, ours, base, theirs) for group in grouped(base, ours, theirs))


def _part(
    group: Group,
    ours: Sequence[Essence],
    base: Sequence[Essence],
    theirs: Sequence[Essence],
) -> Part:
    mine, before, other = (
        tuple(cells[at] for at in indices)
        for cells, indices in ((ours, group.ours), (base, group.base), (theirs, group.theirs))
    )
    side: Side = "both"
    if mine == other:
        side = "same"
    elif other == before:
        side = "ours"
    elif mine == before:
        side = "theirs"
    return Part(group, side, mine, before, other)


def prepared(
    source: Source,
    read: Text,
    header: Piece | None,
    versions: Versions,
    parts: Sequence[Part],
    options: Options,
) -> Prepared:
    """Return the pieces of the merged source; ``header`` is the piece of the header cell.

    Raises:
        SourceError: a cell of theirs cannot be kept in a source; names it.
    """
    top, *own = chunks(source)
    if header is not None:
        own = own[1:]
    writer = _Writer(read.extension, options)
    pieces = [Piece(top, (), is_kept=True), *([header] if header else [])]
    theirs = writer.theirs(versions, _layouts(parts, versions, "theirs"), read)
    mine, before, other = (
        writer.canonical(cells, _disputed(parts, name), _layouts(parts, versions, name))
        for name, cells in (
            ("ours", versions.ours),
            ("base", versions.base or ()),
            ("theirs", versions.theirs),
        )
    )
    has_base = versions.base is not None
    for part in parts:
        group = part.group
        if part.side == "both":
            base = "".join(before[at] for at in group.base) if has_base else None
            triple = Triple(
                "".join(mine[at] for at in group.ours),
                base,
                "".join(other[at] for at in group.theirs),
            )
            pieces.append(Piece(triple=triple))
        elif part.side == "theirs":
            pieces.append(Piece("".join(theirs[at] for at in group.theirs), part.theirs))
        else:
            kept = "".join(own[at] for at in group.ours)
            is_last = len(own) - 1 in group.ours
            pieces.append(Piece(kept, part.ours, is_kept=True, is_last=is_last))
    return Prepared(source.path, tuple(pieces))


def joined(found: Prepared, merged: Sequence[MergedText], options: Options) -> MergedText:
    """Return the merged source, and those in which each conflict is decided for one side.

    ``merged`` are the results for the triples, in their order.

    Raises:
        SourceError: the result would lose a line, or would not read back as these cells.
    """
    results = iter(merged)
    made = [
        (piece, next(results) if piece.triple else _whole(piece.text)) for piece in found.pieces
    ]
    for piece, text in made:
        lost = lost_line(piece.triple, text.text) if piece.triple else None
        if lost is not None:
            raise SourceError(f"the merge would lose a line: {lost.strip()!r}",
                              place=Place(found.path))  # fmt: skip
    whole = MergedText(
        _text([(piece, text.text) for piece, text in made]),
        _text([(piece, text.ours) for piece, text in made]),
        _text([(piece, text.theirs) for piece, text in made]),
        sum(text.conflicts for _, text in made),
    )
    _prove(found.path, [(piece, text.ours) for piece, text in made], whole.ours, options)
    if whole.conflicts:
        _prove(found.path, [(piece, text.theirs) for piece, text in made], whole.theirs, options)
    return whole


def _disputed(parts: Sequence[Part], name: str) -> list[int]:
    """Return the indices of the cells of a version that git has to merge."""
    return [at for part in parts if part.side == "both" for at in _of(part, name)]


def _of(part: Part, version: str) -> tuple[int, ...]:
    indices: tuple[int, ...] = getattr(part.group, version)
    return indices


def _layouts(parts: Sequence[Part], versions: Versions, name: str) -> dict[int, str]:
    """Return the quotes around the text of our cells, for the cells of a version beside them."""
    found: dict[int, str] = {}
    for part in parts:
        quotes = [versions.ours[at]["metadata"].get(_LAYOUT, "") for at in part.group.ours]
        if any(quotes):
            found |= dict.fromkeys(_of(part, name), next(filter(None, quotes)))
    return found


@dataclass(frozen=True, slots=True)
class _Writer:
    """How cells are written as percent text."""

    extension: str
    options: Options

    def theirs(self, versions: Versions, quotes: Mapping[int, str], read: Text) -> list[str]:
        """Return the text of each cell of theirs as a source has it, proved to read back."""
        made = [_laid_out(cell, quotes.get(at, "")) for at, cell in enumerate(versions.theirs)]
        content = {"cells": [_FIRST, *made], "metadata": {}}
        numbers = (0, *versions.numbers)
        text = text_from(
            versions.label, content, self.options, read.cells, self.extension, numbers=numbers
        )
        return self._divided(text, len(made) + 1)

    def canonical(
        self, cells: Cells, wanted: Sequence[int], quotes: Mapping[int, str]
    ) -> dict[int, str]:
        """Return the text of some cells, written the same way for each version."""
        made = [_laid_out(cells[at], quotes.get(at, "")) for at in wanted]
        if not made:
            return {}
        metadata = paired_metadata({}, {}, self.extension, self.options)
        try:
            text = render_percent([_FIRST, *made], metadata, self.extension, self.options)
        except ValueError as error:
            raise SourceError(f"a cell cannot be written as text: {error}") from None
        return dict(zip(wanted, self._divided(text, len(made) + 1), strict=True))

    def _divided(self, text: str, count: int) -> list[str]:
        """Return the text of each cell but the first one, which is ours."""
        _, *texts = chunks(Source(f"x{self.extension}", text))
        if len(texts) != count:
            raise SourceError("a cell has a line that begins another cell")
        return [f"{_without_blank_end(each)}\n\n" for each in texts[1:]]


def _without_empty_tags(metadata: str) -> str:
    if _EMPTY_TAGS not in metadata:
        return metadata
    kept = {key: value for key, value in json.loads(metadata).items() if (key, value) != _NO_TAGS}
    return json.dumps(kept, sort_keys=True)


def _laid_out(cell: Mapping[str, Any], quotes: str) -> dict[str, Any]:
    kept = {
        key: value
        for key, value in cell["metadata"].items()
        if key not in LAYOUT_METADATA and (key, value) != _NO_TAGS
    }
    metadata = in_order(kept)
    if quotes[-3:] not in cell["source"]:
        metadata[_LAYOUT] = quotes
    return {"cell_type": cell["cell_type"], "metadata": metadata, "source": cell["source"],
            **({"outputs": []} if cell["cell_type"] == "code" else {})}  # fmt: skip


def _whole(text: str) -> MergedText:
    return MergedText(text, text, text)


def _text(pieces: Sequence[tuple[Piece, str]]) -> str:
    """Return the pieces as one text, with a blank line below each that is not as it was."""
    present = [(piece, text) for piece, text in pieces if text.strip()]
    texts = [
        text if piece.is_kept and not piece.is_last else f"{_without_blank_end(text)}\n\n"
        for piece, text in present
    ]
    last, text = present[-1]
    end = text[len(_without_blank_end(text)) :] if last.is_last else "\n"
    return _without_blank_end("".join(texts)) + end


def _without_blank_end(text: str) -> str:
    """Return a text without the blank lines at its end, and without its last line end."""
    kept = text.rstrip()
    return kept + text[len(kept) :].partition("\n")[0]


def _prove(path: str, pieces: Sequence[tuple[Piece, str]], whole: str, options: Options) -> None:
    """Check that the grammar and jupytext read exactly the cells of the pieces in the whole."""
    source = Source(path, whole)
    try:
        if _is_proved(source, pieces, options):
            parse_spec(read_header(source))
            return
        reason = ""
    except SourceError as error:
        reason = f": {error.message}"
    raise SourceError(f"the merged source would not be read as it is{reason}", place=Place(path))


def _is_proved(source: Source, pieces: Sequence[tuple[Piece, str]], options: Options) -> bool:
    path = source.path
    read = read_text(source, options)
    expected = [_spans(path, text) for _, text in pieces]
    found = [_placeless(span) for span in split_cells(source)]
    if found != [span for spans in expected for span in spans]:
        return False
    at = 0
    cells = plain_essences(read.cells, options)
    for (piece, _), spans in zip(pieces, expected, strict=True):
        if piece.cells is not None and cells[at : at + len(spans)] != piece.cells:
            return False
        at += len(spans)
    return True


def _spans(path: str, text: str) -> list[Span]:
    return [_placeless(span) for span in split_cells(Source(path, text))] if text.strip() else []


def _placeless(span: Span) -> Span:
    return replace(span, marker=None, first=0)
