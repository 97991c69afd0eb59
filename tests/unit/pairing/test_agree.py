"""Both files after a sync: JupyterLab opens either of them, and each keeps its own form."""

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from nbship.core.ipynb.reader import read_ipynb
from nbship.core.pairing.compare import (
    Agreed,
    PairFiles,
    agree,
    compare_pair,
    notebook_text,
)
from nbship.core.pairing.decide import SyncAction
from nbship.core.pairing.notebook_language import language_in, suffix_of
from nbship.core.pairing.round_trip import SHIPPED_OPTIONS
from nbship.core.source.jupytext_api import opens_in_step
from nbship.errors import SourceError
from nbship.model.jupytext_options import VOLATILE_METADATA
from tests.unit.pairing.test_round_trip import code, markdown, notebook

OPTIONS = SHIPPED_OPTIONS
X = "# %%\nx = 1\n"
YAML = "# ---\n# jupyter:\n#   kernelspec:\n#     display_name: P\n#     name: python3\n# ---\n"


def files(
    source: str | bytes | None, content: Any = None, base: str | None = None, suffix: str = ".py"
) -> PairFiles:
    text = source.encode() if isinstance(source, str) else source
    data = content if isinstance(content, bytes | None) else json.dumps(content).encode()
    return PairFiles(f"src_py/n{suffix}", "notebooks/n.ipynb", text, data, base, None)


def with_ids(*cells: dict[str, Any], **rest: Any) -> dict[str, Any]:
    named = [{**cell, "id": f"c{number}"} for number, cell in enumerate(cells)]
    return notebook(*named, **rest)


def synced(pair: PairFiles) -> Agreed:
    """Return what a sync writes, after a check that JupyterLab opens it and that it is stable."""
    state = compare_pair(pair, OPTIONS)
    if state.source is None or state.action is SyncAction.UPDATE_SOURCE:
        found = agree(state, notebook_text(state, OPTIONS), OPTIONS)
    else:
        found = agree(state, state.source.text, OPTIONS)
    suffix = pair.source_path.rpartition("n")[2]
    content = read_ipynb("n.ipynb", found.notebook)
    assert opens_in_step(found.text, content.content, suffix, OPTIONS)
    assert not content.is_mended
    again = compare_pair(files(found.text, found.notebook, found.text, suffix), OPTIONS)
    assert again.action is SyncAction.RECORD
    assert again.source is not None
    second = agree(again, again.source.text, OPTIONS)
    assert second == Agreed(found.text, found.notebook, pictures=found.pictures)
    return found


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("\n\n# %%\nx = 1\n", X),
        (" \n\t\n# %%\nx = 1\n", X),
        ("#!/usr/bin/env python\n\n\n# %%\nx = 1\n", "#!/usr/bin/env python\n# %%\nx = 1\n"),
        (f"{YAML}\n\n# %%\nx\n", f"{YAML}\n# %%\nx\n"),
        (b"\xef\xbb\xbf# %%\nx = 1\n", X),
        (b"# %%\r\nx = 1\r\n", X),
        # Jupyter sorts the metadata when it saves the notebook.
        ('#%%\na\n\n\n#%% tags=["b"] name="c"\nx\n', '#%%\na\n\n\n# %% name="c" tags=["b"]\nx\n'),
        ("#%%\n!ls\n\n\n#%%\nx", "#%%\n!ls\n\n\n#%%\nx"),
        ("# -*- coding: utf-8 -*-\n# %%\nx\n", "# -*- coding: utf-8 -*-\n# %%\nx\n"),
        ("x = 1\n# %%\ny\n", "x = 1\n# %%\ny\n"),
        ("#%%\n# !ls\n#%%\n%time f()\n", "#%%\n# !ls\n#%%\n%time f()\n"),
        ("# %%\nif x:\n    # !ls\n# !ls\n", "# %%\nif x:\n    # !ls\n# !ls\n"),
        ("#%%\n!ls\n#%%\n%time f()\n", "#%%\n!ls\n#%%\n%time f()\n"),
    ],
)
def test_a_source_stays_but_for_what_jupyterlab_would_read_differently(
    source: str | bytes, written: str
) -> None:
    assert synced(files(source)).text == written


