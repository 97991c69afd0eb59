"""The conversion of one found notebook: to a source with a header, and the notebook of the pair.

Nothing is written here. The result proves itself: the source is compiled, and the artifact's cells
are compared with those of the old notebook.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from nbship.core.adoption import notebook_metadata
from nbship.core.adoption.differences import unequal_cells, unequal_keys, unequal_lines
from nbship.core.adoption.earlier_bundle import has_style_cells, kept_bundles, without_bundle
from nbship.core.adoption.kernel_metadata import taken_over
from nbship.core.adoption.survey import Found, writes_code
from nbship.core.adoption.taken import Answers, Question, Taken
from nbship.core.artifact.collected import Collected
from nbship.core.artifact.compile import compile_notebook
from nbship.core.artifact.imports import Find
from nbship.core.artifact.session import without_session
from nbship.core.ipynb.cell_ids import WITH_IDS, CellIds
from nbship.core.ipynb.reader import Content, read_ipynb
from nbship.core.ipynb.writer import render_ipynb
from nbship.core.pairing.attachments import file_name
from nbship.core.pairing.compare import PairFiles, agree, compare_pair, notebook_text
from nbship.core.pairing.notebook_language import suffix_of
from nbship.core.push.stamp import read_stamp, without_stamp
from nbship.core.scaffold.header_cell import header_cell, ours
from nbship.core.source.decode import decode
from nbship.core.source.grammar import is_marker
from nbship.core.source.jupytext_api import Options
from nbship.core.source.language import PYTHON, language_of
from nbship.core.source.preamble import (
    skip_blank,
    skip_header,
    without_blank_top,
    yaml_header,
)
from nbship.core.source.reader import read_notebook
from nbship.core.source.yaml_header import read_kernelspec
from nbship.diagnostics import Place
from nbship.errors import SourceError
from nbship.model.layout import Layout, assets_of
from nbship.model.notebook import Artifact
from nbship.model.workspace import METADATA_FILE, Source

_REQUIRES = ">=3.11"
_OPEN, _CLOSE = "# /// script", "# ///"
_IPYNB = ".ipynb"


@dataclass(frozen=True, slots=True)
class Adopted:
    """A notebook as the workspace gets it.

    ``pictures`` are the files beside the source, by path. ``notebook`` is the .ipynb of the pair,
    None where a sync makes it. ``kept`` is a copy of one with other cells, by path. ``removed`` are
    the old files, whose content is in the new ones. ``unequal`` says in words which cells or keys
    differ from the old ones.
    """

    name: str
    found: Found
    source_path: str
    text: str
    notebook_path: str
    kind: str
    notebook: bytes | None = None
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    kept: Mapping[str, bytes] = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    unequal: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The facts of a workspace that the conversion of a notebook uses."""

    layout: Layout
    options: Options
    find: Find
    answers: Answers


@dataclass(frozen=True, slots=True)
class _Settings:
    """The header's tables for one notebook, and what it is then."""

    tables: Mapping[str, Any]
    kind: str
    remarks: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()

    @property
    def is_script(self) -> bool:
        return self.kaggle.get("kernel_type") == "script"

    @property
    def kaggle(self) -> Mapping[str, Any]:
        table: Mapping[str, Any] = self.tables.get("tool", {}).get("nbship", {}).get("kaggle", {})
        return table


def adopt_notebook(
    found: Found, name: str, data: bytes, outputs: bytes | None, around: Surroundings
) -> Adopted:
    """Return what becomes of a found notebook; ``outputs`` is the .ipynb of a percent source.

    Raises:
        SourceError: the notebook cannot be held as a source; names the cell or the line.
    """
    is_ipynb = found.path.lower().endswith(_IPYNB)
    data = _without_additions(data, is_ipynb=is_ipynb)
    content = _content(found.path, data) if is_ipynb else None
    metadata = content["metadata"] if content else {}
    settings = _settings(found, name, metadata, around.answers)
    if settings.questions and found.raw is not None and "id" not in settings.kaggle:
        raise _unanswered(found, settings.questions)
    if content is not None:
        adopted = _from_ipynb(found, name, content, data, settings, around)
    else:
        adopted = _from_source(found, name, data, outputs, settings, around)
    try:
        artifact = _compiled(adopted, around)
    except SourceError as error:
        return replace(adopted, unequal=(f"it cannot be built as it is: {error}",))
    unequal = tuple(_unequal(adopted, data, artifact, settings, around.find))
    return replace(adopted, unequal=unequal)


def _without_additions(data: bytes, *, is_ipynb: bool) -> bytes:
    """Return a text without the stamp of a push and a script's session line, as on Kaggle."""
    text = data.decode(errors="replace")
    own = text if read_stamp(text) is None else without_stamp(text)
    if not is_ipynb:
        own = without_session(own)
    return data if own == text else own.encode(errors="replace")


