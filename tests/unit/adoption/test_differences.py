"""The proof of an adoption: whatever differs is said."""

from typing import Any

import pytest

from nbship.core.adoption.differences import unequal_cells, unequal_keys, unequal_lines

CELL = {"cell_type": "code", "source": "x = 1", "metadata": {"tags": ["a"]}}
TEXT = {
    "cell_type": "markdown", "source": "![](attachment:a.png), not unused.png", "metadata": {},
    "attachments": {"a.png": {"image/png": "A"}, "unused.png": {"image/png": "B"}},
}  # fmt: skip


@pytest.mark.parametrize(
    ("old", "says"),
    [
        ([CELL, TEXT], []),
        ([CELL | {"source": ["x = ", "1\n"]}, TEXT], []),
        ([CELL | {"metadata": {"tags": ["a"], "scrolled": True}}, TEXT], []),
        ([CELL], ["2 cells instead of 1"]),
        ([CELL | {"source": "x = 2"}, TEXT], ["the text of cell 1 differs"]),
        ([CELL | {"metadata": {}}, TEXT], ["the metadata of cell 1 differs"]),
        ([CELL | {"cell_type": "raw"}, TEXT], ["the kind of cell 1 differs"]),
        ([CELL, TEXT | {"attachments": {}}], ["the picture of cell 2 differs"]),
    ],
)
def test_cells_are_compared_in_all_that_counts(old: list[dict[str, Any]], says: list[str]) -> None:
    built = [CELL, TEXT | {"attachments": {"a.png": {"image/png": "A"}}}]
    assert list(unequal_cells(built, old)) == says


def test_a_line_that_is_missing_in_a_script_is_named() -> None:
    assert list(unequal_lines("# header\na\n\nb", "a\nb")) == []
    assert list(unequal_lines("a\nb", "\na\n \n\nb\n")) == []
    assert list(unequal_lines("# header\na\n", "a\n  b\n")) == ["the line 'b' is missing"]


def test_a_key_with_another_value_is_named() -> None:
    assert list(unequal_keys({"a": 1, "b": 2}, {"a": 1})) == []
    assert list(unequal_keys({"a": 1}, {"a": 2})) == ["a is 1, and was 2"]
