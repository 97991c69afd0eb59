"""The text of an .ipynb (nbformat 4.5): equal notebooks give equal bytes.

The format: https://nbformat.readthedocs.io/en/latest/format_description.html
"""

import json
from collections.abc import Iterable
from typing import Any

from nbship.core.ipynb.cell_ids import CellIds
from nbship.core.source.language import R, language_of
from nbship.diagnostics import Place
from nbship.errors import SourceError
from nbship.lazy import FORMATS, excluding
from nbship.model.jupytext_options import VOLATILE_METADATA
from nbship.model.notebook import Cell, Notebook
from nbship.model.spec import ColabSpec


def render_notebook(notebook: Notebook, colab: ColabSpec | None) -> str:
    """Return the .ipynb: without outputs, with a kernelspec and with cell ids made from content.

    Each cell's source is one string, as Kaggle requires it: the file is sent unchanged.

    Raises:
        SourceError: nbformat does not accept the notebook.
    """
    with excluding(*FORMATS):
        import nbformat

    content = {
        "cells": _cells(notebook.cells),
        "metadata": {**_colab(colab), **_language(notebook)},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    try:
        nbformat.validate(content)
    except nbformat.ValidationError as error:
        raise SourceError(
            f"not a valid notebook: {error.message}", place=Place(notebook.path)
        ) from None
    return json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _language(notebook: Notebook) -> dict[str, Any]:
    """Return the kernelspec; for R also ``language_info``, as IRkernel writes it."""
    metadata: dict[str, Any] = {"kernelspec": dict(notebook.kernelspec)}
    if language_of(notebook.path) == R:
        metadata["language_info"] = {"name": R.title}
    return metadata


def _cells(cells: Iterable[Cell]) -> list[dict[str, Any]]:
    ids = CellIds()
    return [_cell(cell, ids) for cell in cells]


def _cell(cell: Cell, ids: CellIds) -> dict[str, Any]:
    content: dict[str, Any] = {
        "cell_type": cell.kind,
        "id": ids.of(cell.kind, cell.text),
        "metadata": {k: v for k, v in cell.metadata.items() if k not in VOLATILE_METADATA},
        "source": cell.text,
    }
    if cell.attachments:
        content["attachments"] = dict(cell.attachments)
    if cell.kind == "code":
        content |= {"execution_count": None, "outputs": []}
    return content


def _colab(spec: ColabSpec | None) -> dict[str, Any]:
    if spec is None:
        return {}
    colab: dict[str, Any] = {"provenance": []}
    if spec.gpu_type:
        colab["gpuType"] = spec.gpu_type
    return {"accelerator": spec.accelerator, "colab": colab}
