"""Notebook and percent text: what reads back equal, what is refused, what the .ipynb keeps."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.ipynb.reader import read_ipynb
from nbship.core.ipynb.writer import render_ipynb
from nbship.core.pairing.carry_over import new_notebook, update_notebook
from nbship.core.pairing.decide import Side, SyncAction, decide
from nbship.core.pairing.round_trip import (
    SHIPPED_OPTIONS,
    Text,
    essences,
    is_equal,
    read_text,
    text_from,
)
from nbship.core.pairing.splice import splice
from nbship.core.pairing.sync_state import SyncState, parse_sync_state, render_sync_state
from nbship.core.source.jupytext_api import check_options, default_options
from nbship.errors import SourceError
from nbship.model.workspace import Source
from tests.support.checked import PATH

OPTIONS = SHIPPED_OPTIONS
NONE = Side(None, None)


def code(text: str, **rest: Any) -> dict[str, Any]:
    metadata = rest.pop("metadata", {})
    return {
        "cell_type": "code", "execution_count": None, "metadata": metadata, "outputs": [],
        "source": text, **rest,
    }  # fmt: skip


def markdown(text: str, **metadata: Any) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": metadata, "source": text}


def notebook(*cells: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5} | rest


def text(*cells: dict[str, Any], **metadata: Any) -> str:
    return text_from("n.ipynb", notebook(*cells, metadata=metadata), OPTIONS)


def read(source: str) -> Text:
    return read_text(Source("src_py/n.py", source), OPTIONS)


def cells_of(source: str) -> Any:
    return read(source).cells


def side(source: str) -> Side:
    return Side(source, source.strip())


A, B, C = (side(letter) for letter in "abc")
NOTEBOOK_A, NOTEBOOK_B, NOTEBOOK_C = (Side(None, s.cells) for s in (A, B, C))


@pytest.mark.parametrize(
    ("source", "notebook", "base", "step"),
    [
        (NONE, NONE, NONE, SyncAction.NOTHING),
        (NONE, NONE, A, SyncAction.FORGET),
        (A, NONE, NONE, SyncAction.CREATE_NOTEBOOK),
        (A, NONE, A, SyncAction.CREATE_NOTEBOOK),
        (B, NONE, A, SyncAction.CREATE_NOTEBOOK),
        (NONE, NOTEBOOK_A, NONE, SyncAction.CREATE_SOURCE),
        (NONE, NOTEBOOK_A, A, SyncAction.LEAVE),
        (NONE, NOTEBOOK_B, A, SyncAction.CREATE_SOURCE),
        (A, NOTEBOOK_A, NONE, SyncAction.RECORD),
        (A, NOTEBOOK_A, A, SyncAction.RECORD),
        (B, NOTEBOOK_B, A, SyncAction.RECORD),
        (side("a\n"), NOTEBOOK_A, A, SyncAction.RECORD),
        (A, NOTEBOOK_B, NONE, SyncAction.MERGE),
        (A, NOTEBOOK_B, A, SyncAction.UPDATE_SOURCE),
        (B, NOTEBOOK_A, A, SyncAction.UPDATE_NOTEBOOK),
        (B, NOTEBOOK_C, A, SyncAction.MERGE),
        (side("a\n"), NOTEBOOK_C, A, SyncAction.MERGE),
    ],
)
def test_what_is_to_be_done_is_a_table(
    source: Side, notebook: Side, base: Side, step: SyncAction
) -> None:
    assert decide(source, notebook, base) is step


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        (code("x = 'a\x0bb'"), "line 1 contains U+000B, where jupytext would break the line"),
        (code("x\ny = '\x85'"), "line 2 contains U+0085, where jupytext would break the line"),
        (code("x\n#%% y"), "line 2 would become the marker of a new cell"),
        (code("# In[3]:"), "line 1 would become the marker of a new cell"),
        (markdown("%% x"), "line 1 would become the marker of a new cell"),
        (code("x", metadata={"a b": 1}), "the metadata key 'a b' cannot be written"),
        (
            code("x", metadata={"language": "R"}),
            "the metadata key 'language' has another meaning",
        ),
        (code("x", metadata={"none": None}), "the metadata key 'none' has no value"),
        (code("x", metadata={"tags": [1]}), "jupytext could not write it: "),
        (code("x", metadata={"tags": "x"}), "jupytext could not read it back: "),
        (
            code("  # coding: latin1"),
            "its marker would be indented, and the file would count as a module",
        ),
        (
            {"cell_type": "raw", "metadata": {"lines_to_next_cell": 0}, "source": "# +\nx"},
            "a second save in JupyterLab would write it differently",
        ),
        (
            {"cell_type": "raw", "metadata": {}, "source": "---\na: 1\n---"},
            "a first cell between two '---' lines would become the YAML header of the file",
        ),
    ],
)
def test_a_cell_that_would_be_lost_is_named_with_its_class(
    cell: dict[str, Any], reason: str
) -> None:
    with pytest.raises(SourceError) as caught:
        text(cell)
    begin = f"n.ipynb: cell 1 ({cell['cell_type']}, "
    assert str(caught.value).startswith(begin)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_cell_that_spoils_the_next_one_is_named() -> None:
    with pytest.raises(SourceError, match=r"cell 2 .*a string in triple quotes is not closed"):
        text(code("x"), code("x = '''"), code("y"))
    with pytest.raises(SourceError, match=r"cell 2 \(markdown, '```python open'\).*not closed"):
        text(code("x"), markdown("```python\nopen"), code("y"), markdown("```\nx"))


def test_what_only_the_notebook_knows_is_not_in_the_text() -> None:
    hidden = {"trusted": True, "collapsed": True, "scrolled": False, "execution": {}}
    assert text(code("x\n\n", metadata=hidden), code("")) == "# %%\nx\n\n# %%\n"


def test_a_text_that_says_something_else_is_not_equal() -> None:
    assert is_equal("# %%\nx\n", [code("x")], OPTIONS)
    assert not is_equal("# %%\nx\n", [markdown("x")], OPTIONS)
    assert not is_equal("# %%\nx\n", [code("x"), code("y")], OPTIONS)
    assert not is_equal("# %%\nx\n", [code("x", metadata={"tags": ["a"]})], OPTIONS)


def test_a_module_and_what_reads_in_two_ways_are_no_side_of_a_pair() -> None:
    with pytest.raises(SourceError, match="a module, not a notebook"):
        cells_of("x = 1\n")
    with pytest.raises(SourceError, match="and the build would read this cell differently"):
        cells_of("\n\n# %%\nx = 1\n")


def test_unchanged_and_moved_cells_keep_everything_and_new_ones_get_ids_of_their_own() -> None:
    old = notebook(
        code("a", id="1", outputs=[{"output_type": "x"}], execution_count=3),
        code("b\n", id="2", outputs=[{"output_type": "y"}], metadata={"collapsed": True, "z": 1}),
        code("c", id="3", outputs=[{"output_type": "z"}]),
        markdown("d", lines_to_next_cell=3) | {"id": "4", "attachments": {"i": {}}},
    )
    new = read("# %% z=2\nb\n\n# %%\na\n\n# %%\nnew\n\n# %%\nnew\n\n# %% [markdown]\n# e\n")
    made = update_notebook(new, old, None, OPTIONS)
    cells = made.content["cells"]
    assert (cells[0]["source"], cells[0]["metadata"]) == ("b", {"collapsed": True, "z": 2})
    assert [cell["id"] for cell in cells[:2]] == ["2", "1"]
    assert cells[1] == old["cells"][0]
    assert len({cell["id"] for cell in cells}) == 5
    assert (made.drops_cells, made.drops_outputs) == (True, True)
    again = update_notebook(new, made.content, None, OPTIONS)
    assert again.content == made.content
    assert not again.drops_cells


def test_attachments_and_the_id_stay_with_a_changed_cell() -> None:
    old = notebook(markdown("d") | {"id": "4", "attachments": {"i": {}}}, code("x", id="5"))
    made = update_notebook(read("# %% [markdown]\n# e\n\n# %%\nx\n"), old, None, OPTIONS).content
    assert made["cells"][0] == markdown("e") | {"id": "4", "attachments": {"i": {}}}


def test_an_old_notebook_gets_no_ids_and_outputs_come_from_an_earlier_one() -> None:
    old = notebook(code("a"), nbformat_minor=2)
    earlier = notebook(code("b", id="9", outputs=[{"output_type": "x"}]))
    made = update_notebook(read("# %%\nb\n\n# %%\nb\n"), old, earlier, OPTIONS).content["cells"]
    assert [len(cell["outputs"]) for cell in made] == [1, 0]
    assert all("id" not in cell for cell in made)


def test_jupytexts_notes_are_those_of_the_workspace() -> None:
    noted = {"jupytext": {"formats": "ipynb,py:light", "text_representation": {}, "main": 1}}
    made = update_notebook(read("# %%\n1\n"), notebook(metadata=noted), None, OPTIONS).content
    assert made["metadata"]["jupytext"] == {
        "cell_metadata_filter": OPTIONS["cell_metadata_filter"],
        "main": 1,
        "notebook_metadata_filter": "-all",
    }
    bare = update_notebook(read("# %%\n1\n"), notebook(), None, {}).content
    assert bare["metadata"] == {}


def test_an_ipynb_is_written_as_jupyter_writes_it() -> None:
    given = notebook({"cell_type": "code", "metadata": {"trusted": True}, "source": ["a\n", "é"]})
    found = read_ipynb("n.ipynb", json.dumps({**given, "nbformat_minor": 4}).encode()).content
    assert found["cells"][0] == code("a\né")
    text = render_ipynb(found)
    assert '   "source": [\n    "a\\n",\n    "é"\n   ]\n' in text
    assert read_ipynb("n.ipynb", text.encode()).content == found


@pytest.mark.parametrize("text", ["", "\n\n", "# ---\n# jupyter: {}\n# ---\n"])
def test_a_splice_keeps_the_header_of_a_source_without_cells(text: str) -> None:
    new = Source("x.py", "# %%\na\n")
    assert splice(Source("x.py", text), [], new, ["a"]) == f"{text}# %%\na\n"
    assert splice(Source("x.py", text), [], Source("x.py", ""), []) == text


def test_a_splice_changes_only_the_cells_that_changed() -> None:
    old = Source("x.py", "# ---\n# jupyter: {}\n# ---\n\n#%%\na\n\n\n\n#%%\nb")
    new = Source("x.py", "# %%\na\n\n# %%\nc\n\n# %%\nb\n")
    spliced = splice(old, ["a", "b"], new, ["a", "c", "b"])
    assert spliced == "# ---\n# jupyter: {}\n# ---\n\n#%%\na\n\n\n\n# %%\nc\n\n#%%\nb\n"
    assert splice(old, ["a"], new, ["a", "c", "b"]) == new.text
    assert splice(old, ["a", "b"], new, ["a", "b"]) == new.text


def test_equal_cells_keep_their_own_lines_in_their_order() -> None:
    old = Source("x.py", "#%%\na\n\n\n#%% \na\n# %% \nb\n")
    new = Source("x.py", "# %%\na\n\n# %%\na\n\n# %%\na\n")
    assert splice(old, ["a", "a", "b"], new, ["a", "a", "a"]) == ("#%%\na\n\n\n#%% \na\n# %%\na\n")


def test_the_last_sync_is_known_again_only_whole() -> None:
    last = SyncState("# %%\né\n", "1", "2", "nbship")
    data = render_sync_state(last)
    assert parse_sync_state(data) == last
    for damaged in (data[:-9], data.replace(b"nbship", b"nbshiq"), b"", b"[]", b"{}", b"[" * 9**5):
        assert parse_sync_state(damaged) is None
    fields = json.loads(data)
    assert parse_sync_state(json.dumps(fields | {"more": 1}).encode()) is None


def test_options_that_jupytext_does_not_know_are_refused() -> None:
    check_options(OPTIONS)
    with pytest.raises(ValueError, match="format"):
        check_options({"format": "x"})


LINES = st.lists(
    st.sampled_from(["x = 1", "", "# note", "def f():", "    pass", "!ls"]), max_size=5
)
CELLS = st.lists(
    st.builds(
        lambda lines, is_code: (code if is_code else markdown)("\n".join(lines)),
        LINES, st.booleans(),
    ),
    min_size=1, max_size=4,
)  # fmt: skip


@given(CELLS)
def test_what_is_accepted_comes_back_equal_and_a_second_time_changes_nothing(
    cells: list[dict[str, Any]],
) -> None:
    try:
        written = text(*cells)
    except SourceError:
        return
    source = read(written)
    assert essences(source.cells, OPTIONS) == essences(cells, OPTIONS)
    made = update_notebook(source, new_notebook({"name": "python3"}), None, OPTIONS).content
    assert text_from("n.ipynb", made, OPTIONS, source.cells) == written
    assert read_ipynb("n", render_ipynb(made).encode()).content == made


def test_a_cell_that_nbformat_refuses_is_refused_by_the_pairing() -> None:
    source = Source(PATH, '# %% tags=["a,b"]\nx')
    with pytest.raises(SourceError, match=r"^src_py/a\.py: jupytext cannot read it: "):
        read_text(source, SHIPPED_OPTIONS)


def test_no_options_note_nothing() -> None:
    assert default_options({}) == {}


def test_layout_is_no_part_of_what_both_sides_say() -> None:
    noted = code("x", metadata={"tags": ["a"], "lines_to_next_cell": 2, "cell_marker": "'"})
    assert essences([noted], OPTIONS) == essences(
        [code("x\n\n", metadata={"tags": ["a"]})], OPTIONS
    )
    assert essences([code("x", metadata={"b": 1, "a": 2})], OPTIONS) == essences(
        [code("x", metadata={"a": 2, "b": 1})], OPTIONS
    )
    assert essences([markdown("x\n")], OPTIONS) != essences([markdown("x")], OPTIONS)


def raw(text: str) -> dict[str, Any]:
    return {"cell_type": "raw", "metadata": {}, "source": text}


UNSTABLE = code("%%bash", metadata={"x": '"'})  # jupytext writes it in two ways in turn


@pytest.mark.parametrize(
    ("cells", "which", "reason"),
    [
        ([raw("'''\n\"\"\"\n# !ls")], """1 (raw, '\\'\\'\\' \"\"\" # !ls')""",
         "a source may not contain it: jupytext would change this line (line 3: '# # !ls')"),
        ([UNSTABLE], "1 (code, '%%bash')",
         "jupytext would add a line below the magic %%bash"),
        ([markdown("%%bash", tags=["a"])], "1 (markdown, '%%bash')",
         "it would read back with another line 2"),
        # The cell that is lost is found among the others, whatever is not written of them.
        ([code("a"), markdown("b"), UNSTABLE, code("d")], "3 (code, '%%bash')",
         "jupytext would add a line below the magic %%bash"),
        ([code("a", metadata={"collapsed": None}), UNSTABLE], "2 (code, '%%bash')",
         "jupytext would add a line below the magic %%bash"),
    ],
)  # fmt: skip
def test_the_cell_that_cannot_be_kept_is_told_with_the_reason(
    cells: list[dict[str, Any]], which: str, reason: str
) -> None:
    with pytest.raises(SourceError) as caught:
        text(*cells)
    assert str(caught.value) == f"n.ipynb: cell {which} cannot be kept in a .py: {reason}"
    assert caught.value.hint.endswith("Until then, both files stay unchanged.")


