"""Reading an .ipynb: what is mended, always to the same content, and which fault is reported."""

import json
import re
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nbship.core.ipynb.cell_ids import CellIds
from nbship.core.ipynb.reader import NotebookFile, first_words, read_ipynb
from nbship.core.ipynb.writer import render_ipynb
from nbship.core.source.jupytext_api import nbformat_v4
from nbship.errors import SourceError

CODE: dict[str, Any] = {
    "cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": "x",
}  # fmt: skip
# A minor version without cell ids.
NOTEBOOK: dict[str, Any] = {"cells": [CODE], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
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
        (
            {**NOTEBOOK, "nbformat": 3},
            (
                "nbformat 3 cannot be converted: The notebook is invalid and is missing an "
                "expected key: worksheets"
            ),
        ),
        ({**NOTEBOOK, "nbformat": 5}, "nbformat is 5, not 4"),
        ({**NOTEBOOK, "nbformat": True}, "nbformat is True, not 4"),
        ({**NOTEBOOK, "nbformat_minor": True}, "nbformat_minor is not a number"),
        ({**NOTEBOOK, "nbformat": "4"}, "nbformat is '4', not 4"),
        ({**NOTEBOOK, "nbformat": 0}, "nbformat is 0, not 4"),
        ({**NOTEBOOK, "nbformat_minor": "4"}, "nbformat_minor is not a number"),
        ({**NOTEBOOK, "nbformat_minor": 0}, ""),
        ({**NOTEBOOK, "cells": []}, ""),
        ({**NOTEBOOK, "cells": {"a": 1}}, "its cells are not a list"),
        (
            {**NOTEBOOK, "metadata": {"a\ud800": 1}},
            "its metadata contains half of a surrogate pair",
        ),
        ({**NOTEBOOK, "metadata": []}, METADATA),
        *(({**NOTEBOOK, "metadata": {key: {}}}, "") for key in OBJECTS),
        *(({**NOTEBOOK, "metadata": {key: "x"}}, METADATA) for key in OBJECTS),
        *(({**NOTEBOOK, "metadata": {key: 1}}, METADATA) for key in OBJECTS),
        ({**NOTEBOOK, "metadata": {"other": "x"}}, ""),
        ({**NOTEBOOK, "cells": [CODE, 3]}, "cell 2: it is not an object"),
        ({**NOTEBOOK, "cells": [3, 4]}, "cell 1: it is not an object"),
        (code(cell_type="heading"), "cell 2: its cell_type is 'heading'"),
        (code(cell_type=KeyError), "cell 2: its cell_type is None"),
        (code(cell_type="raw"), ""),
        (code(source=KeyError), ""),
        (code(source="a\nb\udc00"), "cell 2: line 2 contains half of a surrogate pair"),
        (code(metadata={"a": "\ud800"}), "cell 2: its metadata contain half of a surrogate pair"),
        (code(attachments={"\ud800": {}}), "cell 2: its metadata contain half of a surrogate pair"),
        (code(source={}), "cell 2: its source is not text"),
        (code(source=["a", 1]), "cell 2: its source is not text"),
        (code(source=["a", "b"]), ""),
        (code(source=[]), ""),
        (code(metadata=[]), "cell 2: its metadata is not an object"),
        (code(metadata=KeyError), ""),
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
        (code(cell_type="markdown", outputs={}), ""),
        (code(cell_type="markdown", outputs={"a": 1}), "cell 2: its outputs are not a list"),
    ],
)
def test_the_first_fault_of_a_notebook_is_reported_with_its_cell(
    content: Any, expected: str
) -> None:
    begin = "n.ipynb: not a valid notebook: " if expected else ""
    assert fault(content) == begin + expected


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"a": 1,}', "n.ipynb:1:9: not a notebook: "),
        (b'{\n"a" 1}', "n.ipynb:2:5: not a notebook: Expecting ':' delimiter"),
        (b'{"b": 1, "a": 2, "a": 3, "b": 4}', "n.ipynb: not a notebook: the key 'a' occurs twice"),
        (b'{"x": {"a": 2, "a": 3}}', "n.ipynb: not a notebook: the key 'a' occurs twice"),
        (b"\xff", "n.ipynb: not UTF-8"),
        (b"[]", "n.ipynb: not a notebook: it is not a JSON object"),
        (b"3", "n.ipynb: not a notebook: it is not a JSON object"),
        (b"[" * 100_000, "n.ipynb: not a notebook: nested more than 100 levels deep"),
        (b"[" * 101 + b"]" * 101, "n.ipynb: not a notebook: nested more than 100 levels deep"),
        (b'{"a":' * 101 + b"1" + b"}" * 101, "n.ipynb: not a notebook: nested more than 100"),
        (b"[" * 100 + b"]" * 100, "n.ipynb: not a notebook: it is not a JSON object"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "n.ipynb: not a notebook: Exceeds the limit"),
        (b"<<<<<<< HEAD\n{}", "n.ipynb:1:1: not a notebook: Expecting value"),
    ],
)
def test_invalid_json_is_reported_with_its_place_and_a_way_out(data: bytes, message: str) -> None:
    with pytest.raises(SourceError) as caught:
        read_ipynb("n.ipynb", data)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)
    assert caught.value.hint


