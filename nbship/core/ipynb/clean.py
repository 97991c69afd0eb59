"""What git keeps of an .ipynb: the notebook without outputs, as nbstripout strips it.

git gets Python's usual kernelspec in place of ``nbship``, which is of one machine. In all else the
tests compare the result with nbstripout's, which cannot be used here: it stops at the first
notebook that it cannot read, and makes ids at random. The metadata that keep an output are its own:
https://github.com/kynan/nbstripout#keeping-some-output
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbship.core.ipynb.json_text import is_blank, parse_json, render_json
from nbship.core.ipynb.reader import is_old_format, notebook_from
from nbship.core.ipynb.writer import render_ipynb
from nbship.core.source.language import with_shared_kernelspec
from nbship.errors import SourceError

# The metadata that a run or the display of a notebook writes, by nbstripout's names for them.
STRIPPED = (
    "metadata.signature",
    "metadata.widgets",
    "cell.metadata.collapsed",
    "cell.metadata.ExecuteTime",
    "cell.metadata.execution",
    "cell.metadata.heading_collapsed",
    "cell.metadata.hidden",
    "cell.metadata.scrolled",
)
# git's command for a notebook that it writes into a folder: the second line begins with a tab in
# place of a space. No program that saves the file does so, and the size stays: git sees no change.
SMUDGE_COMMAND = (
    "LC_ALL=C sed -e '1{' -e '/^{$/{' -e n -e \"s/^ \\\"/$(printf '\\t')\\\"/\" -e '}' -e '}'"
)
_MARK = re.compile(rb'\A(\{\r?\n)\t(?="[^\n]*\n )')
_COUNTS = ("execution_count", "prompt_number")  # of nbformat 4, and before
_KEEP, _KEEP_AT_START = "keep_output", "init_cell"


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A notebook as git gets it, and what the user should know of it (or nothing)."""

    data: bytes
    remark: str = ""


def clean_ipynb(path: str, data: bytes, keys: Sequence[str] = STRIPPED) -> Cleaned:
    """Return a notebook without outputs; a file that cannot be read stays as it is.

    A second application changes nothing. ``keys`` are the metadata to strip, by nbstripout's names.
    """
    data = _MARK.sub(rb"\1 ", data)
    if is_blank(data):
        return Cleaned(data)
    try:
        raw = parse_json(path, data)
    except SourceError as error:
        return Cleaned(data, f"{error}. git gets the file as it is")
    remark = _contradiction(path, raw)
    stripped = _stripped(raw, keys)
    content = stripped
    try:
        content = dict(notebook_from(path, stripped).content)
    except SourceError as error:
        remark = f"{error}. git gets it without outputs, and else as it is"
    if is_old_format(stripped):
        return Cleaned(render_json(stripped).encode(), remark)
    return Cleaned(render_ipynb(content).encode(), remark)


def is_as_git_wrote_it(data: bytes) -> bool:
    """Return whether no program has saved a notebook since git wrote its file."""
    return _MARK.match(data) is not None


def keys_to_strip(config: str) -> tuple[str, ...]:
    """Return the metadata to strip, after the changes in the user's git config.

    ``config`` is the output of ``git config -z --get-regexp``: a name, a line end and the value,
    each ended by a NUL. The settings are nbstripout's: ``extrakeys`` adds keys,
    ``keepmetadatakeys`` removes them.
    """
    added: list[str] = []
    kept: set[str] = set()
    for entry in config.split("\0"):
        name, _, value = entry.partition("\n")
        if name.endswith(".extrakeys"):
            added += value.split()
        else:
            kept |= set(value.split())
    return tuple(key for key in (*STRIPPED, *added) if key not in kept)


def cells_with_outputs(path: str, data: bytes) -> tuple[int, ...]:
    """Return the numbers, from 1, of the cells with outputs that git should not have.

    Raises:
        SourceError: the file cannot be read.
    """
    if is_blank(data):
        return ()
    raw = parse_json(path, data)
    keeps_all = _keeps_all(raw)
    return tuple(
        number
        for number, cell in enumerate(_cells(raw), start=1)
        if cell.get("outputs") and not _keeps_outputs(cell, keeps_all=keeps_all)
    )


