"""Files .ipynb made from a seed, as other programs and accidents leave them."""

import json
import random
from collections.abc import Callable, Sequence
from typing import Any

from tests.sweeps.making import bare, nasty, ordinary

Random = random.Random


def odd(chance: Random) -> bytes:
    """Return the bytes of a notebook with one to three changes that a program or a person makes."""
    content = chance.choice((ordinary, ordinary, nasty, bare))(chance)
    for _ in range(chance.randint(0, 2)):
        chance.choice(CHANGES)(chance, content)
    written = chance.choice(LAYOUTS)(content).encode("utf-8", "surrogatepass")
    return chance.choice(ACCIDENTS)(chance, written) if chance.random() < 0.4 else written


def _cell(chance: Random, content: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = chance.choice(content["cells"]) if content.get("cells") else {}
    return found


def _set_id(chance: Random, content: dict[str, Any]) -> None:
    _cell(chance, content)["id"] = chance.choice((None, "", "a b", "x", "x", 3, "é", "a" * 65))


def _same_ids(_: Random, content: dict[str, Any]) -> None:
    for cell in content["cells"]:
        cell["id"] = "same"


def _without_ids(_: Random, content: dict[str, Any]) -> None:
    for cell in content["cells"]:
        cell.pop("id", None)


def _drop_key(chance: Random, content: dict[str, Any]) -> None:
    cell = _cell(chance, content)
    for key in chance.sample(list(cell), min(1, len(cell))):
        del cell[key]


def _null_key(chance: Random, content: dict[str, Any]) -> None:
    holder = chance.choice((content, content.get("metadata") or {}, _cell(chance, content)))
    keys = [key for key in holder if key != "cells"]
    if keys:
        holder[chance.choice(keys)] = None


def _half_pair(chance: Random, content: dict[str, Any]) -> None:
    cell = _cell(chance, content)
    if chance.random() < 0.5:
        cell["source"] = "".join(cell.get("source") or "") + "\n'\ud83d'"
    else:
        output = {"output_type": "stream", "name": "stdout", "text": "\ud83d!"}
        cell["outputs"] = [output] if cell.get("cell_type") == "code" else []


def _deep(chance: Random, content: dict[str, Any]) -> None:
    value: Any = 1
    for _ in range(chance.choice((20, 90, 95, 100, 400))):
        value = {"a": value} if chance.random() < 0.5 else [value]
    cell = _cell(chance, content)
    if cell.get("cell_type") == "code":
        data = {"application/json": value}
        cell["outputs"] = [{"output_type": "display_data", "data": data, "metadata": {}}]


def _language(chance: Random, content: dict[str, Any]) -> None:
    name = chance.choice(("R", "R", "python", "julia", ""))
    content["metadata"] = {"kernelspec": {"name": "x", "display_name": "X", "language": name}}


def _no_cells(_: Random, content: dict[str, Any]) -> None:
    content["cells"] = []


def _markdown_with_outputs(chance: Random, content: dict[str, Any]) -> None:
    cell = _cell(chance, content)
    cell |= {"cell_type": "markdown", "outputs": chance.choice(([], None)), "execution_count": None}


def _blank_ends(chance: Random, content: dict[str, Any]) -> None:
    for cell in content["cells"]:
        if cell.get("cell_type") == "code":
            blank = "\n" * chance.randint(0, 3)
            cell["source"] = "".join(cell.get("source") or "") + blank


def _jupytext_notes(chance: Random, content: dict[str, Any]) -> None:
    notes = ({"formats": "ipynb,py:light"}, {"cell_metadata_filter": "-all"}, {"main": 1},
             {"cell_markers": '"""'}, {"comment_magics": False}, {"encoding": "# x"},
             {"notebook_metadata_filter": "all"}, {"split_at_heading": True}, {"executable": "x"},
             {"text_representation": {"extension": ".py", "format_name": "light"}})  # fmt: skip
    if isinstance(content.get("metadata"), dict):
        content["metadata"]["jupytext"] = chance.choice(notes)


def _shuffled(chance: Random, content: dict[str, Any]) -> None:
    for cell in content["cells"]:
        keys = list(cell.get("metadata") or {})
        chance.shuffle(keys)
        if keys:
            cell["metadata"] = {key: cell["metadata"][key] for key in keys}


def _front_text(chance: Random, content: dict[str, Any]) -> None:
    text = chance.choice(("# Why?", "#%%x", "# %time", "You may be new to coding: yes", "# ls ",
                          "Is it so?\n\n# Why?", "# a\n# !b\n# c?"))  # fmt: skip
    kind = chance.choice(("markdown", "markdown", "raw", "code"))
    cell: dict[str, Any] = {"cell_type": kind, "metadata": {}, "source": text}
    if kind == "code":
        cell |= {"outputs": [], "execution_count": None, "source": f"# {text}"}
    content["cells"].insert(chance.randint(0, 1), cell)


def _old_format(_: Random, content: dict[str, Any]) -> None:
    """Write the notebook as IPython did until 2015."""
    cells = []
    for cell in content.pop("cells"):
        source = "".join(cell.get("source") or "")
        if cell.get("cell_type") == "code":
            cells.append({"cell_type": "code", "input": source, "language": "python",
                          "metadata": {}, "outputs": [], "prompt_number": 1})  # fmt: skip
        else:
            cells.append({"cell_type": cell.get("cell_type"), "metadata": {}, "source": source})
    content |= {"worksheets": [{"cells": cells}], "nbformat": 3, "nbformat_minor": 0}


def _changed(change: Callable[[Random, dict[str, Any]], None]) -> Any:
    def safely(chance: Random, content: dict[str, Any]) -> None:
        if isinstance(content.get("cells"), list):
            change(chance, content)

    return safely


CHANGES: Sequence[Callable[[Random, dict[str, Any]], None]] = tuple(
    _changed(change)
    for change in (
        _set_id, _same_ids, _without_ids, _drop_key, _null_key, _half_pair, _deep, _language,
        _no_cells, _markdown_with_outputs, _blank_ends, _jupytext_notes, _shuffled, _front_text,
        _front_text, _old_format,
    )
)  # fmt: skip
LAYOUTS: Sequence[Callable[[Any], str]] = (
    json.dumps,
    lambda content: json.dumps(content, indent=1, ensure_ascii=False).replace("\ud83d", "\\ud83d"),
    lambda content: json.dumps(content, indent=4, sort_keys=True),
    lambda content: f"\ufeff{json.dumps(content)}",
    lambda content: json.dumps(content, indent=1).replace("\n", "\r\n") + "\n\n",
)
ACCIDENTS: Sequence[Callable[[Random, bytes], bytes]] = (
    lambda _, __: b"",
    lambda chance, data: data[: chance.randint(0, len(data))],
    lambda _, data: b"<<<<<<< HEAD\n" + data,
    lambda chance, data: bytes(
        chance.randint(0, 255) if chance.random() < 0.001 else byte for byte in data
    ),
    lambda _, data: data.replace(b'"cells"', b'"cells": 1, "cells"', 1),
)