def test_a_merge_conflict_has_its_own_hint() -> None:
    for data in (b"<<<<<<< HEAD\n{}", b"{\n>>>>>>> other\n}"):
        with pytest.raises(SourceError) as caught:
            read_ipynb("n.ipynb", data)
        assert caught.value.hint == "Resolve the merge conflict in it."


def read(content: Any) -> Any:
    return read_ipynb("n.ipynb", json.dumps(content).encode())


def test_a_file_without_content_is_a_notebook_without_cells() -> None:
    for data in (b"", b" \n", b"\xef\xbb\xbf\n"):
        found = read_ipynb("n.ipynb", data)
        assert found.content == {
            "cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5,
        }  # fmt: skip
        assert found.is_mended


def test_a_byte_order_mark_is_mended() -> None:
    found = read_ipynb("n.ipynb", b"\xef\xbb\xbf" + json.dumps(NOTEBOOK).encode())
    assert found == NotebookFile(NOTEBOOK, is_mended=True)
    assert read(NOTEBOOK) == NotebookFile(NOTEBOOK, is_mended=False)


def test_what_jupyter_never_saves_is_left_out() -> None:
    transient = {"orig_nbformat": 3, "orig_nbformat_minor": 0, "signature": "x"}
    given = {**NOTEBOOK, "metadata": {"a": 1, **transient}}
    given["cells"] = [{**CODE, "metadata": {"trusted": True, "b": 1}}]
    found = read(given)
    assert found.content["metadata"] == {"a": 1}
    assert found.content["cells"][0]["metadata"] == {"b": 1}
    assert not found.is_mended


BUNDLE = {"text/plain": ["g\n", "h"], "application/json": ["i"], "application/x+json": ["j"]}


def test_lists_of_lines_are_joined() -> None:
    given = {
        **NOTEBOOK,
        "cells": [
            {**CODE, "source": ["a\n", "b"]},
            {"cell_type": "markdown", "metadata": {}, "source": ["c\n", "d"],
             "attachments": {"x": {"text/plain": ["k", "l"]}}},
            {**CODE, "execution_count": 3, "outputs": [
                {"output_type": "stream", "name": "stdout", "text": ["e\n", "f"]},
                {"output_type": "display_data", "data": BUNDLE, "metadata": {}},
            ]},
        ],
    }  # fmt: skip
    found = read(given)
    first, second, third = found.content["cells"]
    assert first == {**CODE, "source": "a\nb"}
    assert (second["source"], second["attachments"]) == ("c\nd", {"x": {"text/plain": "kl"}})
    assert third["outputs"][0]["text"] == "e\nf"
    assert third["outputs"][1]["data"] == {**BUNDLE, "text/plain": "g\nh"}
    assert not found.is_mended
    assert read_ipynb("n.ipynb", render_ipynb(found.content).encode()) == found


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"metadata": None}, {"metadata": {}}),
        ({"metadata": dict.fromkeys((*OBJECTS, "mine"))}, {"metadata": {"mine": None}}),
        ({"cells": None}, {"cells": []}),
        ({"nbformat_minor": None}, {"nbformat_minor": 4}),
        ({"nbformat_minor": None, "cells": [{**CODE, "id": "a"}]},
         {"nbformat_minor": 5, "cells": [{**CODE, "id": "a"}]}),
        ({"cells": [{"cell_type": "code"}]}, {"cells": [{**CODE, "source": ""}]}),
        ({"cells": [{**CODE, "outputs": None, "source": None, "attachments": None}]},
         {"cells": [{**CODE, "source": ""}]}),
        ({"cells": [{**CODE, "cell_type": "raw"}]},
         {"cells": [{"cell_type": "raw", "metadata": {}, "source": "x"}]}),
        ({"cells": [{**CODE, "id": "a"}]}, {"cells": [CODE]}),
        ({"cells": [{**CODE, "outputs": [{"output_type": "x", "text": "\ud83d!"}]}]},
         {"cells": [{**CODE, "outputs": [{"output_type": "x", "text": "\ufffd!"}]}]}),
    ],
)  # fmt: skip
def test_what_has_one_right_value_is_mended(given: Any, expected: Any) -> None:
    found = read({**NOTEBOOK, **given})
    assert found.content == {**NOTEBOOK, **expected}
    assert found.is_mended


