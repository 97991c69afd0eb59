"""What git gets of an .ipynb: as nbstripout strips it, always the same, and never nothing."""

import json
from typing import Any

import nbformat
import nbstripout
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.ipynb.clean import (
    STRIPPED,
    cells_with_outputs,
    clean_ipynb,
    is_as_git_wrote_it,
    keys_to_strip,
)
from nbship.core.ipynb.reader import read_ipynb
from nbship.core.ipynb.writer import render_ipynb
from nbship.errors import SourceError
from tests.unit.ipynb.test_reader import CONTENTS

OUTPUT = {"output_type": "stream", "name": "stdout", "text": ["1\n"]}
RESULT = {"output_type": "execute_result", "data": {}, "metadata": {}, "execution_count": 3}


def code(number: int, **rest: Any) -> dict[str, Any]:
    return {
        "cell_type": "code", "execution_count": 7, "id": f"c{number}", "metadata": {},
        "outputs": [OUTPUT, RESULT], "source": ["x\n", "y"], **rest,
    }  # fmt: skip


def ipynb(*cells: Any, **rest: Any) -> bytes:
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **rest}
    return json.dumps(content).encode()


def outputs_in(data: bytes) -> list[int]:
    """Return how many outputs each cell has."""
    return [len(cell.get("outputs", [])) for cell in json.loads(data)["cells"]]


def as_nbstripout(data: bytes) -> Any:
    """Return a notebook as nbstripout strips it."""
    content = nbformat.reads(data.decode(), nbformat.NO_CONVERT)
    return nbstripout.strip_output(
        content, None, keep_count=False, keep_id=True, extra_keys=list(STRIPPED)
    )


KEEP: list[dict[str, Any]] = [
    {}, {"keep_output": True}, {"keep_output": False}, {"tags": ["keep_output", "a"]},
    {"init_cell": True}, {"init_cell": False}, {"init_cell": True, "keep_output": False},
    {"tags": ["a"]}, {"collapsed": True, "scrolled": False, "ExecuteTime": {}, "name": "n"},
    {"execution": {"a": 1}, "heading_collapsed": True, "hidden": True, "papermill": {"b": 2}},
]  # fmt: skip
METADATA: list[dict[str, Any]] = [
    {}, {"keep_output": True}, {"keep_output": False}, {"widgets": {"a": 1}, "signature": "x"},
    {"kernelspec": {"name": "x", "display_name": "X"}},
]  # fmt: skip


@given(st.lists(st.sampled_from(KEEP), max_size=6), st.sampled_from(METADATA))
def test_a_valid_notebook_is_stripped_as_nbstripout_does_it(
    cells: list[dict[str, Any]], metadata: dict[str, Any]
) -> None:
    given = [code(number, metadata=each) for number, each in enumerate(cells)]
    given.append({"cell_type": "markdown", "id": "m", "metadata": {}, "source": ["# a"]})
    data = ipynb(*given, metadata=metadata)
    stripped = as_nbstripout(data)
    found = clean_ipynb("n.ipynb", data)
    assert found.data.decode() == nbformat.writes(stripped) + "\n"
    assert found.remark == ""


def test_the_metadata_of_a_run_and_of_the_display_are_stripped_and_no_others() -> None:
    names = ["collapsed", "ExecuteTime", "execution", "heading_collapsed", "hidden", "scrolled"]
    of_cell, of_notebook = {"name": "n", "signature": "y", "widgets": 2}, {"k": 1, "hidden": True}
    cell = code(1, metadata={**dict.fromkeys(names, True), **of_cell})
    data = ipynb(cell, metadata={"signature": "x", "widgets": {}, **of_notebook})
    found = json.loads(clean_ipynb("n.ipynb", data).data)
    assert (found["cells"][0]["metadata"], found["metadata"]) == (of_cell, of_notebook)