def _content(path: str, data: bytes) -> Content:
    try:
        return read_ipynb(path, data).content
    except SourceError as error:
        hints = ("It stays where it is: repair it, then adopt it.",)
        raise error.with_changes(hints=hints) from None


def _unanswered(found: Found, questions: Sequence[Question]) -> SourceError:
    flags = " ".join(dict.fromkeys(question.flag for question in questions))
    return SourceError(
        f"its kernel's id is not known: {questions[0].words} is missing",
        place=Place(found.metadata),
        hint=f"Type the command again with {flags}",
    )


def _settings(found: Found, name: str, metadata: Mapping[str, Any], answers: Answers) -> _Settings:
    """Return the tables of a notebook's header, by its metadata file or else by its own."""
    if found.raw is not None:
        taken = taken_over(found.raw, answers)
        return _kernel(taken)
    kaggle, kernel = notebook_metadata.of_kaggle(metadata), answers.kernels.get(name)
    if kernel:
        named = taken_over({"id": kernel, "enable_internet": False}, answers)
        found_here = kaggle or Taken({})
        return _kernel(replace(found_here, keys={**named.keys, **found_here.keys}))
    if kaggle is not None:
        question = Question(f"--kernel {name}=OWNER/SLUG", "its id on Kaggle, where it was edited")
        return _Settings({}, "a local helper", kaggle.remarks, (*kaggle.questions, question))
    colab = notebook_metadata.of_colab(metadata)
    if colab is not None:
        return _Settings(ours(colab=colab.keys), "a Colab notebook", colab.remarks)
    return _Settings({}, "a local helper")


def _kernel(taken: Taken) -> _Settings:
    kind = f"the kernel {taken.keys.get('id', '')}"
    return _Settings(ours(kaggle=taken.keys), kind, taken.remarks, taken.questions)


def _header(settings: _Settings, suffix: str, own: Mapping[str, Any] | None = None) -> str:
    """Return the header cell; ``own`` are the tables of a script block that is there already."""
    basis: Mapping[str, Any] = {}
    if suffix == PYTHON.suffix:
        basis = {"requires-python": _REQUIRES, "dependencies": []}
    tool = {**(own or {}).get("tool", {}), **settings.tables.get("tool", {})}
    return header_cell({**basis, **(own or {}), **({"tool": tool} if tool else {})})


def _from_ipynb(
    found: Found,
    name: str,
    content: Content,
    data: bytes,
    settings: _Settings,
    around: Surroundings,
) -> Adopted:
    suffix = suffix_of(found.path, data)
    source_path = around.layout.source(name, suffix)
    own = {**content, "cells": without_bundle(content["cells"], around.find)}
    if has_style_cells(content["cells"], own["cells"]):
        known = settings.tables.get("tool", {}).get("nbship", {})
        settings = replace(settings, tables=ours(**known, bundle={"style": "cells"}))
    whole = _with_header(own, _header(settings, suffix))
    pair = PairFiles(
        source_path, found.path, None, render_ipynb(whole).encode(), base=None, earlier=None
    )
    state = compare_pair(pair, around.options)
    text = notebook_text(state, around.options)
    agreed = agree(state, text, around.options)
    written = tuple(
        f"cell {number} writes code: move it into a module beside the source, and import it"
        for number in writes_code(content["cells"])
    )
    folder = assets_of(source_path)
    return Adopted(
        name,
        found,
        source_path,
        agreed.text,
        around.layout.notebook(name),
        settings.kind,
        notebook=agreed.notebook,
        pictures={f"{folder}/{file_name(each)}": data for each, data in agreed.pictures.items()},
        removed=tuple(filter(None, (found.path, found.metadata))),
        remarks=(*settings.remarks, *written, *kept_bundles(content["cells"], own["cells"])),
        questions=settings.questions,
    )


def _with_header(content: Content, header: str) -> dict[str, Any]:
    cell: dict[str, Any] = {
        "cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [],
        "source": header,
    }  # fmt: skip
    if content["nbformat_minor"] >= WITH_IDS:
        taken = [cell["id"] for cell in content["cells"]]
        cell["id"] = CellIds(taken).of("code", header)
    return {**content, "cells": [cell, *content["cells"]]}


