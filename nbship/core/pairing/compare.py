"""The comparison of a pair: the source, the notebook and the text on which they last agreed."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

from nbship.core.ipynb.reader import Content, NotebookFile, first_words, read_ipynb
from nbship.core.ipynb.writer import render_ipynb
from nbship.core.pairing.attachments import (
    Agreement,
    Pictures,
    agree_on_pictures,
    file_name,
)
from nbship.core.pairing.carry_over import UpdatedNotebook, new_notebook, update_notebook
from nbship.core.pairing.decide import Side, SyncAction, decide
from nbship.core.pairing.notebook_language import refuse_language
from nbship.core.pairing.round_trip import (
    Cells,
    Text,
    essences,
    in_order,
    is_equal,
    read_text,
    text_from,
)
from nbship.core.pairing.splice import splice
from nbship.core.source.conflict_markers import OF_THE_DRIVER, conflict_markers
from nbship.core.source.decode import decode
from nbship.core.source.jupytext_api import Options, opens_in_step
from nbship.core.source.preamble import without_blank_top
from nbship.core.source.reader import read_notebook
from nbship.diagnostics import Place
from nbship.errors import SourceError
from nbship.model.jupytext_options import READ_AS
from nbship.model.layout import assets_of
from nbship.model.workspace import Source

_FROM_NOTEBOOK = (SyncAction.MERGE, SyncAction.UPDATE_SOURCE, SyncAction.CREATE_SOURCE)
_WAY_OUT_OF_SYNC = (
    "Choose between the conflict markers (the notebook's side is the second), then sync."
)
_WAY_OUT_OF_MERGE = (
    "Choose between the conflict markers, then sync: the notebook follows the source."
)


@dataclass(frozen=True, slots=True)
class PairFiles:
    """The files of a pair: their paths for messages, and their contents (None: no such file)."""

    source_path: str
    notebook_path: str
    source: bytes | None
    notebook: bytes | None
    base: str | None  # the text on which both sides last agreed
    earlier: bytes | None  # an earlier notebook, from which outputs can be restored
    pictures: Pictures = field(default_factory=dict)  # in the files beside the source, by name
    last_pictures: Mapping[str, str] = field(default_factory=dict)  # their sha256 at the last sync


@dataclass(frozen=True, slots=True)
class PairState:
    """The parsed sides of a pair and its base, None for what is missing, and what to do."""

    files: PairFiles
    source: Text | None
    notebook: NotebookFile | None
    base: Text | None
    earlier: Content | None
    action: SyncAction

    @property
    def content(self) -> Content | None:
        """The notebook's content."""
        return None if self.notebook is None else self.notebook.content


@dataclass(frozen=True, slots=True)
class Agreed:
    """Both files after a sync, and whether the notebook drops cells or outputs of the old one."""

    text: str
    notebook: bytes
    drops_cells: bool = False
    drops_outputs: bool = False
    pictures: Pictures = field(default_factory=dict)  # that the files beside the source must hold


def compare_pair(found: PairFiles, options: Options) -> PairState:
    """Parse the files of a pair and decide what a sync has to do.

    Raises:
        SourceError: a side cannot be read, or has conflict markers; names the line.
    """
    source = None if found.source is None else _read(found.source_path, found.source, options)
    notebook = _notebook(found)
    if notebook is not None:
        refuse_language(found.source_path, found.notebook_path, notebook.content)
    base = _base(found, options)
    step = decide(_side(source, options), _notebook_side(notebook, options), _side(base, options))
    if step in _FROM_NOTEBOOK and notebook is not None:
        conflict = _conflict_of(found.notebook_path, notebook.content["cells"])
        if conflict and source is None:
            raise conflict
        if conflict:
            step = SyncAction.UPDATE_NOTEBOOK  # the source has no conflict: it decides
    return PairState(found, source, notebook, base, _earlier(found), step)


def since_commit(state: PairState, source: bytes, notebook: bytes, options: Options) -> PairState:
    """Return the state of a pair of which both files have changed, by git's last commit of them.

    git replaces both files when it changes the branch or takes a change back, or makes both in a
    new clone. If they agree in the commit, it is a base like that of a sync: a file that is as it
    is there has not changed since, and nothing of it is lost if it follows the other one. If both
    have changed, the base stays that of the last sync, if there is one.
    """
    found = state.files
    try:
        text = _read(found.source_path, source, options)
        content = read_ipynb(found.notebook_path, notebook).content
    except SourceError:
        return state
    base = _side(text, options)
    if base.cells != essences(content["cells"], options):
        return state
    step = decide(_side(state.source, options), _notebook_side(state.notebook, options), base)
    if step is SyncAction.MERGE and state.base is not None:
        return state
    return replace(state, base=text, action=step)


