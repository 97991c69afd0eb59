"""The comparison of a pair: the source, the notebook and the text on which they last agreed."""

from dataclasses import dataclass

from nbship.core.pairing.carry_over import new_notebook, update_notebook
from nbship.core.pairing.decide import Side, SyncAction, decide
from nbship.core.pairing.ipynb import Content, read_ipynb, render_ipynb
from nbship.core.pairing.round_trip import Text, essences, is_equal, read_text, text_from
from nbship.core.pairing.splice import splice
from nbship.core.source.conflict_markers import conflict_markers
from nbship.core.source.decode import decode
from nbship.core.source.jupytext_api import Options
from nbship.core.source.reader import read_notebook
from nbship.diagnostics import Place
from nbship.errors import SourceError
from nbship.model.workspace import Source


@dataclass(frozen=True, slots=True)
class PairFiles:
    """The files of a pair: their paths for messages, and their contents (None: no such file)."""

    source_path: str
    notebook_path: str
    source: bytes | None
    notebook: bytes | None
    base: str | None  # the text on which both sides last agreed
    earlier: bytes | None  # an earlier notebook, from which outputs can be restored


@dataclass(frozen=True, slots=True)
class PairState:
    """The parsed sides of a pair and its base, None for what is missing, and what to do."""

    files: PairFiles
    source: Text | None
    content: Content | None
    base: Text | None
    earlier: Content | None
    action: SyncAction


@dataclass(frozen=True, slots=True)
class Rewrite:
    """The notebook that matches a source, and whether it drops cells or outputs of the old one."""

    notebook: bytes
    drops_cells: bool = False
    drops_outputs: bool = False


def compare_pair(found: PairFiles, options: Options) -> PairState:
    """Parse the files of a pair and decide what a sync has to do.

    Raises:
        SourceError: a side cannot be read, or has conflict markers; names the line.
    """
    source = None if found.source is None else _read(found.source_path, found.source, options)
    content = None if found.notebook is None else read_ipynb(found.notebook_path, found.notebook)
    base = _base(found, options)
    sides = [
        Side(text.text, essences(text.cells, options)) if text else Side(None, None)
        for text in (source, base)
    ]
    cells = None if content is None else essences(content["cells"], options)
    step = decide(sides[0], Side(None, cells), sides[1])
    return PairState(found, source, content, base, _earlier(found), step)


def notebook_text(state: PairState, options: Options) -> str:
    """Return the notebook as percent text, with the lines of all unchanged cells as they were.

    Raises:
        SourceError: a cell would be lost; names it.
    """
    content, path = state.content or {}, state.files.source_path
    like = state.base or state.source
    text = text_from(state.files.notebook_path, content, options, like.cells if like else ())
    if like is None or _has_jupytext_layout(state, like, options):
        return text
    cells = content["cells"]
    old, new = (Source(path, version) for version in (like.text, text))
    spliced = splice(old, essences(like.cells, options), new, essences(cells, options))
    return spliced if is_equal(spliced, cells, options) else text


def _has_jupytext_layout(state: PairState, text: Text, options: Options) -> bool:
    """Return whether a save in JupyterLab would write the same text for these cells."""
    written = {**(state.content or {}), "cells": text.cells}
    try:
        return text_from(state.files.source_path, written, options) == text.text
    except SourceError:
        return False


def notebook_after(state: PairState, text: str, options: Options) -> Rewrite:
    """Return the notebook that matches this text of the source.

    Raises:
        SourceError: the text cannot be read, or a save in JupyterLab would lose one of its cells.
    """
    source = Source(state.files.source_path, text)
    read = read_text(source, options)
    text_from(source.path, {"cells": read.cells, "metadata": {}}, options)
    old = state.content or new_notebook(read_notebook("x", source).kernelspec)
    updated = update_notebook(read.cells, old, state.earlier, options)
    if state.content is not None and updated.content == state.content:
        return Rewrite(state.files.notebook or b"")
    data = render_ipynb(updated.content).encode()
    return Rewrite(data, updated.drops_cells, updated.drops_outputs)


def conflict_in(path: str, text: str) -> SourceError | None:
    """Return the error for conflict markers in a text, or None if it has none."""
    found = next(conflict_markers(Source(path, text)), None)
    if found is None:
        return None
    return SourceError(
        "the source and the notebook changed the same lines",
        place=Place(path, found.place.line),
        hint="Choose between the conflict markers (the notebook's side is the second), then sync.",
    )


def _read(path: str, data: bytes, options: Options) -> Text:
    source = decode(path, data)
    conflict = conflict_in(path, source.text)
    if conflict:
        raise conflict
    return read_text(source, options)


def _base(found: PairFiles, options: Options) -> Text | None:
    """Return the base; None if there is none, or if it can no longer be read."""
    if found.base is None:
        return None
    try:
        return read_text(Source(found.source_path, found.base), options)
    except SourceError:
        return None


def _earlier(found: PairFiles) -> Content | None:
    try:
        return read_ipynb(found.notebook_path, found.earlier or b"")
    except SourceError:
        return None
