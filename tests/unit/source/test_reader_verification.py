"""The check of the cells that jupytext reads: a cell that differs from the source is refused.

The cells are made up; no known version of jupytext reads these sources in this way.
"""

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.source.grammar import split_cells
from nbship.core.source.reader import read_notebook, verify_cells
from nbship.diagnostics import Place
from nbship.errors import SourceError
from nbship.model.notebook import Cell
from nbship.model.workspace import Source

PATH = "src_py/a.py"
TEXT = """\
# %% tags=["a"]
# !ls
x = 1

y = 2

# %% [markdown]
# # Title
# text

# %% language="bash"
# echo hi
"""
SOURCE = Source(PATH, TEXT)


def code(text: str, **metadata: Any) -> SimpleNamespace:
    return SimpleNamespace(cell_type="code", source=text, metadata=metadata)


def markdown(text: str) -> SimpleNamespace:
    return SimpleNamespace(cell_type="markdown", source=text, metadata={})


FIRST = code("!ls\nx = 1\n\ny = 2", tags=["a"])
SECOND = markdown("# Title\ntext")
THIRD = code("%%bash\necho hi")


def verified(*cells: SimpleNamespace, source: Source = SOURCE) -> list[Cell]:
    return list(verify_cells(source, split_cells(source), cells))


def test_cells_that_are_equal_to_the_source_are_accepted() -> None:
    assert [(cell.kind, cell.text, dict(cell.metadata), cell.line) for cell in verified(
        FIRST, SECOND, THIRD
    )] == [
        ("code", FIRST.source, {"tags": ["a"]}, 2),
        ("markdown", SECOND.source, {}, 8),
        ("code", THIRD.source, {}, 11),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "line"),
    [
        # Text that is in no line of the cell, or in another line.
        ([code("!ls\nx = 1\n\ny = 3", tags=["a"]), SECOND, THIRD], 5),
        ([code("!ls\nx = 2\n\ny = 2", tags=["a"]), SECOND, THIRD], 3),
        ([code("!pwd\nx = 1\n\ny = 2", tags=["a"]), SECOND, THIRD], 2),
        ([code("x = 1\n!ls\n\ny = 2", tags=["a"]), SECOND, THIRD], 2),
        ([code("!ls\nx = 1\ny = 2", tags=["a"]), SECOND, THIRD], 4),
        ([code("!ls\nx = 1\n\n", tags=["a"]), SECOND, THIRD], 5),
        ([code("!ls\nx = 1", tags=["a"]), SECOND, THIRD], 4),
        ([code("!ls\nx = 1\n\ny = 2\nz = 3", tags=["a"]), SECOND, THIRD], 6),
        ([code("!ls\nx = 1\n\ny = 2\n\n\nz", tags=["a"]), SECOND, THIRD], 8),
        ([FIRST, markdown("# Title\nother"), THIRD], 9),
        ([FIRST, markdown("Title\ntext"), THIRD], 8),
        ([FIRST, SECOND, code("%%bash\necho ho")], 12),
        # Cells of another kind, too few, and too many.
        ([FIRST, code("# Title\ntext"), THIRD], 7),
        ([FIRST, SECOND], 11),
        ([FIRST], 7),
        ([], 1),
        ([FIRST, SECOND, THIRD, code("more")], 11),
    ],
)
def test_a_cell_that_differs_from_the_source_is_refused_at_the_line(
    cells: list[SimpleNamespace], line: int
) -> None:
    with pytest.raises(SourceError) as caught:
        verified(*cells)
    assert caught.value.place == Place(PATH, line)
    assert caught.value.message == "jupytext would change this line"
    assert caught.value.hint == (
        "Look for an unusual cell marker or unbalanced quotes in this line or above it."
    )


@given(st.data())
def test_a_cell_with_a_changed_line_is_refused(data: st.DataObject) -> None:
    number = data.draw(st.integers(0, 2))
    cell = [FIRST, SECOND, THIRD][number]
    lines = cell.source.split("\n")
    at = data.draw(st.sampled_from([n for n, line in enumerate(lines) if line.strip()]))
    text = data.draw(st.text("ab#!% \n", min_size=1))
    if not text.strip() or text == lines[at] or (number == 2 and at == 0):
        return  # the first line of the third cell is the marker's, which the kernel reads
    changed = "\n".join([*lines[:at], text, *lines[at + 1 :]])
    cells = [FIRST, SECOND, THIRD]
    cells[number] = SimpleNamespace(**{**vars(cell), "source": changed})
    with pytest.raises(SourceError):
        verified(*cells)


def test_blank_lines_are_equal_and_those_at_the_end_do_not_count() -> None:
    (cell,) = verified(code("x\n \ny\n\n"), source=Source(PATH, "# %%\nx\n\t\ny\n\n\n\n"))
    assert (cell.text, cell.line) == ("x\n \ny\n\n", 2)


def test_a_markdown_cell_keeps_its_comment_signs() -> None:
    source = Source(PATH, "# %% [markdown]\n# # !ls\n")
    assert verified(markdown("# !ls"), source=source)[0].text == "# !ls"
    with pytest.raises(SourceError):
        verified(markdown("!ls"), source=source)


@pytest.mark.parametrize(
    ("options", "first"), [('language="bash"', "%%bash\n"), ('active="ipynb"', "")]
)
def test_a_cell_that_is_commented_as_a_whole_keeps_its_own_comments(
    options: str, first: str
) -> None:
    source = Source(PATH, f"# %% {options}\n# # !ls\n# x\n")
    assert verified(code(f"{first}# !ls\nx"), source=source)[0].text == f"{first}# !ls\nx"
    with pytest.raises(SourceError) as caught:
        verified(code(f"{first}!ls\nx"), source=source)
    assert caught.value.place == Place(PATH, 2)


def test_a_line_beyond_the_end_is_reported_at_the_last_line() -> None:
    with pytest.raises(SourceError) as caught:
        verified(code("x\n\n\ny"), source=Source(PATH, "# %%\nx"))
    assert caught.value.place == Place(PATH, 2)


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"tags": []},
        {"tags": ["b"]},
        {"tags": ["a", "b"]},
        {"tags": ["a"], "incorrectly_encoded_metadata": 'x tags = ["a"'},
        {"tags": ["a"], "incorrectly_encoded_metadata": 'tags=["a"'},
    ],
)
def test_other_tags_than_those_of_the_marker_are_refused(metadata: dict[str, Any]) -> None:
    cell = code(FIRST.source, **metadata)
    with pytest.raises(SourceError) as caught:
        verified(cell, SECOND, THIRD)
    assert str(caught.value).startswith(
        f"{PATH}:1: jupytext reads other tags in this cell's marker: "
    )
    assert 'tags=["a"]' in caught.value.message
    assert caught.value.hint == 'Write them like this: # %% tags=["parameters"]'


def test_metadata_that_jupytext_cannot_parse_is_accepted_if_it_has_no_tags() -> None:
    notes = {"tags": ["a"], "incorrectly_encoded_metadata": "mytags=1 (lr=0.1)", "cell_marker": "'"}
    (cell, *_) = verified(code(FIRST.source, **notes), SECOND, THIRD)
    assert dict(cell.metadata) == {"tags": ["a"]}


def test_an_error_in_jupytext_is_reported_with_the_file() -> None:
    with pytest.raises(SourceError) as caught:
        read_notebook("a", Source(PATH, '# %% {"a": ' + 2000 * "["))
    assert caught.value.place is not None
    assert caught.value.place.path == PATH
