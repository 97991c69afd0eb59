"""The .ipynb that follows its source: which cell keeps what, after every kind of edit."""

import re
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.ipynb.reader import Content
from nbship.core.pairing.carry_over import UpdatedNotebook, new_notebook, update_notebook
from nbship.core.pairing.round_trip import SHIPPED_OPTIONS, Cells, Text
from nbship.core.source.jupytext_api import Options
from tests.support.growth import is_linear, steps

NEW = "new"
Row = tuple[str, str, str]  # of a cell: its id, its source, the text of its output


def cell(text: str, **rest: Any) -> dict[str, Any]:
    return {
        "cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": text,
        **rest,
    }  # fmt: skip


def update(
    cells: Cells, old: Content, earlier: Content | None, options: Options
) -> UpdatedNotebook:
    return update_notebook(Text("", cells, {}), old, earlier, options)


def ran(text: str, number: int) -> dict[str, Any]:
    """Return a cell with its own id and its own output."""
    output = {"output_type": "stream", "name": "stdout", "text": f"of {number}"}
    return cell(text, id=str(number), outputs=[output], execution_count=number)


def old_notebook(texts: str, **rest: Any) -> dict[str, Any]:
    """Return a notebook with a cell that ran for each letter; their ids count from 1."""
    cells = [ran(text, number) for number, text in enumerate(texts, start=1)]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5} | rest


def updated(old: dict[str, Any], new: str, earlier: dict[str, Any] | None = None) -> list[Row]:
    """Bring a notebook in step with a source that has a cell for each letter."""
    made = update([cell(text) for text in new], old, earlier, SHIPPED_OPTIONS)
    known = {cell["id"] for cell in old["cells"]}
    return [
        (
            cell["id"] if cell["id"] in known else NEW,
            cell["source"],
            cell["outputs"][0]["text"] if cell["outputs"] else "",
        )
        for cell in made.content["cells"]
    ]


def kept(number: int, text: str) -> Row:
    return str(number), text, f"of {number}"


A, B, C = kept(1, "a"), kept(2, "b"), kept(3, "c")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("abc", "abc", [A, B, C]),
        ("abc", "nabc", [(NEW, "n", ""), A, B, C]),
        ("abc", "anbc", [A, (NEW, "n", ""), B, C]),
        ("abc", "abcn", [A, B, C, (NEW, "n", "")]),
        ("abc", "bc", [B, C]),
        ("abc", "ac", [A, C]),
        ("abc", "ab", [A, B]),
        ("abc", "bca", [B, C, A]),
        ("abc", "cab", [C, A, B]),
        ("abc", "cba", [C, B, A]),
        ("ab", "aab", [(NEW, "a", ""), A, B]),
        ("aab", "ab", [kept(2, "a"), kept(3, "b")]),
        ("aabcd", "bcdaa", [kept(3, "b"), kept(4, "c"), kept(5, "d"), A, kept(2, "a")]),
        ("aabcd", "bcda", [kept(3, "b"), kept(4, "c"), kept(5, "d"), A]),
        ("abcd", "axyd", [A, ("2", "x", ""), ("3", "y", ""), kept(4, "d")]),
        ("abcd", "axd", [A, ("2", "x", ""), kept(4, "d")]),
        ("abd", "axyd", [A, ("2", "x", ""), (NEW, "y", ""), kept(3, "d")]),
        # A changed block, out of which, and into which, a cell is moved.
        ("abcde", "axydec", [A, ("2", "x", ""), (NEW, "y", ""), kept(4, "d"), kept(5, "e"), C]),
        ("abdec", "acxde", [A, kept(5, "c"), ("2", "x", ""), kept(3, "d"), kept(4, "e")]),
        ("abc", "xay", [(NEW, "x", ""), A, ("2", "y", "")]),
        ("", "a", [(NEW, "a", "")]),
        ("a", "", []),
    ],
)
def test_each_cell_keeps_what_is_its_own(old: str, new: str, expected: list[Row]) -> None:
    assert updated(old_notebook(old), new) == expected


