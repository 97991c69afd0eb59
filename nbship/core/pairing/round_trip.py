"""The conversion between notebook and percent text for a pair: every result is read back to verify.

The .ipynb alone holds outputs, execution counts, cell ids, attachments, the notebook's own metadata
and the cell metadata that ``cell_metadata_filter`` excludes. Blank lines at the end of a code cell
and the positions of the markers are layout.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from nbship.core.pairing.ipynb import Content, first_words
from nbship.core.pairing.losses import unsupported_reason
from nbship.core.source.decode import is_notebook
from nbship.core.source.jupytext_api import (
    LAYOUT_METADATA,
    Options,
    Parsed,
    parse_percent,
    render_percent,
)
from nbship.core.source.jupytext_api import written_metadata as written
from nbship.core.source.reader import read_notebook
from nbship.diagnostics import Place
from nbship.errors import SourceError
from nbship.model.layout import NOTEBOOKS, SOURCES
from nbship.model.workspace import Source

SHIPPED_OPTIONS: Options = {  # where a workspace has no [tool.jupytext]
    "formats": f"{SOURCES}///py:percent,{NOTEBOOKS}///ipynb",
    "notebook_metadata_filter": "-all",
    "cell_metadata_filter": "all,-trusted,-execution,-collapsed,-scrolled",
}
_LANGUAGES = {".py": "python"}  # by the extension of the source
_BLANK_END = re.compile(r"(?:\n[^\S\n]*)+\Z")

Cells = Sequence[Mapping[str, Any]]  # nbformat's
Essence = tuple[str, str, str]  # of a cell: its kind, its text, its metadata as JSON


@dataclass(frozen=True, slots=True)
class Text:
    """Percent text, and the cells that jupytext reads in it, with its metadata about the layout."""

    text: str
    cells: Cells
    metadata: Mapping[str, Any]


def read_text(source: Source, options: Options) -> Text:
    """Read a source as JupyterLab would open it, and check that the build reads the same cells.

    Raises:
        SourceError: the source cannot be read, is not a notebook, or JupyterLab and the build would
            read it differently; names the line.
    """
    if not is_notebook(source.text):
        raise SourceError(
            "a module, not a notebook: it has no '# %%' line",
            place=Place(source.path),
            hint="Rename the module, or the .ipynb of the same name.",
        )
    notebook = read_notebook(PurePosixPath(source.path).stem, source)
    read = _parse(source.text, source.path, options)
    built = [(cell.kind, cell.text) for cell in notebook.cells]
    opened = [(cell["cell_type"], cell["source"]) for cell in read.cells]
    for number, cell in enumerate(notebook.cells):
        if opened[number : number + 1] != built[number : number + 1]:
            raise SourceError(
                "jupytext in JupyterLab and the build would read this cell differently",
                place=Place(source.path, cell.line),
                hint="Look for a control character in it, and check [tool.jupytext].",
            )
    return Text(source.text, read.cells, read.metadata)


def essences(cells: Cells, options: Options) -> tuple[Essence, ...]:
    """Return the parts of the cells that must be equal on both sides."""
    return tuple(
        (cell["cell_type"], compared_text(cell), _as_json(written(cell["metadata"], options)))
        for cell in cells
    )


def compared_text(cell: Mapping[str, Any]) -> str:
    """Return a cell's text for comparison: without blank lines at the end of code."""
    source = str(cell["source"])
    return _BLANK_END.sub("", source) if cell["cell_type"] == "code" else source


def text_from(
    path: str, content: Content, options: Options, like: Cells = (), extension: str = ".py"
) -> str:
    """Return a notebook as percent text, as a save in JupyterLab would write it.

    A cell that ``like`` also contains keeps the layout that it has there.

    Raises:
        SourceError: the text would not read back equal; names the cell of the notebook at ``path``
            and what would be lost.
    """
    _refuse_language(path, content, extension)
    metadata = content["metadata"]
    cells = _with_layout(content["cells"], like, options)
    text, fault = _verified(cells, metadata, options, extension)
    if not fault:
        return text
    number, fault = _faulty_cell(cells, metadata, options, extension) or (
        _likely_cell(cells, range(len(cells))), fault,
    )  # fmt: skip
    cell = cells[number]
    raise SourceError(
        f"cell {number + 1} ({cell['cell_type']}, {first_words(cell['source'])!r}) cannot be "
        f"kept in a {extension}: {unsupported_reason(cell, number) or fault}",
        place=Place(path),
        hint="Change that cell; until then, both files stay unchanged.",
    )


