"""Odd cells: what sync accepts, check, the build, git's filter and JupyterLab accept."""

import json
from typing import Any

import pytest

from tests.sweeps.one_answer import cells_of, fault_of, synced
from tests.unit.pairing.test_round_trip import code, markdown, notebook

ODD: list[dict[str, Any]] = [
    code("    x = 1\n    y = 2"),
    code("    !ls\n    x = 1"),
    code("  %%time\n  x = 1"),
    code("x = 1\r\ny = 2\r\n"),
    code("%%bash\r\nls\r"),
    markdown("a\r\nb\rc"),
    code(" "),
    code(" \n\t\n"),
    code("%%bash\nls", metadata={"tags": ["active-ipynb-py"]}),
    {**markdown("%%bash\nls\n# c"), "cell_type": "raw", "metadata": {"tags": ["active-py"]}},
]


@pytest.mark.parametrize("cell", ODD, ids=lambda cell: repr(cell["source"]))
@pytest.mark.parametrize("is_first", [True, False])
def test_an_odd_cell_is_the_same_for_every_reader(cell: dict[str, Any], *, is_first: bool) -> None:
    cells = [cell] if is_first else [code("a = 1"), cell, code("z = 1")]
    data = json.dumps(notebook(*cells)).encode()
    assert fault_of(synced(None, data), cells_of(data)) == ""
