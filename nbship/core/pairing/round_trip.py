"""The conversion between notebook and percent text for a pair: every result is read back to verify.

The .ipynb alone holds outputs, execution counts, cell ids, attachments, the notebook's own metadata
and the cell metadata that ``cell_metadata_filter`` excludes. Blank lines at the end of a code cell
and the positions of the markers are layout.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import PurePosixPath
from typing import Any

from nbship.core.ipynb.reader import Content, first_words
from nbship.core.pairing.losses import Loss, loss_of
from nbship.core.pairing.notebook_metadata import paired_metadata, with_encoding
from nbship.core.source.decode import is_notebook
from nbship.core.source.grammar import MOST_CELLS, MOST_LINES, uncomment
from nbship.core.source.jupytext_api import (
    LAYOUT_METADATA,
    Options,
    Parsed,
    parse_percent,
    render_percent,
)
from nbship.core.source.jupytext_api import written_metadata as written
from nbship.core.source.language import with_shared_kernelspec
from nbship.core.source.preamble import names_encoding
from nbship.core.source.reader import read_notebook
from nbship.diagnostics import Place
from nbship.errors import SourceError
from nbship.model.jupytext_options import jupytext_options
from nbship.model.layout import Layout
from nbship.model.workspace import Source

SHIPPED_OPTIONS: Options = jupytext_options(Layout())  # of a workspace without keys of its own
_QUOTES = ('"""', "'''")
_KEEP = "Until then, both files stay unchanged."
# A cell above the one that is tried: jupytext treats the first cell of a file in its own way.
_FIRST: Mapping[str, Any] = {"cell_type": "code", "metadata": {}, "source": "1", "outputs": []}

Cells = Sequence[Mapping[str, Any]]  # nbformat's
Essence = tuple[str, str, str]  # of a cell: its kind, its text, its metadata as JSON


@dataclass(frozen=True, slots=True)
class Text:
    """Percent text, and the cells that jupytext reads in it, with its metadata about the layout."""

    text: str
    cells: Cells
    metadata: Mapping[str, Any]
    extension: str = ".py"
    lines: tuple[int | None, ...] = ()  # where each cell's text begins


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
    extension = PurePosixPath(source.path).suffix
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
    lines = tuple(cell.line for cell in notebook.cells)
    return Text(source.text, read.cells, read.metadata, extension, lines)


def essences(cells: Cells, options: Options) -> tuple[Essence, ...]:
    """Return the parts of the cells that must be equal on both sides."""
    return tuple(
        (cell["cell_type"], compared_text(cell), _as_json(written(cell["metadata"], options)))
        for cell in cells
    )


def compared_text(cell: Mapping[str, Any]) -> str:
    """Return a cell's text for comparison: without blank lines at the end of code."""
    source = str(cell["source"])
    if cell["cell_type"] != "code":
        return source
    kept = source.rstrip()
    if not kept:
        return ""
    return kept + source[len(kept) :].partition("\n")[0]


def text_from(
    path: str,
    content: Content,
    options: Options,
    like: Cells = (),
    extension: str = ".py",
    lines: Sequence[int | None] = (),
    numbers: Sequence[int] = (),
) -> str:
    """Return a notebook as percent text, as a save in JupyterLab would write it.

    A cell that ``like`` also contains keeps the layout that it has there. A text that jupytext
    would read differently as a comment is written in quotes. ``lines`` are those of the cells if
    the file at ``path`` is a source; ``numbers`` are those of the cells in the notebook, if it has
    others as well.

    Raises:
        SourceError: the text would not read back equal; names the cell of the notebook at ``path``
            and what would be lost.
    """
    _refuse_bulk(path, content["cells"])
    form = _Form(_metadata(content, options, extension), options, extension)
    cells = _with_layout(content["cells"], like, options)
    text, fault = form.verified(cells)
    if fault:
        cells = [form.in_quotes(cells, at) for at in range(len(cells))]
        text, fault = form.verified(cells)
    if not fault:
        return text
    number, fault = form.faulty_cell(cells) or (_likely_cell(cells, range(len(cells))), fault)
    cell = cells[number]
    loss = loss_of(cell, number) or Loss(fault)
    raise SourceError(
        f"cell {numbers[number] if numbers else number + 1} ({cell['cell_type']}, "
        f"{first_words(cell['source'])!r}) cannot be kept in a {extension}: {loss.reason}",
        place=Place(path, lines[number] if lines else None),
        hint=f"{loss.advice} {_KEEP}",
    )