@pytest.mark.parametrize(
    ("source", "written"),
    [
        # With a magic that is no comment, jupytext reads no comment as a magic.
        ("#%%\n# !ls\n#%%\n%time f()\n", "# %%\n# !ls\n# %%\n# %time f()\n"),
        # No layout keeps jupytext from the wrong guess: the pair is written all the same.
        ("# %%\nif x:\n    # !ls\n# !ls\n", "# %%\nif x:\n    # !ls\n# !ls\n"),
    ],
)
def test_where_jupytext_guesses_the_format_the_layout_prevents_it_or_stays(
    source: str, written: str
) -> None:
    options = {key: OPTIONS[key] for key in OPTIONS if key != "preferred_jupytext_formats_read"}
    state = compare_pair(files(source), options)
    assert state.source is not None
    assert agree(state, state.source.text, options).text == written


@pytest.mark.parametrize("blank", ["", "\n", "\n\n\n", "\n \n"])
def test_blank_lines_at_the_end_of_code_follow_the_source(blank: str) -> None:
    source = "# %%\nx = 1\n\n\n# %%\ny = 2\n"
    content = with_ids(code(f"x = 1{blank}"), code(f"y = 2{blank}"))
    assert compare_pair(files(source, content), OPTIONS).action is SyncAction.RECORD
    assert synced(files(source, content)).text == source


def test_the_order_of_metadata_is_the_same_in_both() -> None:
    content = with_ids(code("x", metadata={"tags": ["a"], "mine": {"d": 1, "c": [2]}}))
    assert synced(files(None, content)).text == '# %% mine={"c": [2], "d": 1} tags=["a"]\nx\n'


@pytest.mark.parametrize(
    "options",
    [
        {"cell_markers": '"""'}, {"comment_magics": False}, {"cell_metadata_filter": "-all"},
        {"formats": "ipynb,py"}, {"notebook_metadata_filter": "all"}, {"encoding": "# x"},
        {"encoding": 3}, {"executable": "a\nb"},
    ],
)  # fmt: skip
def test_jupytexts_options_in_a_notebook_give_way_to_the_workspaces(
    options: dict[str, Any],
) -> None:
    cells = (markdown("# a"), code("!ls", metadata={"tags": ["a"]}))
    content = with_ids(*cells, metadata={"jupytext": {**options, "main": 1}, "mine": 2})
    found = synced(files(None, content))
    assert found.text == '# %% [markdown]\n# # a\n\n# %% tags=["a"]\n# !ls\n'
    metadata = read_ipynb("n", found.notebook).content["metadata"]
    assert (metadata["mine"], metadata["jupytext"]["main"]) == (2, 1)


@pytest.mark.parametrize(
    "text",
    ["# Why?", "#%%x", "# %time", "# !ls", "You may be new to coding: yes", "a\n\n# So?\n\nb",
     "# Why?\n'''", '# Why?\n"""', "\\alpha\n# Why?"],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["markdown", "raw"])
def test_text_that_jupytext_would_change_in_a_comment_is_kept_in_quotes(
    text: str, kind: str
) -> None:
    cells = (
        {**markdown(text), "cell_type": kind},
        code("x"),
        {**markdown(text), "cell_type": kind},
    )
    found = synced(files(None, with_ids(*cells)))
    content = read_ipynb("n.ipynb", found.notebook).content
    assert [cell["source"] for cell in content["cells"]] == [text, "x", text]


def test_a_first_cell_whose_comment_names_an_encoding_gets_a_line_above() -> None:
    found = synced(files(None, with_ids(code("# You may be new to coding: yes\nx"))))
    assert found.text == "# -*- coding: utf-8 -*-\n# %%\n# You may be new to coding: yes\nx\n"
    compile(found.text.encode(), "n.py", "exec")


def test_what_programs_write_stays_in_the_notebook_alone() -> None:
    kept = {"tags": ["a"], "_kg_hide-input": True, "mine": 1}
    metadata = {**{key: {"a": 1} for key in VOLATILE_METADATA}, **kept}
    del metadata["trusted"]
    found = synced(files(None, with_ids(code("x", metadata=metadata))))
    assert found.text == '# %% _kg_hide-input=true mine=1 tags=["a"]\nx\n'
    (cell,) = read_ipynb("n.ipynb", found.notebook).content["cells"]
    assert cell["metadata"] == metadata
    folded = with_ids(code("x", metadata={**metadata, "jupyter": {"outputs_hidden": True}}))
    state = compare_pair(files(found.text, folded, found.text), OPTIONS)
    assert state.action is SyncAction.RECORD


def test_a_notebook_without_cells_waits_and_its_source_fills_it() -> None:
    for empty in (b"", json.dumps(notebook()).encode()):
        assert compare_pair(files(None, empty), OPTIONS).action is SyncAction.WAIT
        assert compare_pair(files(None, empty, X), OPTIONS).action is SyncAction.WAIT
        assert compare_pair(files(X, empty, X), OPTIONS).action is SyncAction.CREATE_NOTEBOOK
        assert not synced(files(X, empty)).drops_cells