def _stripped(raw: Mapping[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    """Return a notebook of any version without outputs, whatever its shape is else."""
    content = dict(raw)
    keeps_all = _keeps_all(raw)
    if isinstance(raw.get("worksheets"), list):
        content["worksheets"] = [
            _with_cells(sheet, keys, keeps_all=keeps_all) for sheet in raw["worksheets"]
        ]
    content |= _with_cells(content, keys, keeps_all=keeps_all)
    for key in _in_namespace(keys, "metadata") if "metadata" in content else ():
        content["metadata"] = _without(content["metadata"], key)
    if isinstance(content.get("metadata"), dict):
        content["metadata"] = with_shared_kernelspec(content["metadata"])
    return content


def _with_cells(holder: Any, keys: Sequence[str], *, keeps_all: bool) -> Any:
    """Return a notebook, or a worksheet of an old one, with its cells stripped."""
    if not isinstance(holder, dict) or not isinstance(holder.get("cells"), list):
        return holder
    cells = [_stripped_cell(cell, keys, keeps_all=keeps_all) for cell in holder["cells"]]
    return {**holder, "cells": cells}


def _stripped_cell(raw: Any, keys: Sequence[str], *, keeps_all: bool) -> Any:
    if not isinstance(raw, dict):
        return raw
    cell = dict(raw)
    if "outputs" in cell:
        is_kept = _keeps_outputs(cell, keeps_all=keeps_all) and isinstance(cell["outputs"], list)
        cell["outputs"] = list(map(_without_count, cell["outputs"])) if is_kept else []
    cell |= {key: None for key in _COUNTS if key in cell}
    for key in _in_namespace(keys, "cell"):
        cell = _without(cell, key)
    return cell


def _without_count(output: Any) -> Any:
    has_count = isinstance(output, dict) and "execution_count" in output
    return {**output, "execution_count": None} if has_count else output


def _in_namespace(keys: Sequence[str], namespace: str) -> Iterator[str]:
    prefix = f"{namespace}."
    return (key.removeprefix(prefix) for key in keys if key.startswith(prefix))


def _without(values: Any, dotted: str) -> Any:
    """Return an object without a key; ``a.b`` is the key ``b`` of the object ``a`` in it."""
    if not isinstance(values, dict):
        return values
    if dotted in values:
        return {key: value for key, value in values.items() if key != dotted}
    head, _, tail = dotted.partition(".")
    return {**values, head: _without(values[head], tail)} if tail and head in values else values


def _cells(raw: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the cells of a notebook of any version."""
    sheets = raw.get("worksheets")
    for holder in (raw, *(sheets if isinstance(sheets, list) else ())):
        cells = holder.get("cells") if isinstance(holder, dict) else None
        if isinstance(cells, list):
            yield from (cell for cell in cells if isinstance(cell, dict))


def _keeps_all(raw: Mapping[str, Any]) -> bool:
    metadata = raw.get("metadata")
    return isinstance(metadata, dict) and bool(metadata.get(_KEEP))


def _keeps_outputs(cell: Mapping[str, Any], *, keeps_all: bool) -> bool:
    metadata = cell.get("metadata")
    if not isinstance(metadata, dict):
        return keeps_all
    if _KEEP_AT_START in metadata:
        return bool(metadata[_KEEP_AT_START])
    if _KEEP in metadata:
        return bool(metadata[_KEEP])
    return _has_tag(metadata) or keeps_all


def _has_tag(metadata: Mapping[str, Any]) -> bool:
    tags = metadata.get("tags")
    return isinstance(tags, list) and _KEEP in tags


def _contradiction(path: str, raw: Mapping[str, Any]) -> str:
    """Return what to tell of a cell whose tag keeps its outputs while its metadata do not."""
    for number, cell in enumerate(_cells(raw), start=1):
        metadata = cell.get("metadata")
        if isinstance(metadata, dict) and _has_tag(metadata) and not metadata.get(_KEEP, True):
            return (
                f"{path}: cell {number}: the tag {_KEEP} contradicts the metadata {_KEEP} = false. "
                "git gets it without outputs"
            )
    return ""
