"""The reader of .ipynb files for all who read them: sync, check, the doctor, git's filter and diff.

What other programs leave out or write wrongly is mended where there is one right way, always to the
same content. The rest is refused with a line that names the cell.
The format: https://nbformat.readthedocs.io/en/latest/format_description.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, get_args

from nbship.core.ipynb.cell_ids import WITH_IDS, is_cell_id, with_ids
from nbship.core.ipynb.json_text import (
    half_of_a_pair,
    has_byte_order_mark,
    is_blank,
    parse_json,
    without_halves,
)
from nbship.core.ipynb.texts import with_texts
from nbship.diagnostics import Place
from nbship.errors import SourceError
from nbship.model.workspace import CellKind

FORMAT = 4  # the major version that Jupyter has written since 2015
_OLDEST = 1
_KINDS = get_args(CellKind)
_SHOWN = 40  # characters of a cell in a message
_TRANSIENT = ("orig_nbformat", "orig_nbformat_minor", "signature")  # Jupyter never saves them
_LINE_END = re.compile("\r\n?")  # Jupyter's editor makes a line feed of each
_TABLES = ("kernelspec", "language_info", "jupytext")  # of the notebook's metadata

Content = Mapping[str, Any]  # an .ipynb's JSON, with every text as one string


@dataclass(frozen=True, slots=True)
class NotebookFile:
    """A notebook as its file means it.

    ``is_mended`` tells that Jupyter would refuse the file, or would read it as another notebook.
    """

    content: Content
    is_mended: bool


def read_ipynb(path: str, data: bytes) -> NotebookFile:
    """Read an .ipynb of any version; a file without content is a notebook without cells.

    Raises:
        SourceError: it is not JSON, or is not shaped like a notebook; names the place or the cell.
    """
    if is_blank(data):
        return NotebookFile(_empty(), is_mended=True)
    found = notebook_from(path, parse_json(path, data))
    return replace(found, is_mended=True) if has_byte_order_mark(data) else found


def notebook_from(path: str, raw: dict[str, Any]) -> NotebookFile:
    """Return the notebook that the JSON of an .ipynb means.

    Raises:
        SourceError: it is not shaped like a notebook; names the cell.
    """
    is_old = is_old_format(raw)
    try:
        if is_old:
            raw = _upgraded(raw)
        joined = _joined(raw)
        content = _mended(joined)
        _refuse_faults(content)
    except ValueError as error:
        raise SourceError(
            f"not a valid notebook: {error}",
            place=Place(path),
            hint="Repair it in a text editor, or open and save it in Jupyter.",
        ) from None
    return NotebookFile(content, is_old or content != joined)


def is_old_format(raw: Mapping[str, Any]) -> bool:
    """Return whether a notebook has a version before 4, which had worksheets."""
    version = raw.get("nbformat")
    return type(version) is int and _OLDEST <= version < FORMAT


def first_words(text: str) -> str:
    """Return the beginning of a cell's text, by which a person can recognize the cell."""
    words: str = without_halves(" ".join(text.split()))
    return words if len(words) <= _SHOWN else words[: _SHOWN - 1] + "…"


def _empty() -> dict[str, Any]:
    return {"cells": [], "metadata": {}, "nbformat": FORMAT, "nbformat_minor": WITH_IDS}


def _upgraded(raw: dict[str, Any]) -> dict[str, Any]:
    """Return a notebook of an old version in the present one, as Jupyter converts it.

    Raises:
        ValueError: it cannot be converted.
    """
    from nbship.core.source.jupytext_api import upgraded_ipynb

    content = upgraded_ipynb({"metadata": {}, **_without_nulls(raw)})
    for cell in content["cells"]:
        cell.pop("id", None)  # it was made at random
    return content


def _without_nulls(value: Any, depth: int = 3) -> Any:
    """Return a notebook of an old version without the null values that stop its conversion.

    They are looked for in the notebook, in its worksheets and in their cells: ``depth`` objects.
    """
    if isinstance(value, list):
        return [_without_nulls(item, depth) for item in value]
    if not isinstance(value, dict) or not depth:
        return value
    return {k: _without_nulls(v, depth - 1) for k, v in value.items() if v is not None}


def _joined(raw: dict[str, Any]) -> dict[str, Any]:
    """Return a notebook with one string for each text that the format splits into lines."""
    content = dict(raw)
    if isinstance(content.get("metadata"), dict):
        content["metadata"] = _without(content["metadata"], _TRANSIENT)
    if isinstance(content.get("cells"), list):
        content["cells"] = [
            _joined_cell(cell) if isinstance(cell, dict) else cell for cell in content["cells"]
        ]
    return content


def _joined_cell(raw: Mapping[str, Any]) -> dict[str, Any]:
    cell: dict[str, Any] = with_texts(raw, _joined_text, _joined_bundle, _joined_output)
    if isinstance(cell.get("metadata"), dict):
        cell["metadata"] = _without(cell["metadata"], ("trusted",))
    return cell


def _joined_output(output: Mapping[str, Any]) -> dict[str, Any]:
    joined = dict(output)
    if "text" in joined:
        joined["text"] = _joined_text(joined["text"])
    if "data" in joined:
        joined["data"] = _joined_bundle(joined["data"])
    return joined


