"""Write a notebook as the text of an .ipynb (nbformat 4.5), the same bytes every time.

The format: https://nbformat.readthedocs.io/en/latest/format_description.html
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from nbship.core.source.language import R, language_of
from nbship.diagnostics import Place
from nbship.errors import SourceError
from nbship.lazy import ADDRESS_GRAMMARS, excluding
from nbship.model.notebook import Cell, Notebook
from nbship.model.spec import ColabSpec

_ID_LENGTH = 12


def render_notebook(notebook: Notebook, colab: ColabSpec | None) -> str:
    """Return the .ipynb: no outputs, a kernelspec always, cell ids from content.

    Each cell's source is one string, as Kaggle wants it, so that the file is what is sent.

    Raises:
        SourceError: what the source holds is no valid notebook.
    """
    with excluding(ADDRESS_GRAMMARS):
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
    """Return the kernelspec, and of R the language again, as IRkernel itself writes it."""
    metadata: dict[str, Any] = {"kernelspec": dict(notebook.kernelspec)}
    if language_of(notebook.path) == R:
        metadata["language_info"] = {"name": R.title}
    return metadata


def _cells(cells: Iterable[Cell]) -> list[dict[str, Any]]:
    seen: Counter[str] = Counter()
    return [_cell(cell, seen) for cell in cells]


def _cell(cell: Cell, seen: Counter[str]) -> dict[str, Any]:
    written: dict[str, Any] = {
        "cell_type": cell.kind,
        "id": _cell_id(cell, seen),
        "metadata": dict(cell.metadata),
        "source": cell.text,
    }
    if cell.kind == "code":
        written |= {"execution_count": None, "outputs": []}
    return written


def _cell_id(cell: Cell, seen: Counter[str]) -> str:
    """Make an id from the cell's content; equal cells are told apart by counting them."""
    digest = hashlib.sha256(f"{cell.kind}\n{cell.text}".encode()).hexdigest()[:_ID_LENGTH]
    seen[digest] += 1
    return digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"


def _colab(spec: ColabSpec | None) -> dict[str, Any]:
    if spec is None:
        return {}
    colab: dict[str, Any] = {"provenance": []}
    if spec.gpu_type:
        colab["gpuType"] = spec.gpu_type
    return {"accelerator": spec.accelerator, "colab": colab}
