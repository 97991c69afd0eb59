"""Notebooks as JupyterLab leaves them: cells with ids, counts and outputs."""

import json
from typing import Any


def cell(source: str, name: str) -> dict[str, Any]:
    """Return a code cell that was run; its id is its name."""
    output = {"output_type": "stream", "name": "stdout", "text": [f"OUTPUT of {name}\n"]}
    return {
        "cell_type": "code", "execution_count": 7, "id": name, "metadata": {},
        "outputs": [output], "source": source.splitlines(keepends=True),
    }  # fmt: skip


def notebook(*cells: dict[str, Any]) -> str:
    """Return the text of an .ipynb."""
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python", "version": "3.11.7"},
    }
    content = {"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def sources(text: str) -> dict[str, str]:
    """Return each cell's source by its id."""
    return {cell["id"]: "".join(cell["source"]) for cell in json.loads(text)["cells"]}