def _from_source(
    found: Found,
    name: str,
    data: bytes,
    outputs: bytes | None,
    settings: _Settings,
    around: Surroundings,
) -> Adopted:
    """Return a percent source or a script with a header above its cells."""
    old = decode(found.path, data)
    suffix = language_of(found.path).suffix
    source_path = around.layout.source(name, suffix)
    text = _with_header_above(old, settings, suffix)
    adopted = Adopted(
        name, found, source_path, text, around.layout.notebook(name), settings.kind,
        removed=tuple(filter(None, (found.path, found.metadata))),
        remarks=settings.remarks, questions=settings.questions,
    )  # fmt: skip
    if outputs is None or settings.is_script:
        return adopted
    content = read_ipynb(found.outputs, outputs).content
    header = read_notebook(name, Source(source_path, text)).cells[0].text
    own = {**content, "cells": list(_cells_without_block(found.outputs, content["cells"]))}
    whole = _with_header(own, header)
    pair = PairFiles(
        source_path, found.outputs, text.encode(), render_ipynb(whole).encode(), None, None
    )
    agreed = agree(compare_pair(pair, around.options), text, around.options)
    if agreed.drops_cells or agreed.drops_outputs:
        is_in_place = found.outputs == adopted.notebook_path
        kept = around.layout.kept_notebook(name)
        fate = f"it is kept in {kept}" if is_in_place else "it stays"
        remark = f"{found.outputs} has other cells than {found.path}: the source decides, {fate}"
        return replace(
            adopted,
            notebook=agreed.notebook,
            kept={kept: outputs} if is_in_place else {},
            removed=(*adopted.removed, *([found.outputs] if is_in_place else [])),
            remarks=(*adopted.remarks, remark),
        )
    return replace(adopted, notebook=agreed.notebook, removed=(*adopted.removed, found.outputs))


def _with_header_above(old: Source, settings: _Settings, suffix: str) -> str:
    """Return a source's text with a header cell instead of its YAML header and its script block."""
    read_kernelspec(old)  # refuses the header of another tool
    lines = old.text.split("\n")
    fences = yaml_header(lines)
    lines = [*lines[: fences.start], *lines[fences.stop :]]
    own, lines = _without_block(old.path, lines)
    top = skip_header(lines)
    body = lines[skip_blank(lines, top) :]
    marker = [] if body and is_marker(body[0]) else ["# %%"]
    header = ["# %%", *_header(settings, suffix, own).split("\n"), ""]
    return without_blank_top("\n".join([*lines[:top], *header, *marker, *body]))


def _without_block(path: str, lines: list[str]) -> tuple[Mapping[str, Any], list[str]]:
    """Return the tables of a script block, and the lines without it."""
    if _OPEN not in [line.rstrip() for line in lines]:
        return {}, lines
    from nbship.core.metadata.script_block import read_header

    first = next(at for at, line in enumerate(lines) if line.rstrip() == _OPEN)
    last = next((at for at in range(first, len(lines)) if lines[at].rstrip() == _CLOSE), first)
    block = "\n".join(["# %%", *lines[first : last + 1]])
    tables = read_header(Source(path, block)).tables
    before, after = lines[:first], lines[last + 1 :]
    following = after[skip_blank(after, 0) :]
    is_whole_cell = not following or is_marker(following[0])
    if before and is_marker(before[-1]) and is_whole_cell:
        before.pop()
    return tables, [*before, *after]


def _cells_without_block(path: str, cells: Sequence[Mapping[str, Any]]) -> Iterator[Any]:
    """Yield the cells without a script block, which the header cell of the source replaces."""
    for cell in cells:
        lines: list[str] = cell["source"].split("\n")
        _, kept = _without_block(path, lines) if cell["cell_type"] == "code" else ({}, lines)
        if kept == lines:
            yield cell
        elif skip_blank(kept, 0) < len(kept):
            yield {**cell, "source": "\n".join(kept[skip_blank(kept, 0) :])}


def _compiled(adopted: Adopted, around: Surroundings) -> Artifact:
    source = Source(adopted.source_path, adopted.text)

    def collect(pattern: str) -> Collected:
        below = f"{pattern}/"
        return Collected(
            {path: data for path, data in adopted.pictures.items() if path.startswith(below)}
        )

    return compile_notebook(
        adopted.name, source, around.find, collect, sources=around.layout.sources
    ).artifact


def _unequal(
    adopted: Adopted, data: bytes, artifact: Artifact, settings: _Settings, find: Find
) -> Iterator[str]:
    """Yield how the artifact differs from the old notebook and its metadata."""
    if settings.is_script:
        yield from unequal_lines(artifact.text, decode(adopted.found.path, data).text)
    else:
        built = zip(json.loads(artifact.text)["cells"], artifact.line_map, strict=True)
        own = (cell for cell, origin in built if origin and origin.path == adopted.source_path)
        yield from unequal_cells(own, _old_cells(adopted, data, find))
    if settings.kaggle:
        yield from unequal_keys(json.loads(artifact.files[METADATA_FILE]), settings.kaggle)


def _old_cells(adopted: Adopted, data: bytes, find: Find) -> Iterator[Mapping[str, Any]]:
    path = adopted.found.path
    if path.lower().endswith(_IPYNB):
        yield from without_bundle(read_ipynb(path, data).content["cells"], find)
        return
    lines = decode(path, data).text.split("\n")
    fences = yaml_header(lines)
    _, lines = _without_block(path, [*lines[: fences.start], *lines[fences.stop :]])
    source = Source(adopted.source_path, "\n".join(lines))
    for cell in read_notebook(adopted.name, source).cells:
        yield {"cell_type": cell.kind, "source": cell.text, "metadata": cell.metadata}
