"""The header cell as text: what is written is read back equal."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.metadata.script_block import read_header
from nbship.core.scaffold.header_cell import header_cell, ours
from nbship.model.workspace import Source

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12)
VALUES = st.one_of(
    st.booleans(), st.integers(-(2**62), 2**62), TEXTS, st.lists(TEXTS, max_size=3),
    st.floats(allow_nan=False, allow_infinity=False),
)  # fmt: skip
TABLES: st.SearchStrategy[dict[str, Any]] = st.dictionaries(
    TEXTS, st.one_of(VALUES, st.dictionaries(TEXTS, VALUES, max_size=3)), max_size=4
)


@given(kaggle=TABLES, smoke=TABLES, dependencies=st.lists(TEXTS, max_size=4))
def test_what_is_written_is_read_back_equal(
    kaggle: dict[str, Any], smoke: dict[str, Any], dependencies: list[str]
) -> None:
    tables = {"dependencies": dependencies} | ours(kaggle=kaggle, smoke=smoke, colab=None)
    text = f"# %%\n{header_cell(tables)}\n"
    assert read_header(Source("src_py/x.py", text)).tables == tables


def test_keys_have_the_order_of_the_reference_and_long_lists_a_line_for_each_entry() -> None:
    datasets = [f"owner/a-dataset-with-a-long-name-{number}" for number in range(3)]
    tables = {"requires-python": ">=3.11"} | ours(
        smoke={"timeout": 5}, kaggle={"dataset_sources": datasets, "title": "T", "id": "a/b"}
    )
    assert header_cell(tables).split("\n") == [
        "# /// script",
        '# requires-python = ">=3.11"',
        "#",
        "# [tool.nbship.kaggle]",
        '# id = "a/b"',
        '# title = "T"',
        "# dataset_sources = [",
        *(f'#     "{name}",' for name in datasets),
        "# ]",
        "#",
        "# [tool.nbship.smoke]",
        "# timeout = 5",
        "# ///",
    ]


def test_a_table_of_another_tool_stays() -> None:
    tables = {"tool": {"other": {"key": 1}, "nbship": {"mine": {"key": 2}}}}
    text = f"# %%\n{header_cell(tables)}\n"
    assert read_header(Source("src_py/x.py", text)).tables == tables
    assert ours(kaggle=None) == {}


@pytest.mark.parametrize(("length", "lines"), [(92, 1), (93, 3)])
def test_a_list_that_is_longer_than_92_characters_has_a_line_for_each_entry(
    length: int, lines: int
) -> None:
    text = header_cell({"dependencies": ["x" * (length - len('dependencies = [""]'))]})
    assert len(text.split("\n")) == lines + 2


def test_a_table_of_tables_has_no_line_of_its_own() -> None:
    tables = {"tool": {"other": {"sub": {"x": 1}, "key": 1}, "nbship": {"colab": {}}}}
    lines = header_cell(tables).split("\n")
    assert [line for line in lines if line.startswith("# [")] == [
        "# [tool.other]", "# [tool.other.sub]", "# [tool.nbship.colab]",
    ]  # fmt: skip