def is_equal(text: str, cells: Cells, options: Options, extension: str = ".py") -> bool:
    """Return whether percent text contains exactly these cells."""
    return not _Form({}, options, extension).read_back(text, cells)[1]


@dataclass(frozen=True, slots=True)
class _Form:
    """How a notebook is written as text: its metadata, jupytext's options and the extension."""

    metadata: Mapping[str, Any]
    options: Options
    extension: str

    def verified(self, cells: Cells) -> tuple[str, str]:
        """Return the cells as percent text, and why it does not read back equal (or nothing)."""
        try:
            text = self._render(cells)
            read, fault = self.read_back(text, cells)
            if fault or self._render(read) == text:
                return text, fault
        except ValueError as error:  # jupytext does not support every shape of metadata
            return "", f"jupytext could not write it: {error}"
        return text, "a second save in JupyterLab would write it differently"

    def read_back(self, text: str, cells: Cells) -> tuple[Cells, str]:
        """Return the cells in a text, and how they differ from ``cells`` (or nothing)."""
        expected = essences(cells, self.options)
        if not is_notebook(text):
            return (), "its marker would be indented, and the file would count as a module"
        try:
            read = parse_percent(text, self.extension, self.options, is_validated=True).cells
            built = read_notebook("x", Source(f"x{self.extension}", text)).cells
        except ValueError as error:
            return (), f"jupytext could not read it back: {error}"
        except SourceError as error:
            return (), f"a source may not contain it: {error.message}{_shown(text, cells, error)}"
        as_built = [{"cell_type": c.kind, "source": c.text, "metadata": c.metadata} for c in built]
        for found in (essences(read, self.options), essences(as_built, self.options)):
            if found != expected:
                return read, f"it would read back with {_difference(found, expected)}"
        return read, ""

    def in_quotes(self, cells: Cells, at: int) -> Mapping[str, Any]:
        """Return a cell of text in triple quotes if it can be kept only so, else as it is."""
        cell = cells[at]
        if cell["cell_type"] == "code" or not self._fault_of(cells, at, at + 1):
            return cell
        for quote in _QUOTES:
            quoted = {**cell, "metadata": {**cell["metadata"], "cell_marker": quote}}
            if not self._fault_of([*cells[:at], quoted], at, at + 1):
                return quoted
        return cell

    def faulty_cell(self, cells: Cells) -> tuple[int, str] | None:
        """Return the index of a cell that is lost, alone or with the next one, and the reason."""
        first, last = 0, len(cells)
        while last - first > 1:
            middle = (first + last) // 2
            halves = ((first, middle), (middle, last))
            half = next((part for part in halves if self._fault_of(cells, *part)), None)
            if half is None:  # two cells that are lost only together
                around = range(max(first, middle - 1), min(last, middle + 1))
                fault = self._fault_of(cells, around.start, around.stop)
                return (_likely_cell(cells, around), fault) if fault else None
            first, last = half
        fault = self._fault_of(cells, first, last)
        return (first, fault) if fault else None

    def _fault_of(self, cells: Cells, first: int, last: int) -> str:
        """Return why a part of the cells does not read back equal, or an empty text."""
        above = [] if first == 0 else [_FIRST]
        return self.verified([*above, *cells[first:last]])[1]

    def _render(self, cells: Cells) -> str:
        return render_percent(cells, self.metadata, self.extension, self.options)


