"""The text of an .ipynb as a save in Jupyter would write it."""

from collections.abc import Mapping
from typing import Any

from nbship.core.ipynb.json_text import render_json
from nbship.core.ipynb.texts import with_texts

_SPLIT = frozenset({"application/javascript", "image/svg+xml"})  # beside all of text/


def render_ipynb(content: Mapping[str, Any]) -> str:
    """Return the text of a notebook of nbformat 4, each text as a list of lines."""
    cells = content.get("cells")
    if isinstance(cells, list):
        content = {**content, "cells": [_split_cell(cell) for cell in cells]}
    return render_json(content)


def _split_cell(cell: Any) -> Any:
    if not isinstance(cell, dict):
        return cell
    return with_texts(cell, _lines, _split_bundle, _split_output)


def _split_output(output: Mapping[str, Any]) -> dict[str, Any]:
    split = dict(output)
    if output.get("output_type") in {"execute_result", "display_data"}:
        split["data"] = _split_bundle(output.get("data", {}))
    elif output.get("output_type") == "stream":
        split["text"] = _lines(output.get("text", ""))
    return split


def _split_bundle(bundle: Any) -> Any:
    if not isinstance(bundle, dict):
        return bundle
    return {
        mime: _lines(value) if mime.startswith("text/") or mime in _SPLIT else value
        for mime, value in bundle.items()
    }


def _lines(value: Any) -> Any:
    return value.splitlines(keepends=True) if isinstance(value, str) else value