def test_the_notebook_decides_on_the_outputs_of_a_cell_without_metadata() -> None:
    for keeps in (True, False):
        data = ipynb(code(1, metadata=None), metadata={"keep_output": keeps})
        assert outputs_in(clean_ipynb("n.ipynb", data).data) == [2 * keeps]
        assert cells_with_outputs("n.ipynb", data) == (() if keeps else (1,))


def test_a_notebook_of_an_old_version_is_stripped_in_its_own_version() -> None:
    cell = {
        "cell_type": "code", "input": ["x\n", "y"], "language": "python", "collapsed": False,
        "metadata": {}, "outputs": [{"output_type": "stream", "text": ["1"]}], "prompt_number": 3,
    }  # fmt: skip
    sheets = [{"cells": [cell, {**cell, "metadata": {"keep_output": True}}]}]
    old = {"worksheets": sheets, "metadata": {"name": "a"}, "nbformat": 3, "nbformat_minor": 0}
    data = json.dumps(old).encode()
    stripped = as_nbstripout(data)
    found = clean_ipynb("n.ipynb", data)
    assert json.loads(found.data) == json.loads(nbformat.writes(stripped))
    assert json.loads(found.data)["nbformat"] == 3
    assert cells_with_outputs("n.ipynb", data) == (1,)
    assert cells_with_outputs("n.ipynb", found.data) == ()


@given(CONTENTS)
def test_a_second_time_changes_nothing_and_what_can_be_read_has_no_outputs(content: Any) -> None:
    data = json.dumps(content).encode()
    found = clean_ipynb("n.ipynb", data)
    assert clean_ipynb("n.ipynb", data) == found
    assert clean_ipynb("n.ipynb", found.data).data == found.data
    assert cells_with_outputs("n.ipynb", found.data) == ()
    assert "\n" not in found.remark
    if not found.remark and content["nbformat"] == 4:
        assert not read_ipynb("n.ipynb", found.data).is_mended


@pytest.mark.parametrize("data", [b"", b"\n", b"\xef\xbb\xbf"])
def test_a_file_without_content_passes_without_a_word(data: bytes) -> None:
    found = clean_ipynb("n.ipynb", data)
    assert (found.data, found.remark) == (data, "")
    assert cells_with_outputs("n.ipynb", data) == ()


@pytest.mark.parametrize(
    "data",
    [
        b"no notebook", b"[]", b"\xff", b"[" * 100_000, b"<<<<<<< HEAD\n" + ipynb(code(1)),
        ipynb(code(1))[:-1], b'{"a": 1, "a": 2}',
    ],
)  # fmt: skip
def test_what_cannot_be_read_passes_as_it_is_with_a_line(data: bytes) -> None:
    found = clean_ipynb("notebooks/n.ipynb", data)
    assert found.data == data
    assert found.remark.startswith("notebooks/n.ipynb")
    assert "\n" not in found.remark
    with pytest.raises(SourceError) as caught:
        cells_with_outputs("notebooks/n.ipynb", data)
    assert found.remark == f"{caught.value}. git gets the file as it is"


@pytest.mark.parametrize(
    "cell",
    [
        {"metadata": []}, {"source": 3}, {"cell_type": "x"}, {"source": "\ud83d"},
        {"attachments": [1]}, {"metadata": {"a": "\ud83d"}},
    ],
)  # fmt: skip
def test_a_notebook_of_an_odd_shape_gets_in_without_outputs_and_with_a_line(
    cell: dict[str, Any],
) -> None:
    found = clean_ipynb("n.ipynb", ipynb(code(1), code(2, **cell)))
    assert outputs_in(found.data) == [0, 0]
    with pytest.raises(SourceError) as caught:
        read_ipynb("n.ipynb", found.data)
    assert found.remark == f"{caught.value}. git gets it without outputs, and else as it is"
    (written,) = cell.items()
    assert found.data.decode() == render_ipynb({**json.loads(found.data)})
    assert json.loads(found.data)["cells"][1][written[0]] in (written[1], [written[1]])