@given(st.text("abcdef", max_size=7), st.text("abcdefgh", max_size=7))
def test_as_many_equal_cells_keep_their_id_and_outputs_as_both_sides_have(
    old: str, new: str
) -> None:
    rows = updated(old_notebook(old), new)
    assert [source for _, source, _ in rows] == list(new)
    carried = [row for row in rows if row[2]]
    assert set(carried) <= {kept(number, text) for number, text in enumerate(old, start=1)}
    assert Counter(text for _, text, _ in carried) == Counter(old) & Counter(new)
    ids = [name for name, _, _ in rows if name != NEW]
    assert len(ids) == len(set(ids))


def test_a_changed_cell_of_another_kind_is_a_new_one() -> None:
    changed = [{"cell_type": "markdown", "metadata": {}, "source": "# a"}]
    (made,) = update(changed, old_notebook("a"), None, SHIPPED_OPTIONS).content["cells"]
    assert made["id"] != "1"
    assert (made["cell_type"], made["source"]) == ("markdown", "# a")
    assert "outputs" not in made


@pytest.mark.parametrize(
    ("gone", "drops_cells", "drops_outputs"),
    [
        (cell("b"), True, False),
        (cell(""), False, False),
        (cell(" \n"), False, False),
        (ran("", 2), True, True),
        (ran("b", 2), True, True),
        ({"cell_type": "markdown", "metadata": {}, "source": "b"}, True, False),
    ],
)
@pytest.mark.parametrize("new", ["a", "ax"])
def test_a_cell_with_text_or_outputs_is_missed(
    gone: dict[str, Any], new: str, *, drops_cells: bool, drops_outputs: bool
) -> None:
    old = old_notebook("a")
    old["cells"].append(gone)
    made = update([cell(text) for text in new], old, None, SHIPPED_OPTIONS)
    assert (made.drops_cells, made.drops_outputs) == (drops_cells, drops_outputs)


def test_outputs_come_back_from_the_earlier_notebook_in_its_order_and_without_its_ids() -> None:
    earlier = old_notebook("xbb")
    rows = updated({**old_notebook("")}, "bxbb", earlier)
    assert rows == [(NEW, "b", "of 2"), (NEW, "x", "of 1"), (NEW, "b", "of 3"), (NEW, "b", "")]
    # What the notebook itself still has is not taken from the earlier one.
    assert updated(old_notebook("b"), "bb", earlier) == [kept(1, "b"), (NEW, "b", "of 2")]


def test_a_cell_that_comes_back_in_the_place_of_another_has_its_id_not_its_attachments() -> None:
    old = old_notebook("a")
    old["cells"][0]["attachments"] = {"i": {}}
    earlier = old_notebook("zb")
    (made,) = update([cell("b")], old, earlier, SHIPPED_OPTIONS).content["cells"]
    assert (made["id"], made["outputs"][0]["text"]) == ("1", "of 2")
    assert "attachments" not in made


def test_the_id_of_a_new_cell_follows_from_its_text_and_is_the_same_on_every_machine() -> None:
    def ids(texts: str, old: str = "") -> list[str]:
        made = update([cell(t) for t in texts], old_notebook(old), None, SHIPPED_OPTIONS)
        return [cell["id"] for cell in made.content["cells"]]

    assert ids("aab") == [*ids("a"), f"{ids('a')[0]}-2", *ids("b")]
    assert ids("b") == ids("aab")[2:]
    assert ids("a") == ["f20b3b9426c8"]
    assert all(re.fullmatch(r"[0-9a-f]{12}(?:-2)?", made) for made in ids("aab"))


def test_a_new_cell_gets_no_id_that_an_old_one_keeps() -> None:
    one = {"cell_type": "code", "source": "one", "metadata": {}}
    other = {"cell_type": "code", "source": "other", "metadata": {}}
    alone = update([one], new_notebook({}), None, SHIPPED_OPTIONS).content
    taken = {**alone, "cells": [{**alone["cells"][0], "source": "other"}]}
    both = update([other, one], taken, None, SHIPPED_OPTIONS).content["cells"]
    assert both[0]["id"] == alone["cells"][0]["id"]
    assert both[1]["id"] != both[0]["id"]


@pytest.mark.parametrize(("minor", "has_id"), [(4, False), (5, True), (6, True)])
def test_ids_are_for_notebooks_of_a_format_that_has_them(minor: int, *, has_id: bool) -> None:
    old = old_notebook("", nbformat_minor=minor)
    (made,) = update([cell("a")], old, None, SHIPPED_OPTIONS).content["cells"]
    assert ("id" in made) is has_id