def ids_of(*names: Any) -> list[str]:
    """Return the ids of equal cells that were written with these ids; a dict is a whole cell."""
    cells = [name if isinstance(name, dict) else {**CODE, "id": name} for name in names]
    content = read({**NOTEBOOK, "nbformat_minor": 5, "cells": cells}).content
    return [cell["id"] for cell in content["cells"]]


@pytest.mark.parametrize("wrong", [None, "", 7, "a b", "é", "a" * 65, [], {}])
def test_an_id_that_the_format_refuses_is_replaced_by_one_made_from_the_cell(wrong: Any) -> None:
    (made,) = ids_of(CODE)
    assert ids_of({**CODE, "id": wrong}) == [made]
    assert ids_of({**CODE, "id": "a" * 64}) == ["a" * 64]


def test_of_doubled_ids_the_first_stays_and_no_made_id_is_doubled() -> None:
    (made,) = ids_of(CODE)
    assert ids_of("a", "a", "a") == ["a", made, f"{made}-2"]
    assert ids_of(CODE, made) == [f"{made}-2", made]
    other = {**CODE, "source": "y"}
    assert ids_of(other, CODE, CODE)[1:] == ids_of(CODE, CODE), "cells above change no id"


def test_a_notebook_of_an_old_version_is_converted_to_the_same_content_each_time() -> None:
    sheet = {"cells": [
        {"cell_type": "heading", "level": 2, "metadata": {}, "source": ["Title"]},
        {"cell_type": "code", "collapsed": False, "input": ["a\n", "b"], "language": "python",
         "metadata": {}, "outputs": [], "prompt_number": 3},
    ]}  # fmt: skip
    old = {"worksheets": [sheet], "metadata": {"name": "x"}, "nbformat": 3, "nbformat_minor": 0}
    found = read(old)
    assert found.is_mended
    assert [cell["source"] for cell in found.content["cells"]] == ["## Title", "a\nb"]
    assert found.content["nbformat"] == 4
    assert found == read(old)
    assert read_ipynb("n.ipynb", render_ipynb(found.content).encode()).content == found.content


def test_null_values_in_a_notebook_of_an_old_version_are_mended() -> None:
    cell = {"cell_type": "code", "input": ["a"], "language": "python", "metadata": None,
            "outputs": [], "prompt_number": None, "collapsed": None}  # fmt: skip
    sheet = {"cells": [cell, {"cell_type": "markdown", "source": None}], "metadata": None}
    old = {"worksheets": [sheet], "metadata": None, "nbformat": 3, "nbformat_minor": 0}
    assert [cell["source"] for cell in read(old).content["cells"]] == ["a", ""]
    for broken in ({"worksheets": 5}, {"worksheets": [5]}, {"worksheets": [{"cells": 5}]}):
        assert "nbformat 3 cannot be converted: " in fault({**old, **broken})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