def is_equal(text: str, cells: Cells, options: Options, extension: str = ".py") -> bool:
    """Return whether percent text contains exactly these cells."""
    return not _read_back(text, cells, options, extension)[1]


def _read_back(text: str, cells: Cells, options: Options, extension: str) -> tuple[Cells, str]:
    """Return the cells that a text contains, and how they differ from ``cells`` (or nothing)."""
    expected = essences(cells, options)
    if not is_notebook(text):
        return (), "its marker would be indented, and the file would count as a module"
    try:
        read = parse_percent(text, extension, options, is_validated=True).cells
        built = read_notebook("x", Source("x", text)).cells
    except ValueError as error:
        return (), f"jupytext could not read it back: {error}"
    except SourceError as error:
        return (), f"a source may not contain it: {error.message}"
    as_built = [{"cell_type": c.kind, "source": c.text, "metadata": c.metadata} for c in built]
    for found in (essences(read, options), essences(as_built, options)):
        if found != expected:
            return read, f"it would read back with {_difference(found, expected)}"
    return read, ""


def _difference(found: Sequence[Essence], expected: Sequence[Essence]) -> str:
    """Return how cells that were read differ from those that were written."""
    if len(found) != len(expected):
        return f"{len(found)} cells instead of {len(expected)}"
    one, other = next(pair for pair in zip(found, expected, strict=True) if pair[0] != pair[1])
    parts = zip(("kind", "text", "metadata"), one, other, strict=True)
    return "another " + next(name for name, was, now in parts if was != now)


def _with_layout(cells: Cells, like: Cells, options: Options) -> list[dict[str, Any]]:
    """Return the cells with the layout metadata of equal cells in ``like``, else their own."""
    models: dict[Essence, list[Mapping[str, Any]]] = {}
    for model, essence in zip(like, essences(like, options), strict=True):
        models.setdefault(essence, []).append(model)
    laid_out = []
    for cell, essence in zip(cells, essences(cells, options), strict=True):
        same = models.get(essence)
        model = (
            same.pop(0) if same else {"source": compared_text(cell), "metadata": cell["metadata"]}
        )
        laid_out.append({**cell, "source": model["source"], "metadata": model["metadata"]})
    return laid_out


def _verified(
    cells: Cells, metadata: Mapping[str, Any], options: Options, extension: str
) -> tuple[str, str]:
    """Return the cells as percent text, and why the text does not read back equal (or nothing)."""
    try:
        text = render_percent(cells, metadata, extension, options)
        read, fault = _read_back(text, cells, options, extension)
        if fault or render_percent(read, metadata, extension, options) == text:
            return text, fault
    except ValueError as error:  # jupytext does not support every shape of metadata
        return "", f"jupytext could not write it: {error}"
    return text, "a second save in JupyterLab would write it differently"


def _faulty_cell(
    cells: Cells, metadata: Mapping[str, Any], options: Options, extension: str
) -> tuple[int, str] | None:
    """Return the index of a cell that is lost, alone or with the next one, and the reason."""
    for size in (1, 2):
        for at in range(len(cells) - size + 1):
            _, fault = _verified(cells[at : at + size], metadata, options, extension)
            if fault:
                return _likely_cell(cells, range(at, at + size)), fault
    return None


def _likely_cell(cells: Cells, indices: range) -> int:
    """Return the index of the first cell with a known loss, or else the first index."""
    return next((at for at in indices if unsupported_reason(cells[at], at)), indices[0])


def _refuse_language(path: str, content: Content, extension: str) -> None:
    metadata = content["metadata"]
    names = (
        metadata.get("kernelspec", {}).get("language"),
        metadata.get("language_info", {}).get("name"),
    )
    language = next((name for name in names if isinstance(name, str) and name), None)
    expected = _LANGUAGES.get(extension)
    if language and expected and language.lower() != expected:
        raise SourceError(
            f"its language is {language}, but a {extension} contains {expected}", place=Place(path)
        )


def _parse(text: str, path: str, options: Options) -> Parsed:
    try:
        return parse_percent(text, PurePosixPath(path).suffix, options, is_validated=True)
    except ValueError as error:
        raise SourceError(f"jupytext cannot read it: {error}", place=Place(path)) from None


def _as_json(metadata: Mapping[str, Any]) -> str:
    kept = {key: value for key, value in metadata.items() if key not in LAYOUT_METADATA}
    return json.dumps(kept, sort_keys=True)
