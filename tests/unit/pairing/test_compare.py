"""The comparison of both sides of a pair, and what a sync makes of it."""

import json
from dataclasses import replace
from typing import Any

import pytest

from nbship.core.ipynb.reader import NotebookFile
from nbship.core.pairing import compare
from nbship.core.pairing.carry_over import new_notebook
from nbship.core.pairing.compare import (
    PairFiles,
    PairState,
    agree,
    compare_pair,
    conflict_in,
    notebook_text,
    since_commit,
)
from nbship.core.pairing.decide import SyncAction
from nbship.core.pairing.round_trip import SHIPPED_OPTIONS, Text
from nbship.errors import SourceError
from tests.support.checked import PATH
from tests.unit.pairing.test_round_trip import code, markdown, notebook

OPTIONS = SHIPPED_OPTIONS
X, Y = "# %%\nx = 1\n\n# %%\ny = 2\n", "# %%\nx = 1\n\n# %%\ny = 3\n"


def found(source: str | None, *cells: dict[str, Any], base: str | None = None) -> PairFiles:
    data = json.dumps(notebook(*cells)).encode() if cells else None
    text = None if source is None else source.encode()
    return PairFiles("src_py/n.py", "notebooks/n.ipynb", text, data, base, None)


def test_a_base_that_can_no_more_be_read_is_none() -> None:
    cells = (code("x = 1"), code("y = 3"))
    assert compare_pair(found(X, *cells, base=X), OPTIONS).action is SyncAction.UPDATE_SOURCE
    assert compare_pair(found(X, *cells, base="x = 1\n"), OPTIONS).action is SyncAction.MERGE
    assert compare_pair(found(X, *cells, base="\n\n# %%\nx\n"), OPTIONS).action is SyncAction.MERGE


Z = "# %%\nx = 1\n\n# %%\ny = 4\n"


@pytest.mark.parametrize(
    ("source", "notebook_y", "base", "committed", "action"),
    [
        (Y, "y = 3", X, Y, SyncAction.RECORD),  # git has replaced both
        (Y, "y = 4", X, Y, SyncAction.UPDATE_SOURCE),  # and then a person changed one
        (Z, "y = 3", X, Y, SyncAction.UPDATE_NOTEBOOK),
        (Z, "y = 5", X, Y, SyncAction.MERGE),
        (Y, "y = 4", None, Y, SyncAction.UPDATE_SOURCE),  # a new clone
        (Z, "y = 5", None, Y, SyncAction.MERGE),
        (Z, "y = 5", None, None, SyncAction.MERGE),  # the commit has no readable source
    ],
)
def test_a_file_that_is_as_in_the_commit_has_not_changed(
    source: str, notebook_y: str, base: str | None, committed: str | None, action: SyncAction
) -> None:
    state = compare_pair(found(source, code("x = 1"), code(notebook_y), base=base), OPTIONS)
    content = json.dumps(notebook(code("x = 1"), code("y = 3"))).encode()
    text = "\u2028" if committed is None else committed
    seen = since_commit(state, text.encode(), content, OPTIONS)
    assert seen.action is action
    old, new = (None if each is None else each.text for each in (state.base, seen.base))
    is_kept = committed is None or (action is SyncAction.MERGE and base is not None)
    assert new == (old if is_kept else committed)


def test_a_commit_in_which_the_files_differ_is_no_base() -> None:
    state = compare_pair(found(Y, code("x = 1"), code("y = 4"), base=X), OPTIONS)
    other = json.dumps(notebook(code("x = 1"), code("y = 5"))).encode()
    assert since_commit(state, Y.encode(), other, OPTIONS) is state


CONFLICT = "<<<<<<< ours\ny = 3\n=======\ny = 4\n>>>>>>> theirs"


IN_TWO_CELLS = (code("<<<<<<< ours\ny = 3"), code("=======\ny = 4\n>>>>>>> theirs"))


@pytest.mark.parametrize(
    "cells",
    [
        [code(CONFLICT)],
        [code(CONFLICT.replace("ours", "HEAD"))],
        [markdown(CONFLICT)],
        IN_TWO_CELLS,
        [IN_TWO_CELLS[0], markdown(IN_TWO_CELLS[1]["source"])],
    ],
)
@pytest.mark.parametrize("base", [X, Y, None])
def test_where_only_the_notebook_has_a_conflict_the_source_decides(
    base: str | None, cells: list[dict[str, Any]]
) -> None:
    """So it is whichever side a person has chosen in the source, and whatever the base is."""
    merged = found(X, code("x = 1"), *cells, base=base)
    assert compare_pair(merged, OPTIONS).action is SyncAction.UPDATE_NOTEBOOK
    with pytest.raises(
        SourceError, match=r"cell 2 \(.*\) has an unresolved merge conflict"
    ) as error:
        compare_pair(found(None, code("x = 1"), *cells), OPTIONS)
    assert error.value.hint == (
        "Open the notebook, choose between the conflict markers and save it, then sync."
    )


@pytest.mark.parametrize("later", ["||||||| base", "=======", ">>>>>>> theirs"])
def test_markers_of_the_merge_driver_are_a_conflict_in_a_text(later: str) -> None:
    text = "# Title\n{}\na\n{}\n"
    with pytest.raises(SourceError, match="unresolved merge conflict"):
        compare_pair(found(None, markdown(text.format("<<<<<<< ours", later))), OPTIONS)
    for others in (("<<<<<<< HEAD", later), (later, later)):
        state = compare_pair(found(None, markdown(text.format(*others))), OPTIONS)
        assert state.action is SyncAction.CREATE_SOURCE


