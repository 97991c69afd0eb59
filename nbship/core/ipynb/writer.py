"""The text of an .ipynb as a save in Jupyter would write it."""

from collections.abc import Mapping
from typing import Any

from nbship.core.ipynb.json_text import render_json

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
    split = dict(cell)
    if "source" in split:
        split["source"] = _lines(split["source"])
    if isinstance(split.get("attachments"), dict):
        split["attachments"] = {
            name: _split_bundle(bundle) for name, bundle in split["attachments"].items()
        }
    if isinstance(split.get("outputs"), list):
        split["outputs"] = [_split_output(output) for output in split["outputs"]]
    return split


def _split_output(output: Any) -> Any:
    if not isinstance(output, dict):
        return output
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
