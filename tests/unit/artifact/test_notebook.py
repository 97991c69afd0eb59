"""The .ipynb of an artifact is deterministic and valid; cell ids follow from content alone."""

import json
import re
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.artifact.notebook import render_notebook
from nbship.core.source.nbjson import cells_digest, cells_of, text_of
from nbship.diagnostics import Place
from nbship.errors import SourceError
from nbship.model.notebook import Cell, Notebook
from nbship.model.spec import ColabSpec

PYTHON = {"display_name": "Python 3", "language": "python", "name": "python3"}
ID = re.compile(r"^[a-zA-Z0-9-_]{1,64}$")  # nbformat's own pattern and length
CELLS = st.lists(
    st.builds(
        Cell,
        kind=st.sampled_from(["code", "markdown", "raw"]),
        text=st.sampled_from(["", "x", "x = 1\ny"]) | st.text(max_size=10),
        metadata=st.sampled_from([{}, {"tags": ["a"]}, {"b": 1, "a": [None, "ɓ"]}]),
        line=st.none() | st.integers(1, 99),
    ),
    max_size=6,
).map(tuple)


def notebook(*cells: Cell, kernelspec: Any = None) -> Notebook:
    return Notebook("a", "src_py/a.py", cells, kernelspec or PYTHON)


def code(text: str) -> Cell:
    return Cell("code", text, {}, 1)


def written(*cells: Cell) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(render_notebook(notebook(*cells), None))
    return content


def test_a_notebook_is_written_without_outputs_and_with_a_kernelspec() -> None:
    content = written(Cell("markdown", "# T", {}, 2), Cell("code", "x\ny", {"tags": ["a"]}, 5))
    markdown, python = content.pop("cells")
    assert content == {"metadata": {"kernelspec": PYTHON}, "nbformat": 4, "nbformat_minor": 5}
    assert markdown == {
        "cell_type": "markdown", "id": markdown["id"], "metadata": {}, "source": "# T",
    }  # fmt: skip
    assert python == {
        "cell_type": "code",
        "execution_count": None,
        "id": python["id"],
        "metadata": {"tags": ["a"]},
        "outputs": [],
        "source": "x\ny",
    }


def test_the_text_is_plain_sorted_and_ends_with_a_line_break() -> None:
    text = render_notebook(notebook(code("ɓ")), None)
    assert '"source": "ɓ"' in text
    assert text == json.dumps(json.loads(text), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


@given(CELLS)
def test_the_same_notebook_is_valid_and_has_the_same_bytes(cells: tuple[Cell, ...]) -> None:
    text = render_notebook(notebook(*cells), None)
    nbformat.validate(json.loads(text))
    again = [
        Cell(c.kind, c.text, dict(reversed(list(c.metadata.items()))), line=None) for c in cells
    ]
    assert render_notebook(notebook(*again), None) == text


@given(CELLS)
def test_ids_are_unique_valid_and_independent_of_position(cells: tuple[Cell, ...]) -> None:
    ids = [cell["id"] for cell in written(*cells)["cells"]]
    assert len(set(ids)) == len(ids)
    assert all(ID.match(cell_id) for cell_id in ids)
    backwards = [cell["id"] for cell in written(*reversed(cells))["cells"]]
    assert sorted(backwards) == sorted(ids)


def test_an_id_tells_what_kind_and_text_a_cell_has() -> None:
    cells = (code("x"), Cell("markdown", "x", {}, 1), code("y"), code("x"), code("x"))
    first, markdown, other, second, third = [cell["id"] for cell in written(*cells)["cells"]]
    assert len({first, markdown, other}) == 3
    assert re.fullmatch("[0-9a-f]{12}", first)
    assert (second, third) == (f"{first}-2", f"{first}-3")


@pytest.mark.parametrize(
    ("colab", "metadata"),
    [
        (ColabSpec(), {"accelerator": "None", "colab": {"provenance": []}}),
        (
            ColabSpec("GPU", "T4"),
            {"accelerator": "GPU", "colab": {"gpuType": "T4", "provenance": []}},
        ),
    ],
)
def test_colab_reads_its_accelerator_from_the_metadata(
    colab: ColabSpec, metadata: dict[str, Any]
) -> None:
    text = render_notebook(notebook(), colab)
    assert json.loads(text)["metadata"] == {**metadata, "kernelspec": PYTHON}


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (notebook(kernelspec={"name": "python3"}), "'display_name' is a required property"),
        (notebook(Cell("code", "x", {"tags": "a"}, 1)), "'a' is not of type 'array'"),
    ],
)
def test_what_is_no_valid_notebook_is_refused(made: Notebook, message: str) -> None:
    with pytest.raises(SourceError) as caught:
        render_notebook(made, None)
    assert caught.value.message == f"not a valid notebook: {message}"
    assert caught.value.place == Place("src_py/a.py")


# --- reading ---


@pytest.mark.parametrize(
    "text",
    ["", "x", "[]", "3", "null", "{}", '{"cells": 3}', '{"cells": [3, null]}', "[" * 100_000],
)
def test_what_is_no_notebook_has_no_cells(text: str) -> None:
    assert cells_of(text) == []


def test_cells_are_read_in_order() -> None:
    text = render_notebook(notebook(code("a"), code("b")), None)
    assert [cell["source"] for cell in cells_of(text)] == ["a", "b"]


@pytest.mark.parametrize(
    ("source", "text"),
    [("a\nb", "a\nb"), (["a\n", "b"], "a\nb"), ([], ""), (None, "None"), (["a", 1], "a1")],
)
def test_a_source_is_a_string_or_a_list_of_them(source: Any, text: str) -> None:
    assert text_of({"source": source}) == text
    assert text_of({}) == ""


@given(CELLS)
def test_the_cells_digest_is_the_same_however_they_were_written_and_run(
    cells: tuple[Cell, ...],
) -> None:
    content = written(*cells)
    ran = json.loads(json.dumps(content))
    for number, cell in enumerate(ran["cells"]):
        cell["source"] = cell["source"].splitlines(keepends=True)
        cell["metadata"] = {"papermill": {"duration": number}}
        del cell["id"]
        if cell["cell_type"] == "code":
            cell |= {"execution_count": number, "outputs": [{"output_type": "stream"}]}
    ran |= {"metadata": {"kaggle": {"accelerator": "gpu"}}, "nbformat_minor": 4}
    assert cells_digest(json.dumps(ran, indent=2)) == cells_digest(json.dumps(content))


@pytest.mark.parametrize(
    "cells",
    [
        (code("b"), code("a")),
        (code("a"),),
        (code("a"), code("b"), code("")),
        (code("ab"),),
        (code("a"), Cell("markdown", "b", {}, 1)),
    ],
)
def test_the_cells_digest_tells_cells_of_another_text_kind_or_order(
    cells: tuple[Cell, ...],
) -> None:
    one = cells_digest(json.dumps(written(code("a"), code("b"))))
    assert cells_digest(json.dumps(written(*cells))) != one


def test_a_scripts_digest_is_that_of_its_lines() -> None:
    one = cells_digest("# %%\nx = 1\n")
    assert cells_digest("# %%\r\nx = 1") == one
    assert len({one, cells_digest("# %%\nx = 2\n"), cells_digest(json.dumps(written()))}) == 3


def test_a_notebook_in_r_says_so_twice() -> None:
    ir = {"display_name": "R", "language": "R", "name": "ir"}
    content = json.loads(render_notebook(Notebook("a", "src_py/a.R", (code("1"),), ir), None))
    assert content["metadata"] == {"kernelspec": ir, "language_info": {"name": "R"}}