@pytest.mark.parametrize(
    ("lost", "advice", "kept"),
    [
        (code("x = '\u2028'"), "write \\u2028 instead", code("x = '\\u2028'")),
        (markdown("x\u2028"), "Remove the character", markdown("x")),
        (raw("---\na: 1\n---"), "move the cell below", [code("x"), raw("---\na: 1\n---")]),
        (code("# %%\nx"), "Put another word before", code("# cell %%\nx")),
        (markdown("%%"), "Put another word before", markdown("a %%")),
        (code('%%html\n"""'), "Write an even number", code('%%html\n"""\n# """')),
        (code("%%python\nx"), "Write %%script python", code("%%script python\nx")),
        (code("%%bash"), "Write a line below it", code("%%bash\n# nothing")),
        (code("%%bash\n"), "remove the cell", code("x")),
        (code("if x:\n    y = !ls"), "y = get_ipython().getoutput('...')",
         code("if x:\n    y = get_ipython().getoutput('ls')")),
        (code("if x:\n    y = %who"), "Assign it outside", code("y = %who\nif x:\n    print(y)")),
        (code("%%capture\nif x:\n    y = !ls"), "y = get_ipython().getoutput('...')",
         code("%%capture\nif x:\n    y = get_ipython().getoutput('ls')")),
        (code("%%writefile a.js\n  x = !y;"), "in brackets",
         code("%%writefile a.js\n  x = (!y);")),
        (code("x", metadata={"tags": ["active-py"]}), "make it a raw cell",
         {**raw("x"), "metadata": {"tags": ["active-py"]}}),
        ({**raw("x"), "metadata": {"tags": ["active-ipynb"]}}, "Remove the tag", raw("x")),
        (code("x", metadata={"a b": 1}), "Remove the key", code("x")),
    ],
)  # fmt: skip
def test_who_follows_the_advice_gets_a_cell_that_can_be_kept(
    lost: dict[str, Any], advice: str, kept: dict[str, Any] | list[dict[str, Any]]
) -> None:
    with pytest.raises(SourceError) as caught:
        text(lost, code("z"))
    assert advice in caught.value.hint
    assert text(*(kept if isinstance(kept, list) else [kept]), code("z"))