def _joined_bundle(bundle: Any) -> Any:
    """Join the lines of each text in a MIME bundle; a list is a value of its own in JSON."""
    if not isinstance(bundle, dict):
        return bundle
    return {
        mime: value if _is_json_mime(mime) else _joined_text(value)
        for mime, value in bundle.items()
    }


def _is_json_mime(mime: str) -> bool:
    is_plus = mime.startswith("application/") and mime.endswith("+json")
    return mime == "application/json" or is_plus


def _joined_text(value: Any) -> Any:
    is_lines = isinstance(value, list) and all(isinstance(line, str) for line in value)
    return "".join(value) if is_lines else value


def _without(values: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key not in keys}


def _mended(joined: Mapping[str, Any]) -> dict[str, Any]:
    """Return a notebook with what its format demands, where only one value is right."""
    content = dict(joined)
    cells = content.get("cells")
    metadata = content.get("metadata")
    if metadata is None:
        metadata = {}
    if isinstance(metadata, dict):
        content["metadata"] = {
            key: value for key, value in metadata.items() if value is not None or key not in _TABLES
        }
    if cells is None:
        content["cells"] = cells = []
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        return content
    minor = content.get("nbformat_minor")
    if minor is None:
        has_ids = any(is_cell_id(cell.get("id")) for cell in cells)
        content["nbformat_minor"] = minor = WITH_IDS if has_ids else WITH_IDS - 1
    mended = [_mended_cell(cell) for cell in cells]
    has_ids = type(minor) is int and minor >= WITH_IDS
    content["cells"] = (
        list(with_ids(mended)) if has_ids else [_without(cell, ("id",)) for cell in mended]
    )
    return content


def _mended_cell(joined: Mapping[str, Any]) -> dict[str, Any]:
    cell = dict(joined)
    for key, value in (("metadata", {}), ("source", "")):
        if cell.get(key) is None:
            cell[key] = value
    if isinstance(cell["source"], str):
        cell["source"] = _LINE_END.sub("\n", cell["source"])
    if cell.get("attachments", {}) is None:
        del cell["attachments"]
    if cell.get("cell_type") == "code":
        if cell.get("outputs") is None:
            cell["outputs"] = []
        if isinstance(cell["outputs"], list):
            cell["outputs"] = [without_halves(output) for output in cell["outputs"]]
        cell.setdefault("execution_count", None)
    else:
        for key in ("outputs", "execution_count"):
            if not cell.get(key, True):  # a cell that was code once
                del cell[key]
    return cell


def _refuse_faults(content: Mapping[str, Any]) -> None:
    """Refuse what is not shaped like a notebook.

    Raises:
        ValueError: names what is wrong, and the cell.
    """
    version, metadata = content.get("nbformat"), content["metadata"]
    if version != FORMAT or isinstance(version, bool):
        raise ValueError(f"nbformat is {version!r}, not {FORMAT}")
    if type(content.get("nbformat_minor")) is not int:
        raise ValueError("nbformat_minor is not a number")
    is_list = isinstance(content["cells"], list)
    if not is_list:
        raise ValueError("its cells are not a list")
    if not isinstance(metadata, dict) or not all(
        isinstance(metadata.get(key, {}), dict) for key in _TABLES
    ):
        raise ValueError(
            "its metadata, or the kernelspec, language_info or jupytext in it, is not an object"
        )
    if without_halves(metadata) != metadata:
        raise ValueError("its metadata contains half of a surrogate pair")
    for number, cell in enumerate(content["cells"], start=1):
        fault = _fault_of_cell(cell)
        if fault:
            raise ValueError(f"cell {number}: {fault}")


def _fault_of_cell(cell: Any) -> str:
    """Return why JSON is not a cell, or an empty string."""
    if not isinstance(cell, dict):
        return "it is not an object"
    if cell.get("cell_type") not in _KINDS:
        return f"its cell_type is {cell.get('cell_type')!r}"
    if not isinstance(cell["source"], str):
        return "its source is not text"
    if not isinstance(cell["metadata"], dict):
        return "its metadata is not an object"
    attachments = cell.get("attachments", {})
    if not _is_object_of(attachments, dict):
        return "its attachments are not an object of objects"
    return _fault_of_text(cell) or _fault_of_outputs(cell)


def _fault_of_text(cell: Mapping[str, Any]) -> str:
    line = half_of_a_pair(cell["source"])
    if line is not None:
        return f"line {line} contains half of a surrogate pair"
    kept = [cell["metadata"], cell.get("attachments")]
    return "its metadata contain half of a surrogate pair" if without_halves(kept) != kept else ""


def _fault_of_outputs(cell: Mapping[str, Any]) -> str:
    outputs = cell.get("outputs", [])
    if not isinstance(outputs, list):
        return "its outputs are not a list"
    for number, output in enumerate(outputs, start=1):
        if not isinstance(output, dict) or not isinstance(output.get("output_type"), str):
            return f"its output {number} has no output_type"
        if not isinstance(output.get("data", {}), dict):
            return f"the data of its output {number} is not an object"
        if not isinstance(output.get("text", ""), str):
            return f"the text of its output {number} is not text"
    return ""


def _is_object_of(value: Any, kind: type) -> bool:
    return isinstance(value, dict) and all(isinstance(item, kind) for item in value.values())