def _metadata(content: Content, options: Options, extension: str) -> dict[str, Any]:
    """Return the metadata with which jupytext writes the source of a notebook."""
    own = with_shared_kernelspec(content["metadata"])
    metadata = paired_metadata(own, own, extension, options)
    first = next(iter(content["cells"]), None)
    top = "" if first is None else first["source"].partition("\n")[0]
    if extension == ".py" and first and first["cell_type"] == "code" and names_encoding(top):
        return with_encoding(metadata)
    return metadata


def _refuse_bulk(path: str, cells: Cells) -> None:
    """Refuse a notebook for which jupytext would need minutes, and which no source may hold."""
    lines = sum(cell["source"].count("\n") + 1 for cell in cells)
    for what, number, most in (("cells", len(cells), MOST_CELLS), ("lines", lines, MOST_LINES)):
        if number > most:
            raise SourceError(
                f"{number:,} {what}, and a source may have {most:,}",
                place=Place(path),
                hint="Divide the notebook, or move code into modules that it imports. "
                "Until then, both files stay unchanged.",
            )


def _shown(text: str, cells: Cells, error: SourceError) -> str:
    """Return which line of the last cell an error about a text means, if it names one."""
    if error.place is None or error.place.line is None:
        return ""
    line = text.split("\n")[error.place.line - 1]
    lines = cells[-1]["source"].split("\n")
    at = next((at for at, own in enumerate(lines, 1) if own in (line, uncomment(line))), None)
    return f" (line {at}: {first_words(line)!r})" if at else f" ({first_words(line)!r})"


def _difference(found: Sequence[Essence], expected: Sequence[Essence]) -> str:
    """Return how cells that were read differ from those that were written."""
    if len(found) != len(expected):
        return f"{len(found)} cells instead of {len(expected)}"
    one, other = next(pair for pair in zip(found, expected, strict=True) if pair[0] != pair[1])
    parts = zip(("kind", "text", "metadata"), one, other, strict=True)
    name = next(name for name, was, now in parts if was != now)
    if name != "text":
        return f"another {name}"
    lines = zip_longest(one[1].split("\n"), other[1].split("\n"))
    return f"another line {next(at for at, (was, now) in enumerate(lines, 1) if was != now)}"


def _with_layout(cells: Cells, like: Cells, options: Options) -> list[Mapping[str, Any]]:
    """Return the cells with the layout metadata of equal cells in ``like``, else their own."""
    models: dict[Essence, Iterator[Mapping[str, Any]]] = {}
    for essence, same in _grouped(like, options).items():
        models[essence] = iter(same)
    laid_out: list[Mapping[str, Any]] = []
    for cell, essence in zip(cells, essences(cells, options), strict=True):
        own = {"source": compared_text(cell), "metadata": in_order(cell["metadata"])}
        model = next(models.get(essence, iter(())), own)
        laid_out.append({**cell, "source": model["source"], "metadata": model["metadata"]})
    return laid_out


def _grouped(cells: Cells, options: Options) -> dict[Essence, list[Mapping[str, Any]]]:
    groups: dict[Essence, list[Mapping[str, Any]]] = {}
    for cell, essence in zip(cells, essences(cells, options), strict=True):
        groups.setdefault(essence, []).append(cell)
    return groups


def _likely_cell(cells: Cells, indices: range) -> int:
    """Return the index of the first cell with a known loss, or else the first index."""
    return next((at for at in indices if loss_of(cells[at], at)), indices[0])


def _parse(text: str, path: str, options: Options) -> Parsed:
    try:
        return parse_percent(text, PurePosixPath(path).suffix, options, is_validated=True)
    except ValueError as error:
        raise SourceError(f"jupytext cannot read it: {error}", place=Place(path)) from None


def _as_json(metadata: Mapping[str, Any]) -> str:
    kept = {key: value for key, value in metadata.items() if key not in LAYOUT_METADATA}
    return json.dumps(kept, sort_keys=True)


def in_order(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return metadata with their keys in the order in which Jupyter writes them into an .ipynb."""
    ordered: dict[str, Any] = json.loads(json.dumps(metadata, sort_keys=True))
    return ordered