def notebook_text(state: PairState, options: Options) -> str:
    """Return the notebook as percent text, with the lines of all unchanged cells as they were.

    Raises:
        SourceError: a cell would be lost; names it.
    """
    content, path = state.content or {}, state.files.source_path
    extension = PurePosixPath(path).suffix
    like = state.base or state.source
    text = text_from(
        state.files.notebook_path, content, options, like.cells if like else (), extension
    )
    if like is None or _has_jupytext_layout(state, like, options):
        return text
    cells = content["cells"]
    old, new = (Source(path, version) for version in (like.text, text))
    spliced = splice(old, essences(like.cells, options), new, essences(cells, options))
    return spliced if is_equal(spliced, cells, options, extension) else text


def agree(state: PairState, text: str, options: Options) -> Agreed:
    """Return both files for this text of the source, so that JupyterLab opens either of them.

    The text stays as it is, unless JupyterLab would refuse the pair: then its cells get the order
    of their metadata in which Jupyter saves a notebook, or the whole text gets JupyterLab's layout.

    Raises:
        SourceError: the text cannot be read, or a save in JupyterLab would lose one of its cells.
    """
    found = _in_some_layout(state, text, options)
    if found is None:  # both files open if nobody opens the source before the notebook
        lenient = {**options, "preferred_jupytext_formats_read": READ_AS}
        found = _in_some_layout(state, text, lenient)
    if found is None:
        raise SourceError(
            "JupyterLab would not open this source beside its notebook",
            place=Place(state.files.source_path),
            hint="Look for an unusual cell marker or header, and check [tool.jupytext].",
        )
    return found


def _in_some_layout(state: PairState, text: str, options: Options) -> Agreed | None:
    found = _agreed(state, text, options)
    for is_whole in (False, True):
        if found is None:
            found = _agreed(state, _as_saved(state, text, options, is_whole=is_whole), options)
    return found


def _notebook(found: PairFiles) -> NotebookFile | None:
    """Return the notebook; None if there is none, or if the source decides what is in it.

    git's merge puts conflict markers into the JSON where the clone has no merge driver.
    """
    if found.notebook is None:
        return None
    try:
        return read_ipynb(found.notebook_path, found.notebook)
    except SourceError:
        text = found.notebook.decode(errors="replace")
        if found.source is not None and any(conflict_markers(Source("", text))):
            return None
        raise


def _conflict_of(path: str, cells: Cells) -> SourceError | None:
    """Return the error for the first conflict that a merge has left in the cells, or None.

    It can begin in one cell and end in another one. In Markdown only the markers of nbship's merge
    driver count: others can be a text about git.
    """
    lines = [(number, line) for number, cell in enumerate(cells) for line in _markers_in(cell)]
    text = Source(path, "\n".join(line for _, line in lines))
    begins = (lines[(found.place.line or 1) - 1] for found in conflict_markers(text))
    number = next((number for number, line in begins if line.startswith("<")), None)
    if number is None:
        return None
    cell = cells[number]
    return SourceError(
        f"cell {number + 1} ({cell['cell_type']}, {first_words(cell['source'])!r}) has an "
        "unresolved merge conflict",
        place=Place(path),
        hint="Open the notebook, choose between the conflict markers and save it, then sync.",
    )


