"""A sync of a pair does less than three times the work for twice the notebook or the source."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from nbship.core.pairing.compare import PairFiles, agree, compare_pair, notebook_text
from nbship.core.pairing.round_trip import SHIPPED_OPTIONS
from nbship.errors import SourceError
from tests.growth.test_readers import grows_linearly, work
from tests.unit.pairing.test_round_trip import code, markdown, notebook

PICTURE = {"image/png": "iVBORw0KGgo="}
OUTPUT = {"output_type": "stream", "name": "stdout", "text": "x\n"}
Cells = list[dict[str, Any]]

NOTEBOOKS: dict[str, Callable[[int], Cells]] = {
    "cells": lambda n: [code(f"x = {i}") for i in range(n)],
    "equal cells": lambda n: [code("x")] * n,
    "lines": lambda n: [code("x = 1\n" * n)],
    "magics": lambda n: [code("!ls\n" * n)],
    "a long line": lambda n: [code("x = '" + "a b " * n + "'")],
    "Markdown": lambda n: [markdown("# text\n" * n)],
    "Markdown in quotes": lambda n: [markdown("# Why?\n" + "text\n" * n)],
    "tags": lambda n: [code("x", metadata={"tags": [f"t{i}" for i in range(n)]})],
    "outputs": lambda n: [code("x", outputs=[OUTPUT] * n)],
    "pictures": lambda n: [
        markdown("".join(f"![](attachment:{i}.png)\n" for i in range(n)))
        | {"attachments": {f"{i}.png": PICTURE for i in range(n)}}
    ],
    "a lost cell": lambda n: [*(code(f"x = {i}") for i in range(n)), code("# %%")],
}


def sync(source: str | None, cells: Cells | None, base: str | None = None) -> object:
    """Do what the verb does between the reading and the writing of the files."""
    data = None if cells is None else json.dumps(notebook(*cells)).encode()
    text = None if source is None else source.encode()
    pair = PairFiles("src_py/n.py", "notebooks/n.ipynb", text, data, base, None)
    try:
        state = compare_pair(pair, SHIPPED_OPTIONS)
        made = source if cells is None else notebook_text(state, SHIPPED_OPTIONS)
        return agree(state, made or "", SHIPPED_OPTIONS)
    except SourceError:
        return None


@pytest.mark.sample(3)
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_new_notebook(name: str) -> None:
    sync(None, NOTEBOOKS[name](1))  # the imports
    one, two = (work(partial(sync, None, NOTEBOOKS[name](n))) for n in (40, 80))
    assert two < 3 * one


@pytest.mark.parametrize("line", ["x = 1\n", "\n", "# %%\nx\n", "# !ls\n", "x = '''\n'''\n"])
def test_a_new_source(line: str) -> None:
    assert grows_linearly(
        partial(sync, cells=None), lambda n: "# %%\n" + line * n + "# %%\nx = 1\n", 40
    )


def test_a_change_in_each_cell() -> None:
    def change(n: int) -> object:
        old = "".join(f"# %%\nx = {i}\n\n" for i in range(n))
        return sync(old, [code(f"x = {i + 1}") for i in range(n)], old)

    change(1)
    one, two = (work(partial(change, n)) for n in (40, 80))
    assert two < 3 * one