KEYS = ("cell_type", "metadata", "source", "outputs", "id", "execution_count", "attachments")
CELLS = st.fixed_dictionaries(
    {"cell_type": st.sampled_from(["code", "markdown", "raw", "heading"])},
    optional={key: JSON | st.sampled_from(["a", "a\n", None, [], {}]) for key in KEYS[1:]},
)
CONTENTS = st.fixed_dictionaries(
    {"nbformat": st.sampled_from([4, 4, 4, 3, 2, 5, None]), "cells": st.lists(CELLS) | JSON},
    optional={"nbformat_minor": st.integers(-1, 6) | JSON, "metadata": JSON},
)


@given(CONTENTS)
def test_what_is_read_is_read_the_same_again_and_whole_and_the_rest_is_one_line(
    content: Any,
) -> None:
    found: Any = None
    refused = ""
    try:
        found = read(content)
    except SourceError as error:
        refused = str(error)
    if found is None:
        assert refused
        assert "\n" not in refused
        return
    assert read(content) == found
    again = read_ipynb("n.ipynb", render_ipynb(found.content).encode())
    assert again.content == found.content
    assert not again.is_mended


@given(CONTENTS)
def test_the_text_of_a_valid_notebook_is_that_of_nbformat(content: Any) -> None:
    try:
        found = read(content).content
    except SourceError:
        return
    for cell in found["cells"]:
        for key in ("outputs", "attachments"):
            assume(not cell.get(key))  # nbformat stops at odd ones
    nbjson = nbformat_v4().nbjson
    assert render_ipynb(found) == nbjson.writes(nbjson.from_dict(found)) + "\n"


@pytest.mark.parametrize(
    "mime",
    [
        "text/plain", "text/html", "text/x-any", "application/javascript", "image/svg+xml",
        "image/png", "application/json", "application/x+json", "application/xml", "video/mp4",
    ],
)  # fmt: skip
def test_the_lines_of_outputs_are_split_as_nbformat_does_it(mime: str) -> None:
    bundle = {mime: "a\nb\n"}
    outputs = [
        {"output_type": "display_data", "data": bundle, "metadata": {}},
        {"output_type": "execute_result", "data": bundle, "metadata": {}, "execution_count": 1},
        {"output_type": "stream", "name": "stdout", "text": "a\nb"},
        {"output_type": "error", "ename": "E", "evalue": "a\nb", "traceback": ["a\nb"]},
    ]
    text = {"cell_type": "raw", "metadata": {}, "source": "", "attachments": {"a": bundle}}
    content = {**NOTEBOOK, "cells": [{**CODE, "outputs": outputs}, text]}
    nbjson = nbformat_v4().nbjson
    assert render_ipynb(content) == nbjson.writes(nbjson.from_dict(content)) + "\n"


@pytest.mark.parametrize(
    "content",
    [
        {"cells": 3}, {"cells": [3]}, {"cells": [{}]}, {"cells": [{"outputs": [3]}]},
        {"cells": [{"source": 3, "attachments": {"a": 1}}]},
        {"cells": [{"outputs": [{"output_type": "display_data", "data": 1}]}]},
        {"cells": [{"outputs": [{"output_type": "stream", "text": 1}]}]},
        {"cells": [{"outputs": [{"output_type": "error", "traceback": ["a\n", "b"]}]}]},
    ],
)  # fmt: skip
def test_what_is_no_notebook_is_written_as_it_is(content: Any) -> None:
    assert json.loads(render_ipynb(content)) == content


def test_halves_of_pairs_are_written_as_escapes() -> None:
    assert '"\\ud83d\\udc00"' not in render_ipynb({"a": "\U0001f400"})
    assert render_ipynb({"a": "\ud83d"}) == '{\n "a": "\\ud83d"\n}\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ""),
        ("  a \n\n b\t", "a b"),
        ("a" * 40, "a" * 40),
        ("a" * 41, "a" * 39 + "…"),
        ("a " * 30, "a " * 19 + "a…"),
        ("a\ud83d", "a\ufffd"),
    ],
)
def test_the_first_words_of_a_cell_are_at_most_40_characters(text: str, words: str) -> None:
    assert first_words(text) == words


def test_an_id_is_made_from_any_text_and_has_12_characters() -> None:
    made = [CellIds().of("code", text) for text in ("x", "y", "\ud83d")]
    assert len({*made}) == 3
    assert all(re.fullmatch("[0-9a-f]{12}", one) for one in made)