def test_what_was_mended_is_written_back() -> None:
    cell = {"cell_type": "code", "source": "x = 1", "id": None}
    content = {"cells": [cell], "metadata": None, "nbformat": 4, "nbformat_minor": 5}
    assert synced(files(X, content)).text == X
    assert synced(files(None, content)).text == X
    sheet = {"cells": [{"cell_type": "code", "input": "x = 1", "language": "python",
                        "outputs": []}]}  # fmt: skip
    old = {"worksheets": [sheet], "metadata": {}, "nbformat": 3, "nbformat_minor": 0}
    assert synced(files(None, old)).text == X
    assert synced(files(X, old)).text == X


R = {"kernelspec": {"name": "ir", "language": "R", "display_name": "R"}}


def test_a_notebook_in_r_is_paired_with_an_r_source() -> None:
    cells = (markdown("# Why?"), code("x <- c(1)\n'it''s'"))
    found = synced(files(None, with_ids(*cells, metadata=R), suffix=".R"))
    assert found.text.endswith("# %%\nx <- c(1)\n'it''s'\n")
    metadata = read_ipynb("n", found.notebook).content["metadata"]
    assert metadata["jupytext"]["formats"] == "src_py///R:percent,notebooks///ipynb"
    made = synced(files("# %%\nx <- 1\n", suffix=".R"))
    assert language_in(read_ipynb("n", made.notebook).content) == "R"


@pytest.mark.parametrize(
    ("metadata", "suffix"),
    [
        ({}, ".py"),
        (R, ".R"),
        ({"kernelspec": {"name": "ir"}}, ".R"),
        ({"kernelspec": {"name": "x"}, "language_info": {"name": "R"}}, ".R"),
        ({"kernelspec": {"language": "", "name": "python3"}}, ".py"),
        ({"kernelspec": {"language": 3}}, ".py"),
        ({"language_info": {"name": "Python"}}, ".py"),
    ],
)
def test_the_language_decides_the_extension(metadata: dict[str, Any], suffix: str) -> None:
    data = json.dumps(with_ids(code("x"), metadata=metadata)).encode()
    assert suffix_of("n.ipynb", data) == suffix


def test_another_language_than_the_sources_is_refused_by_name() -> None:
    julia = {"kernelspec": {"language": "julia", "name": "julia-1.9"}}
    data = json.dumps(with_ids(code("x"), metadata=julia)).encode()
    with pytest.raises(SourceError) as caught:
        suffix_of("notebooks/n.ipynb", data)
    assert str(caught.value) == "notebooks/n.ipynb: its language is julia"
    assert caught.value.hint == (
        "A source is Python (.py) or R (.R). Keep notebooks in another language in another folder."
    )
    with pytest.raises(SourceError, match=r"its language is R, but src_py/n\.py contains Python"):
        compare_pair(files(X, with_ids(code("x"), metadata=R)), OPTIONS)


def test_a_notebook_that_is_too_large_is_refused_at_once() -> None:
    for cells, amount in (
        ([code("x")] * 2_001, "2,001 cells, and a source may have 2,000"),
        ([code("x\n" * 20_000)], "20,001 lines, and a source may have 20,000"),
    ):
        state = compare_pair(files(None, with_ids(*cells)), OPTIONS)
        with pytest.raises(SourceError) as caught:
            notebook_text(state, OPTIONS)
        assert caught.value.message == amount
        assert "Divide the notebook" in caught.value.hint


def test_a_cell_that_takes_too_long_to_read_is_refused_without_a_line() -> None:
    state = compare_pair(files(None, with_ids(markdown("```\n```\n" * 600))), OPTIONS)
    with pytest.raises(SourceError, match=r"a source may not contain it: 1,200 code blocks in a "):
        notebook_text(state, OPTIONS)


def test_a_first_cell_with_front_matter_is_refused_with_a_way_out() -> None:
    front = {"cell_type": "raw", "metadata": {}, "source": "---\ntitle: x\n---"}
    state = compare_pair(files(None, with_ids(front, code("x"))), OPTIONS)
    with pytest.raises(SourceError) as caught:
        notebook_text(state, OPTIONS)
    assert caught.value.hint == (
        "Quarto and nbdev read such a cell: keep their notebooks in another folder than the paired "
        "ones, or move the cell below another one. Until then, both files stay unchanged."
    )