def _markers_in(cell: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a cell that may be markers of a conflict."""
    begins = ("<", "|", "=", ">") if cell["cell_type"] == "code" else OF_THE_DRIVER
    return (line for line in cell["source"].split("\n") if line.startswith(begins))


def conflict_in(path: str, text: str) -> SourceError | None:
    """Return the error for conflict markers in a text, or None if it has none."""
    found = next(conflict_markers(Source(path, text)), None)
    if found is None:
        return None
    is_of_sync = f"<<<<<<< {path}" in text
    return SourceError(
        "the source and the notebook changed the same lines" if is_of_sync else found.message,
        place=Place(path, found.place.line),
        hint=_WAY_OUT_OF_SYNC if is_of_sync else _WAY_OUT_OF_MERGE,
    )


def _agreed(state: PairState, text: str, options: Options) -> Agreed | None:
    """Return both files for a text, or None if JupyterLab would refuse to open them."""
    source = Source(state.files.source_path, text)
    read = read_text(source, options)
    written: Content = {"cells": read.cells, "metadata": {}}
    text_from(source.path, written, options, extension=read.extension, lines=read.lines)
    if state.notebook is not None and _is_in_step(state, read, options):
        updated = UpdatedNotebook(state.notebook.content, drops_cells=False, drops_outputs=False)
    else:
        old = state.content or new_notebook(read_notebook("x", source).kernelspec)
        updated = update_notebook(read, old, state.earlier, options)
    cells = updated.content["cells"]
    agreement = _with_pictures(state.files, cells)
    content = {**updated.content, "cells": agreement.cells}
    if any(
        new["source"] != cell["source"] for new, cell in zip(agreement.cells, cells, strict=True)
    ):
        # A picture has a new name, which the text of both files shows.
        renamed = replace(state, notebook=NotebookFile(content, is_mended=True), base=read)
        found = _agreed(renamed, notebook_text(renamed, options), options)
        return found and replace(
            found, drops_cells=updated.drops_cells, drops_outputs=updated.drops_outputs
        )
    before = state.notebook
    is_kept = before is not None and not before.is_mended and before.content == content
    kept = state.files.notebook if is_kept else None
    data = render_ipynb(content).encode() if kept is None else kept
    if not _opens(read, read_ipynb(state.files.notebook_path, data).content, options):
        return None
    return Agreed(
        text, data, updated.drops_cells, updated.drops_outputs, pictures=agreement.pictures
    )


def _with_pictures(found: PairFiles, cells: Cells) -> Agreement:
    agreement = agree_on_pictures(cells, found.pictures, found.last_pictures)
    for name in agreement.conflicts:
        raise SourceError(
            "this picture was changed, and so was the one in the notebook",
            place=Place(f"{assets_of(found.source_path)}/{file_name(name)}"),
            hint="To take the notebook's picture, delete the file. To take the file, delete the "
            f"attachment in {found.notebook_path}.",
        )
    return agreement


def _is_in_step(state: PairState, read: Text, options: Options) -> bool:
    """Return whether the notebook can stay as it is, byte for byte, beside this text."""
    notebook = state.notebook
    if notebook is None or notebook.is_mended:
        return False
    cells = notebook.content["cells"]
    is_same = essences(cells, options) == essences(read.cells, options)
    return is_same and _opens(read, notebook.content, options)


def _opens(read: Text, content: Content, options: Options) -> bool:
    try:
        return opens_in_step(read.text, content, read.extension, options)
    except ValueError:
        return False


def _as_saved(state: PairState, text: str, options: Options, *, is_whole: bool) -> str:
    """Return a text as a save in JupyterLab would write it.

    If not the whole text, only the cells whose metadata are in another order than Jupyter's.
    """
    old = Source(state.files.source_path, text)
    read = read_text(old, options)
    cells = [{**cell, "metadata": in_order(cell["metadata"])} for cell in read.cells]
    written: Content = {"cells": cells, "metadata": read.metadata}
    saved = text_from(old.path, written, options, extension=read.extension, lines=read.lines)
    if is_whole:
        return saved
    return splice(old, _keys(read.cells), Source(old.path, saved), _keys(cells))


def _keys(cells: Cells) -> list[str]:
    return [json.dumps([cell["cell_type"], cell["source"], cell["metadata"]]) for cell in cells]


def _has_jupytext_layout(state: PairState, text: Text, options: Options) -> bool:
    """Return whether a save in JupyterLab would write the same text for these cells."""
    written = {**(state.content or {}), "cells": text.cells}
    path = state.files.source_path
    try:
        return text_from(path, written, options, extension=text.extension) == text.text
    except SourceError:
        return False


def _side(text: Text | None, options: Options) -> Side:
    return Side(None, None) if text is None else Side(text.text, essences(text.cells, options))


def _notebook_side(notebook: NotebookFile | None, options: Options) -> Side:
    """Return the notebook as a side; without a cell, it is one that says nothing yet."""
    if notebook is None:
        return Side(None, None)
    return Side("", essences(notebook.content["cells"], options) or None)


def _read(path: str, data: bytes, options: Options) -> Text:
    source = decode(path, data)
    conflict = conflict_in(path, source.text)
    if conflict:
        raise conflict
    text = without_blank_top(source.text)
    if text != source.text:
        with contextlib.suppress(SourceError):  # below, it has the right number of the line
            return read_text(replace(source, text=text), options)
    return read_text(source, options)


def _base(found: PairFiles, options: Options) -> Text | None:
    """Return the base; None if there is none, or if it can no longer be read."""
    if found.base is None:
        return None
    try:
        return read_text(Source(found.source_path, without_blank_top(found.base)), options)
    except SourceError:
        return None


def _earlier(found: PairFiles) -> Content | None:
    if found.earlier is None:
        return None
    try:
        return read_ipynb(found.notebook_path, found.earlier).content
    except SourceError:
        return None
