"""What jupytext would read otherwise, or for too long, is refused at its line."""

import pytest

from nbship.core.source.grammar import split_cells
from nbship.core.source.reader import read_notebook
from nbship.errors import SourceError
from nbship.model.workspace import Source
from tests.support.checked import PATH


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("# %%\n" + "x\n" * 20_001, "more than 20,000 lines"),
        ("# %%\n" * 2_001, "more than 2,000 cells"),
        ("# %% [markdown]\n" + "# ```a\n" * 1_500, "1,500 code blocks"),
    ],
)
def test_what_would_keep_jupytext_busy_is_refused(text: str, words: str) -> None:
    with pytest.raises(SourceError, match=f"{words} in a notebook"):
        split_cells(Source(PATH, text))


@pytest.mark.parametrize(
    ("options", "tags"),
    [
        ('{"tags": ["a", "b"]}', ("a", "b")),
        ('{"name": "tags"}', ()),
        ('{"tags": ["a"}', None),
        ("tags=[a]", None),
        ('tags="a"', None),
    ],
)
def test_tags_are_read_in_both_forms_or_refused(options: str, tags: tuple[str, ...] | None) -> None:
    source = Source(PATH, f"# %% {options}\nx")
    if tags is None:
        with pytest.raises(SourceError, match="the tags in this cell's marker cannot be read"):
            split_cells(source)
    else:
        assert split_cells(source)[0].tags == tags


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# %% active=3\n# x", None),  # jupytext splits it as text
    ],
)
def test_what_jupytext_reads_otherwise_is_refused(text: str, line: int | None) -> None:
    with pytest.raises(SourceError) as caught:
        read_notebook("a", Source(PATH, text))
    assert caught.value.place is not None
    assert caught.value.place.line == line


@pytest.mark.parametrize(
    "options", ['tags=["a"] tags=["b"]', '(tags=["a"])', 'tags=["a"] {"b": 1}']
)
def test_tags_that_jupytext_reads_otherwise_are_refused(options: str) -> None:
    with pytest.raises(SourceError, match=r"^src_py/a\.py:1: jupytext reads other tags"):
        read_notebook("a", Source(PATH, f"# %% {options}\nx"))


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("# %%\nx = 1\n\n  \n", ("x = 1",)),
        ("# %%\nx = 1 \\\n  \n\n", ("x = 1 \\", "  ")),
        ("# %%\n\\\n  \n# %% [raw]\n", ("\\", "  ")),
        ("# %%\n\\\n", ("\\", "")),
    ],
)
def test_a_blank_line_belongs_to_a_cell_only_where_the_line_before_goes_on(
    text: str, lines: tuple[str, ...]
) -> None:
    assert split_cells(Source(PATH, text))[0].lines == lines