def test_a_pair_that_jupyterlab_would_not_open_is_refused() -> None:
    source = "# %%\nx = 1\n\n# %%\ny = 2\n"
    refused = dict(OPTIONS) | {"notebook_metadata_filter": "all"}
    state = compare_pair(files(source), refused)
    with pytest.raises(SourceError) as caught:
        agree(state, source, refused)
    assert str(caught.value) == (
        "src_py/n.py: JupyterLab would not open this source beside its notebook"
    )
    assert caught.value.hint == (
        "Look for an unusual cell marker or header, and check [tool.jupytext]."
    )


def test_an_earlier_notebook_that_cannot_be_read_gives_no_outputs() -> None:
    for earlier in (b"no notebook", b"", json.dumps(with_ids(code("x"))).encode()):
        pair = PairFiles("src_py/n.py", "n.ipynb", X.encode(), None, None, earlier)
        cells = compare_pair(pair, OPTIONS).earlier
        assert (cells is None) is (earlier == b"no notebook")


def test_a_line_of_a_source_with_blank_lines_at_the_top_is_named_by_its_number() -> None:
    with pytest.raises(SourceError, match=r"^src_py/n\.py:5:6: "):
        compare_pair(files("\n\n\n# %%\nx = '\f'\n"), OPTIONS)


def test_metadata_that_jupytext_cannot_read_make_a_pair_that_is_refused() -> None:
    content = with_ids(code("x = 1"), metadata={"kernelspec": {"language": 3, "name": "python3"}})
    state = compare_pair(files(X, content), OPTIONS)
    with pytest.raises(SourceError, match="JupyterLab would not open this source"):
        agree(state, X, OPTIONS)
    with pytest.raises(ValueError, match=r"^\S.*$"):
        opens_in_step(X, content, ".py", OPTIONS)


# --- pictures ---


def pasted(data: bytes, name: str = "a.png") -> dict[str, Any]:
    picture = {name: {"image/png": base64.b64encode(data).decode()}}
    return {**markdown(f"![x](attachment:{name})"), "attachments": picture}


def attachments(found: Agreed) -> list[dict[str, Any]]:
    cells = json.loads(found.notebook)["cells"]
    return [cell.get("attachments", {}) for cell in cells]


SHOWN = "# %% [markdown]\n# ![x](attachment:a.png)\n"


def test_a_picture_of_the_notebook_is_one_of_the_files() -> None:
    content = with_ids(pasted(b"1"), code("x = 1"))
    found = synced(files(None, content))
    assert found.text == f"{SHOWN}\n{X}"
    assert found.pictures == {"a.png": b"1"}


def test_a_picture_of_the_files_is_one_of_a_new_notebook() -> None:
    pair = replace(files(SHOWN), pictures={"a.png": b"1", "unused.png": b"2"})
    found = agree(compare_pair(pair, OPTIONS), SHOWN, OPTIONS)
    assert attachments(found) == [{"a.png": {"image/png": "MQ=="}}]
    assert found.pictures == {"a.png": b"1"}


def test_a_second_picture_of_one_name_changes_the_text_of_both_files() -> None:
    content = with_ids(pasted(b"1"), pasted(b"2"), code("x = 1"))
    source = f"{SHOWN}\n{SHOWN}\n# %%\nx  =  1  # as it stands\n"
    content["cells"][2]["source"] = "x  =  1  # as it stands"
    state = compare_pair(files(source, content), OPTIONS)
    assert state.action is SyncAction.RECORD
    found = agree(state, source, OPTIONS)
    assert found.text == source.replace("a.png", "a-2.png").replace("a-2", "a", 1)
    assert [list(each) for each in attachments(found)] == [["a.png"], ["a-2.png"], []]
    assert found.pictures == {"a.png": b"1", "a-2.png": b"2"}
    assert not found.drops_cells
    after = replace(files(found.text, found.notebook, found.text), pictures=found.pictures)
    assert agree(compare_pair(after, OPTIONS), found.text, OPTIONS) == found


def test_a_picture_that_both_sides_changed_is_refused_by_the_name_of_its_file() -> None:
    pair = replace(files(SHOWN, with_ids(pasted(b"1"))), pictures={"a.png": b"2"})
    with pytest.raises(SourceError) as caught:
        agree(compare_pair(pair, OPTIONS), SHOWN, OPTIONS)
    assert str(caught.value) == (
        "src_py/n.assets/a.png: this picture was changed, and so was the one in the notebook"
    )
    assert caught.value.hint == (
        "To take the notebook's picture, delete the file. To take the file, delete the attachment "
        "in notebooks/n.ipynb."
    )
