"""Reading an .ipynb: the first fault of an invalid notebook is reported, a valid one is read."""

import json
from typing import Any

import pytest

from nbship.core.pairing.ipynb import first_words, read_ipynb, render_ipynb
from nbship.errors import SourceError

CODE: dict[str, Any] = {
    "cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": "x",
}  # fmt: skip
NOTEBOOK: dict[str, Any] = {"cells": [CODE], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
OBJECTS = ("kernelspec", "language_info", "jupytext")
METADATA = "its metadata, or the kernelspec, language_info or jupytext in it, is not an object"


def code(**changes: Any) -> dict[str, Any]:
    """Return a notebook whose second cell is changed."""
    cell = {key: value for key, value in {**CODE, **changes}.items() if value is not KeyError}
    return {**NOTEBOOK, "cells": [CODE, cell]}


def output(**keys: Any) -> dict[str, Any]:
    """Return a notebook whose second cell has a second output of these keys."""
    fine = {"output_type": "stream", "name": "stdout", "text": "a"}
    return code(outputs=[fine, keys])


def fault(content: Any) -> str:
    """Return the error for a notebook, or an empty string if it is read without one."""
    try:
        read_ipynb("n.ipynb", json.dumps(content).encode())
    except SourceError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (NOTEBOOK, ""),
        ([], "it is not a JSON object"),
        ({**NOTEBOOK, "nbformat": 3}, "nbformat is 3, not 4; open and save it in Jupyter"),
        ({**NOTEBOOK, "nbformat": 5}, "nbformat is 5, not 4; open and save it in Jupyter"),
        ({**NOTEBOOK, "nbformat": True}, "nbformat is True, not 4; open and save it in Jupyter"),
        ({**NOTEBOOK, "nbformat_minor": True}, "nbformat_minor is not a number"),
        ({**NOTEBOOK, "nbformat_minor": None}, "nbformat_minor is not a number"),
        ({**NOTEBOOK, "nbformat_minor": 0}, ""),
        ({**NOTEBOOK, "cells": []}, "it has no cells"),
        ({**NOTEBOOK, "cells": {"a": 1}}, "it has no cells"),
        ({**NOTEBOOK, "metadata": None}, METADATA),
        ({**NOTEBOOK, "metadata": []}, METADATA),
        *(({**NOTEBOOK, "metadata": {key: {}}}, "") for key in OBJECTS),
        *(({**NOTEBOOK, "metadata": {key: "x"}}, METADATA) for key in OBJECTS),
        *(({**NOTEBOOK, "metadata": {key: None}}, METADATA) for key in OBJECTS),
        ({**NOTEBOOK, "metadata": {"other": "x"}}, ""),
        ({**NOTEBOOK, "cells": [CODE, 3]}, "cell 2: it is not an object"),
        ({**NOTEBOOK, "cells": [3, 4]}, "cell 1: it is not an object"),
        (code(cell_type="heading"), "cell 2: its cell_type is 'heading'"),
        (code(cell_type=KeyError), "cell 2: its cell_type is None"),
        (code(cell_type="raw"), ""),
        (code(source=KeyError), "cell 2: its source is not text"),
        (code(source={}), "cell 2: its source is not text"),
        (code(source=["a", 1]), "cell 2: its source is not text"),
        (code(source=["a", "b"]), ""),
        (code(source=[]), ""),
        (code(metadata=[]), "cell 2: its metadata is not an object"),
        (code(metadata=KeyError), "cell 2: its metadata is not an object"),
        (code(attachments=[]), "cell 2: its attachments are not an object of objects"),
        (
            code(attachments={"a": {}, "b": 1}),
            "cell 2: its attachments are not an object of objects",
        ),
        (code(attachments={"a": {}}), ""),
        (code(outputs={}), "cell 2: its outputs are not a list"),
        (code(outputs=KeyError), ""),
        (code(outputs=[3]), "cell 2: its output 1 has no output_type"),
        (output(), "cell 2: its output 2 has no output_type"),
        (output(output_type=1), "cell 2: its output 2 has no output_type"),
        (output(output_type="x", data=[]), "cell 2: the data of its output 2 is not an object"),
        (output(output_type="x", data={}, metadata={}), ""),
        (output(output_type="x", text=1), "cell 2: the text of its output 2 is not text"),
        (output(output_type="x", text=["a", 1]), "cell 2: the text of its output 2 is not text"),
        (output(output_type="stream", name="stdout", text=["a", "b"]), ""),
        # Only code cells need valid outputs.
        (code(cell_type="markdown", outputs={}), ""),
    ],
)
def test_the_first_fault_of_a_notebook_is_reported_with_its_cell(
    content: Any, expected: str
) -> None:
    begin = "n.ipynb: not a notebook that can be paired: " if expected else ""
    assert fault(content) == begin + expected


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"a": 1,}', "n.ipynb:1:9: not a notebook: "),
        (b'{\n"a" 1}', "n.ipynb:2:5: not a notebook: Expecting ':' delimiter"),
        (b'{"b": 1, "a": 2, "a": 3, "b": 4}', "n.ipynb: not a notebook: the key 'b' occurs twice"),
        (b'{"x": {"a": 2, "a": 3}}', "n.ipynb: not a notebook: the key 'a' occurs twice"),
        (b"\xff", "n.ipynb: not UTF-8"),
        (b'{"a": "\\udc00"}', "n.ipynb: contains half of a surrogate pair"),
    ],
)
def test_invalid_json_is_reported_with_its_place(data: bytes, message: str) -> None:
    with pytest.raises(SourceError) as caught:
        read_ipynb("n.ipynb", data)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_a_byte_order_mark_is_ignored() -> None:
    assert read_ipynb("n.ipynb", b"\xef\xbb\xbf" + json.dumps(NOTEBOOK).encode()) == NOTEBOOK


def test_lists_of_lines_are_joined_and_code_without_outputs_gets_an_empty_list() -> None:
    given = {
        **NOTEBOOK,
        "cells": [
            {"cell_type": "code", "metadata": {}, "source": ["a\n", "b"]},
            {"cell_type": "markdown", "metadata": {}, "source": ["c\n", "d"]},
            {**CODE, "execution_count": 3, "outputs": [
                {"output_type": "stream", "name": "stdout", "text": ["e\n", "f"]},
            ]},
        ],
    }  # fmt: skip
    first, second, third = read_ipynb("n.ipynb", json.dumps(given).encode())["cells"]
    assert first == {**CODE, "source": "a\nb"}
    assert second == {"cell_type": "markdown", "metadata": {}, "source": "c\nd"}
    assert (third["execution_count"], third["outputs"][0]["text"]) == (3, "e\nf")


def test_a_notebook_is_written_with_a_line_end_and_read_back_equal() -> None:
    text = render_ipynb(NOTEBOOK)
    assert text.endswith("}\n")
    assert not text.endswith("\n\n")
    assert read_ipynb("n.ipynb", text.encode()) == NOTEBOOK


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ""),
        ("  a \n\n b\t", "a b"),
        ("a" * 40, "a" * 40),
        ("a" * 41, "a" * 39 + "…"),
        ("a " * 30, "a " * 19 + "a…"),
    ],
)
def test_the_first_words_of_a_cell_are_at_most_40_characters(text: str, words: str) -> None:
    assert first_words(text) == words
