"""The merged notebook: cells keep what belongs to them, ids differ, metadata merge by key."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.pairing.merge_notebooks import merge_text, merged_notebook


def cell(source: str, name: str | None = None, kind: str = "code", **more: Any) -> dict[str, Any]:
    code = {"outputs": [name], "execution_count": 1} if kind == "code" else {}
    ids = {} if name is None else {"id": name}
    return {"cell_type": kind, "source": source, "metadata": {}, **code, **ids, **more}


def content(*cells: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    return {"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


A, B, C = cell("a = 1", "aa"), cell("b = 2", "bb"), cell("# T", "cc", "markdown")


def ids(merged: Any) -> list[Any]:
    return [each.get("id") for each in merged["cells"]]


def test_a_cell_keeps_all_that_its_version_has_of_it() -> None:
    ours = content(A, B, C | {"attachments": {"a.png": {}}})
    theirs = content(A, cell("new = 1", "tt", metadata={"hidden": 1}), B, C)
    merged = merged_notebook(merge_text(theirs), ours, content(A, B, C), theirs)
    assert merged["cells"] == [A, theirs["cells"][1], B, ours["cells"][2]]


def test_a_cell_of_neither_version_takes_the_place_of_ours() -> None:
    ours, theirs = content(A, cell("b = 3", "bb"), C), content(A, cell("b = 4", "bb"), C)
    both = "# %%\na = 1\n\n# %%\n<<<<<<< ours\nb = 3\n=======\nb = 4\n>>>>>>> theirs\n\n"
    merged = merged_notebook(f"{both}# %% [markdown]\n# # T\n", ours, None, theirs)
    assert ids(merged) == ["aa", "bb", "cc"]
    assert "<<<<<<< ours\nb = 3\n=======" in merged["cells"][1]["source"]
    assert merged["cells"][1]["outputs"] == []


def test_ids_differ_and_a_cell_without_a_place_gets_one() -> None:
    ours, theirs = content(cell("x", "same")), content(cell("y", "same"))
    merged = merged_notebook("# %%\nx\n\n# %%\ny\n\n# %%\nz\n", ours, None, theirs)
    assert ids(merged)[0] == "same"
    assert len({*ids(merged)}) == len(ids(merged)) == 3
    assert ids(merged) == ids(merged_notebook(merge_text(merged), merged, None, merged))
    old = content(cell("x")) | {"nbformat_minor": 4}
    text = "# %%\nx\n\n# %%\nz\n"
    assert ids(merged_notebook(text, old, None, old)) == [None, None]
    merged = merged_notebook(text, old, None, theirs)  # in a format with ids
    assert merged["nbformat_minor"] == 5
    assert None not in ids(merged)


def test_a_cells_metadata_are_those_of_the_merged_text() -> None:
    def tagged(**metadata: Any) -> dict[str, Any]:
        return content(A | {"metadata": metadata})

    base, ours = tagged(tags=["a"], hide=1, scrolled=True), tagged(tags=["a"], scrolled=True)
    theirs = tagged(hide=1)
    merged = merged_notebook("# %%\na = 1\n", ours, base, theirs)
    assert merged["cells"][0]["metadata"] == {"scrolled": True}  # which no text has
    merged = merged_notebook(merge_text(tagged(tags=["b"])), ours, base, theirs)
    assert merged["cells"][0]["metadata"] == {"scrolled": True, "tags": ["b"]}


def test_of_the_metadata_the_version_that_changed_a_key_decides() -> None:
    base = content(A, same=1, ours=1, theirs=1, both=1, gone=1)
    ours = content(A, same=1, ours=2, theirs=1, both=2, gone=1, new=2)
    theirs = content(A, same=1, ours=1, theirs=3, both=3, newer=3)
    merged = merged_notebook(merge_text(ours), ours, base, theirs)
    assert merged["metadata"] == {
        "same": 1, "ours": 2, "theirs": 3, "both": 2, "new": 2, "newer": 3,
    }  # fmt: skip


@pytest.mark.parametrize(
    "metadata",
    [
        {"kernelspec": {"language": "R"}},
        {"language_info": {"name": "r"}},
        {"kernelspec": {"language": "julia"}},
        {"kernelspec": {"language": 3}},
        {},
    ],
)
def test_the_text_reads_back_in_every_language(metadata: dict[str, Any]) -> None:
    whole = content(A, C, cell("raw", "rr", "raw"), **metadata)
    assert merged_notebook(merge_text(whole), whole, whole, whole)["cells"] == whole["cells"]


def test_a_cell_that_the_text_cannot_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be written"):
        merge_text(content(cell("# %%\nx", "aa")))


@given(st.permutations([A, B, C]), st.permutations([A, B, C]))
def test_a_merge_to_one_version_has_its_cells(one: list[Any], other: list[Any]) -> None:
    ours, theirs = content(*one), content(*other)
    assert merged_notebook(merge_text(theirs), ours, None, theirs)["cells"] == other
    assert merged_notebook(merge_text(ours), ours, None, theirs)["cells"] == one