def test_outputs_of_any_shape_are_stripped() -> None:
    shapes: list[Any] = [None, 3, {}, [3], [{}], [{"text": "\ud83d"}]]
    cells = [code(number, outputs=odd) for number, odd in enumerate(shapes)]
    found = clean_ipynb("n.ipynb", ipynb(*cells))
    assert outputs_in(found.data) == [0] * 6
    assert found.remark == ""
    kept = ipynb(*cells, metadata={"keep_output": True})
    assert outputs_in(clean_ipynb("n.ipynb", kept).data) == [0, 0, 0, 1, 1, 1]


def test_a_contradiction_about_outputs_is_told_and_they_are_stripped() -> None:
    data = ipynb(code(1), code(2, metadata={"keep_output": False, "tags": ["keep_output"]}))
    found = clean_ipynb("n.ipynb", data)
    assert outputs_in(found.data) == [0, 0]
    assert found.remark == (
        "n.ipynb: cell 2: the tag keep_output contradicts the metadata keep_output = false. "
        "git gets it without outputs"
    )
    assert clean_ipynb("n.ipynb", found.data).data == found.data


def test_ids_that_are_missing_or_doubled_are_the_same_each_time() -> None:
    cells = [code(1), code(1), {k: v for k, v in code(1).items() if k != "id"}]
    first, second = (json.loads(clean_ipynb("n", ipynb(*cells)).data) for _ in range(2))
    assert first == second
    assert len({cell["id"] for cell in first["cells"]}) == 3


def test_an_old_notebook_that_cannot_be_converted_is_told() -> None:
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": 5}]}
    found = clean_ipynb("n", json.dumps(old).encode())
    assert json.loads(found.data) == old
    assert found.remark.endswith("git gets it without outputs, and else as it is")


def test_an_old_notebook_without_metadata_gets_none() -> None:
    old = {"nbformat": 3, "nbformat_minor": 0, "worksheets": []}
    assert json.loads(clean_ipynb("n", json.dumps(old).encode()).data) == old


def test_the_users_settings_add_and_keep_metadata() -> None:
    config = (
        "filter.nbstripout.extrakeys\nmetadata.a\n\ncell.metadata.b.c cell.metadata.d.e cell.f\0"
        "filter.nbstripout.keepmetadatakeys\ncell.metadata.collapsed metadata.none\0"
        "filter.nbstripout.extrakeys\0"  # a key without a value
    )
    keys = keys_to_strip(config)
    assert set(keys) == {
        *STRIPPED, "metadata.a", "cell.metadata.b.c", "cell.metadata.d.e", "cell.f",
    } - {"cell.metadata.collapsed"}  # fmt: skip
    metadata = {"b": {"c": 1, "x": 2}, "d.e": 3, "collapsed": True, "scrolled": True}
    data = ipynb(code(1, metadata=metadata), metadata={"a": 1, "k": 2})
    found = json.loads(clean_ipynb("n", data, keys).data)
    assert found["metadata"] == {"k": 2}
    assert found["cells"][0]["metadata"] == {"b": {"x": 2}, "collapsed": True}
    assert keys_to_strip("") == STRIPPED


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("rest", [b'"cells": []\n }', b'"cells": <<\n "a"'])
def test_the_mark_of_a_file_that_git_wrote_is_no_change(rest: bytes, end: bytes) -> None:
    stored, marked = (b"{" + end + sign + rest for sign in (b" ", b"\t"))
    assert is_as_git_wrote_it(marked)
    assert not is_as_git_wrote_it(stored)
    assert not is_as_git_wrote_it(marked.replace(b"\n ", b"\n\t"))  # indented by tabs
    assert clean_ipynb("n.ipynb", marked) == clean_ipynb("n.ipynb", stored)
    inside = b"<" + marked
    assert clean_ipynb("n.ipynb", inside).data == inside