@pytest.mark.parametrize(
    "cells",
    [
        [code("y = 4")],
        [markdown("# git\n" + CONFLICT.replace("ours", "HEAD").replace("theirs", "x"))],
        [markdown("Title\n=======\n"), code('x = """\n>>>>>>> x\n"""')],
    ],
)
def test_a_text_about_conflicts_is_a_change_like_others(cells: list[dict[str, Any]]) -> None:
    assert compare_pair(found(X, *cells, base=Y), OPTIONS).action is SyncAction.MERGE
    assert compare_pair(found(None, *cells), OPTIONS).action is SyncAction.CREATE_SOURCE


@pytest.mark.parametrize(("source", "is_read"), [(X, True), (None, False)])
def test_a_notebook_that_git_has_made_unreadable_follows_its_source(
    source: str | None, *, is_read: bool
) -> None:
    data = b'{"cells": [\n<<<<<<< ours\n1\n=======\n2\n>>>>>>> theirs\n]}\n'
    files = replace(found(source, base=X), notebook=data)
    if is_read:
        assert compare_pair(files, OPTIONS).action is SyncAction.CREATE_NOTEBOOK
    else:
        with pytest.raises(SourceError):
            compare_pair(files, OPTIONS)
    with pytest.raises(SourceError):
        compare_pair(replace(files, notebook=b"{"), OPTIONS)


def test_the_words_about_a_conflict_say_whose_sides_they_are() -> None:
    ours = CONFLICT.replace("ours", "src_py/n.py").replace("theirs", "notebooks/n.ipynb")
    by_sync, by_git = conflict_in("src_py/n.py", ours), conflict_in("src_py/n.py", CONFLICT)
    assert by_sync is not None
    assert by_sync.message == "the source and the notebook changed the same lines"
    assert by_sync.hint == (
        "Choose between the conflict markers (the notebook's side is the second), then sync."
    )
    assert by_git is not None
    assert by_git.hint == (
        "Choose between the conflict markers, then sync: the notebook follows the source."
    )


def test_the_notebooks_text_is_jupyters_where_the_source_was_too() -> None:
    seen = compare_pair(found(X, code("x = 1"), code("y = 3"), base=X), OPTIONS)
    assert notebook_text(seen, OPTIONS) == Y
    alone = compare_pair(found(None, code("x = 1"), code("y = 3")), OPTIONS)
    assert notebook_text(alone, OPTIONS) == Y


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("#%%\nx = 1\n#%%\ny = 2\n", "#%%\nx = 1\n# %%\ny = 3\n"),
        ("# %%\nx = 1\n# %%\n!ls\n# %%\ny = 2", "# %%\nx = 1\n# %%\ny = 3\n"),
    ],
)
def test_another_hand_keeps_the_cells_that_the_notebook_did_not_touch(old: str, new: str) -> None:
    seen = compare_pair(found(old, code("x = 1"), code("y = 3"), base=old), OPTIONS)
    assert notebook_text(seen, OPTIONS) == new


def test_a_source_that_jupyter_would_damage_is_refused() -> None:
    damaged = "# %%\nx = 1\n\n# %% a=1 none\ny = 2\n"
    seen = compare_pair(found(damaged), OPTIONS)
    with pytest.raises(SourceError, match=r"src_py/n\.py:5: cell 2 .* cannot be kept in a \.py"):
        agree(seen, damaged, OPTIONS)


def test_a_notebook_in_step_is_left_byte_for_byte() -> None:
    made = agree(compare_pair(found(X), OPTIONS), X, OPTIONS).notebook
    spaced = json.dumps(json.loads(made), indent=4).encode()
    again = PairFiles("src_py/n.py", "notebooks/n.ipynb", X.encode(), spaced, X, made)
    assert agree(compare_pair(again, OPTIONS), X, OPTIONS).notebook == spaced


def test_conflict_markers_stop_everything() -> None:
    marked = "# %%\n<<<<<<< a\nx\n=======\ny\n>>>>>>> b\n"
    with pytest.raises(SourceError, match=r"^src_py/n\.py:2: an unresolved merge conflict, up to"):
        compare_pair(found(marked, code("x = 1")), OPTIONS)
    assert conflict_in("x", X) is None


def test_a_text_that_jupyter_would_not_write_is_not_jupyters() -> None:
    cells = ({"cell_type": "code", "source": "a\x0c", "metadata": {}, "outputs": []},)
    text = Text("# %%\na\x0c", cells, {})
    found = PairFiles(PATH, "n.ipynb", source=None, notebook=None, base=None, earlier=None)
    view = PairState(
        found, text, NotebookFile(new_notebook({}), is_mended=False), None, None, SyncAction.NOTHING
    )
    assert not compare._has_jupytext_layout(view, text, SHIPPED_OPTIONS)  # noqa: SLF001 - no other way in


def test_two_sides_that_say_the_same_are_recorded_and_layout_alone_is_the_sources() -> None:
    cells = (code("x = 1"), code("y = 2"))
    assert compare_pair(found(X, *cells), OPTIONS).action is SyncAction.RECORD
    wide = X.replace("\n\n", "\n\n\n")
    assert compare_pair(found(wide, *cells, base=X), OPTIONS).action is SyncAction.RECORD
    assert compare_pair(found(Y, *cells, base=X), OPTIONS).action is SyncAction.UPDATE_NOTEBOOK
    assert compare_pair(found(wide, code("z"), base=X), OPTIONS).action is SyncAction.MERGE
    assert compare_pair(found(None, *cells, base=X), OPTIONS).action is SyncAction.LEAVE
