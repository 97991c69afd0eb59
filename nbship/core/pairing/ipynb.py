"""The .ipynb that people edit: its validation when read, and the text that Jupyter would write.

The format: https://nbformat.readthedocs.io/en/latest/format_description.html
"""

import json
from collections.abc import Mapping
from typing import Any, get_args

from nbship.core.source.jupytext_api import nbformat_v4
from nbship.diagnostics import Place
from nbship.errors import SourceError
from nbship.model.workspace import CellKind

_FORMAT = 4  # the major version that Jupyter has written since 2015
_KINDS = get_args(CellKind)
_SHOWN = 40  # characters of a cell in a message

Content = Mapping[str, Any]  # an .ipynb's JSON, with every text as one string


def read_ipynb(path: str, data: bytes) -> Content:
    """Read an .ipynb of nbformat 4.

    Raises:
        SourceError: it is not JSON, has another version, or is not shaped like a notebook; names
            the place.
    """
    place = Place(path)
    try:
        content = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_without_duplicates)
        json.dumps(content, ensure_ascii=False).encode()
    except UnicodeDecodeError:
        raise SourceError("not UTF-8", place=place, hint="Save it as UTF-8.") from None
    except UnicodeEncodeError:
        raise SourceError("contains half of a surrogate pair", place=place) from None
    except json.JSONDecodeError as error:
        raise SourceError(
            f"not a notebook: {error.msg}", place=Place(path, error.lineno, error.colno)
        ) from None
    except RecursionError:
        raise SourceError("not a notebook: nested too deeply", place=place) from None
    except ValueError as error:
        raise SourceError(f"not a notebook: {error}", place=place) from None
    reason = _fault(content)
    if reason:
        raise SourceError(f"not a notebook that can be paired: {reason}", place=place)
    return _normalized(content)


def render_ipynb(content: Content) -> str:
    """Return the text that a save in Jupyter would write."""
    nbjson = nbformat_v4().nbjson
    return str(nbjson.writes(nbjson.from_dict(content))) + "\n"


def first_words(text: str) -> str:
    """Return the beginning of a cell's text, by which a person can recognize the cell."""
    words = " ".join(text.split())
    return words if len(words) <= _SHOWN else words[: _SHOWN - 1] + "…"


def _normalized(content: Any) -> Content:
    """Join texts that the format splits into lines, and add keys that a code cell may lack."""
    joined: dict[str, Any] = json.loads(json.dumps(nbformat_v4().nbjson.to_notebook(content)))
    for cell in joined["cells"]:
        if cell["cell_type"] == "code":
            cell.setdefault("outputs", [])
            cell.setdefault("execution_count", None)
    return joined


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        duplicate = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {duplicate!r} occurs twice")
    return found


def _fault(content: Any) -> str:
    """Return why JSON is not a notebook, or an empty string."""
    if not isinstance(content, dict):
        return "it is not a JSON object"
    version, cells = content.get("nbformat"), content.get("cells")
    if version != _FORMAT or isinstance(version, bool):
        return f"nbformat is {version!r}, not {_FORMAT}; open and save it in Jupyter"
    if type(content.get("nbformat_minor")) is not int:
        return "nbformat_minor is not a number"
    if not isinstance(cells, list) or not cells:
        return "it has no cells"
    if not _is_metadata(content.get("metadata")):
        return "its metadata, or the kernelspec, language_info or jupytext in it, is not an object"
    faults = ((number, _fault_of_cell(cell)) for number, cell in enumerate(cells, start=1))
    return next((f"cell {number}: {fault}" for number, fault in faults if fault), "")


def _is_metadata(metadata: Any) -> bool:
    return isinstance(metadata, dict) and all(
        isinstance(metadata.get(key, {}), dict)
        for key in ("kernelspec", "language_info", "jupytext")
    )


def _fault_of_cell(cell: Any) -> str:
    """Return why JSON is not a cell, or an empty string."""
    if not isinstance(cell, dict):
        return "it is not an object"
    if cell.get("cell_type") not in _KINDS:
        return f"its cell_type is {cell.get('cell_type')!r}"
    source = cell.get("source")
    if not isinstance(source, str) and not _is_list_of(source, str):
        return "its source is not text"
    if not isinstance(cell.get("metadata"), dict):
        return "its metadata is not an object"
    attachments = cell.get("attachments", {})
    if not _is_object_of(attachments, dict):
        return "its attachments are not an object of objects"
    return _fault_of_outputs(cell.get("outputs", [])) if cell["cell_type"] == "code" else ""


def _fault_of_outputs(outputs: Any) -> str:
    if not isinstance(outputs, list):
        return "its outputs are not a list"
    for number, output in enumerate(outputs, start=1):
        if not isinstance(output, dict) or not isinstance(output.get("output_type"), str):
            return f"its output {number} has no output_type"
        if not isinstance(output.get("data", {}), dict):
            return f"the data of its output {number} is not an object"
        text = output.get("text", "")
        if not isinstance(text, str) and not _is_list_of(text, str):
            return f"the text of its output {number} is not text"
    return ""


def _is_object_of(value: Any, kind: type) -> bool:
    return isinstance(value, dict) and all(isinstance(item, kind) for item in value.values())


def _is_list_of(value: Any, kind: type) -> bool:
    return isinstance(value, list) and all(isinstance(item, kind) for item in value)