@pytest.mark.parametrize("key", ["a b", "title", "ä"])
def test_metadata_that_the_filter_names_stay_in_the_notebook(key: str) -> None:
    cell = code("x", metadata={key: None})
    with pytest.raises(SourceError) as caught:
        text(cell)
    assert f"add ,-{key} to cell_metadata_filter" in caught.value.hint
    wider = {**OPTIONS, "cell_metadata_filter": f"{OPTIONS['cell_metadata_filter']},-{key}"}
    content = notebook(cell)
    assert text_from("n.ipynb", content, wider) == "# %%\nx\n"


@pytest.mark.parametrize(
    ("tags", "reason"),
    [([1], "jupytext could not write it: "), ("x", "jupytext could not read it back: ")],
)
def test_what_jupytext_cannot_do_is_told_in_its_words(tags: object, reason: str) -> None:
    with pytest.raises(SourceError) as caught:
        text(code("x", metadata={"tags": tags}))
    begin = f"n.ipynb: cell 1 (code, 'x') cannot be kept in a .py: {reason}"
    assert str(caught.value).startswith(begin)
    assert len(str(caught.value)) > len(begin)


def test_a_source_that_is_no_side_of_a_pair_is_told_with_what_to_do() -> None:
    with pytest.raises(SourceError) as caught:
        cells_of("x = 1\n")
    assert caught.value.message == "a module, not a notebook: it has no '# %%' line"
    assert caught.value.hint == "Rename the module, or the .ipynb of the same name."
    with pytest.raises(SourceError) as caught:
        cells_of("\n\n# %%\nx = 1\n")
    assert caught.value.message == (
        "jupytext in JupyterLab and the build would read this cell differently"
    )
    assert caught.value.hint == "Look for a control character in it, and check [tool.jupytext]."
    assert str(caught.value.place) == "src_py/n.py:4"


def test_a_text_of_another_number_of_cells_or_another_kind_is_not_equal() -> None:
    for cells in ([], [code("x"), code("x")], [markdown("x")], [code("y")]):
        assert not is_equal("# %%\nx\n", cells, OPTIONS)
    assert is_equal("# %%\nx\n", [code("x\n \n")], OPTIONS)


def test_a_cell_keeps_the_layout_of_its_equals_in_their_order() -> None:
    written = "# %%\na\n\n\n\n# %%\na\n# %%\nb\n"
    like = cells_of(written)
    content = notebook(code("a"), code("a"), code("b"))
    assert text_from("n.ipynb", content, OPTIONS, like) == written
    assert text_from("n.ipynb", content, OPTIONS) == "# %%\na\n\n# %%\na\n\n# %%\nb\n"
    one = notebook(code("b"), code("a"), code("a"), code("a"))
    assert text_from("n.ipynb", one, OPTIONS, like).count("# %%\na\n\n\n\n") == 1