def test_a_new_notebook_has_the_kernelspec_and_no_cells() -> None:
    spec = {"name": "python3"}
    made = new_notebook(spec)
    assert made == {
        "cells": [], "metadata": {"kernelspec": spec}, "nbformat": 4, "nbformat_minor": 5,
    }  # fmt: skip


def test_a_new_code_cell_has_no_outputs_and_a_new_text_has_no_such_key() -> None:
    text = {"cell_type": "markdown", "metadata": {"a": 1}, "source": "x"}
    made = update(
        [cell("y", outputs=[{"output_type": "x"}]), text], new_notebook({}), None, SHIPPED_OPTIONS
    ).content["cells"]
    assert [{**cell, "id": ""} for cell in made] == [cell("y", id=""), {**text, "id": ""}]


def test_the_notebooks_own_metadata_stays_but_for_jupytexts_notes_of_the_pair() -> None:
    notes = {"formats": "ipynb,py:light", "text_representation": {}, "main_language": "R"}
    old = old_notebook("a", metadata={"authors": ["Awa"], "jupytext": notes})
    made = update([cell("a")], old, None, {}).content["metadata"]
    assert made == {"authors": ["Awa"], "jupytext": {"main_language": "R"}}
    before = {"authors": ["Awa"], "jupytext": notes}
    assert old["metadata"] == before, "what was given is not changed"
    old = old_notebook("a", metadata={"jupytext": {"formats": "ipynb,py:light"}})
    assert update([cell("a")], old, None, {}).content["metadata"] == {}


def test_what_the_source_says_no_more_of_a_cell_is_gone_and_what_it_never_says_stays() -> None:
    old = old_notebook("a")
    old["cells"][0]["metadata"] = {
        "tags": ["old"], "name": "n", "collapsed": True, "lines_to_next_cell": 2,
    }  # fmt: skip
    (made,) = update([cell("a", metadata={"name": "m"})], old, None, SHIPPED_OPTIONS).content[
        "cells"
    ]
    assert made["metadata"] == {"collapsed": True, "name": "m"}


def test_among_many_equal_cells_a_new_one_is_not_the_changed_form_of_one_far_above() -> None:
    rows = updated(old_notebook("x" + 200 * "a"), 200 * "a" + "y")
    assert rows == [*(kept(number, "a") for number in range(2, 202)), (NEW, "y", "")]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("x", "y", [("401", "y", "")]),
        ("aab", "ab", [kept(401, "a"), kept(403, "b")]),
        ("ab", "b", [kept(402, "b")]),
        ("abab", "abxab", [kept(401, "a"), kept(402, "b"), (NEW, "x", ""), kept(403, "a"),
                           kept(404, "b")]),
        ("abc", "cab", [kept(403, "c"), kept(401, "a"), kept(402, "b")]),
        # What stands above the first change, or below the last one, is not taken from elsewhere.
        ("a", "baa", [(NEW, "b", ""), (NEW, "a", ""), kept(401, "a")]),
        ("baa", "a", [kept(403, "a")]),
        ("a", "bza", [(NEW, "b", ""), (NEW, "z", ""), kept(401, "a")]),
        ("bza", "a", [kept(403, "a")]),
    ],
)  # fmt: skip
def test_a_large_notebook_with_many_equal_cells_keeps_the_same(
    old: str, new: str, expected: list[Row]
) -> None:
    many = 400 * "z"
    rows = updated(old_notebook(f"{many}{old}{many}"), f"{many}{new}{many}")
    assert rows[400:-400] == expected
    assert rows[:400] == [kept(number, "z") for number in range(1, 401)]
    after = 400 + len(old)
    assert rows[-400:] == [kept(number, "z") for number in range(after + 1, after + 401)]


def test_of_many_equal_cells_the_last_one_is_new_or_gone() -> None:
    many = [kept(number, "z") for number in range(1, 401)]
    assert updated(old_notebook(400 * "z"), 401 * "z") == [*many, (NEW, "z", "")]
    assert updated(old_notebook(401 * "z"), 400 * "z") == many


def test_the_work_for_many_equal_cells_grows_with_their_number() -> None:
    def work(size: int) -> int:
        old = old_notebook(f"x{size * 'z'}y")
        return steps(lambda: updated(old, f"u{size * 'z'}v"))

    assert is_linear(work, 350)
