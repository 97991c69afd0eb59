"""The closing table: aligned columns, one row for each result, and none for a single one."""

import pytest

from nbship.core.terminal.table import Row, table

ROWS = [
    Row("a", "passed", "sandbox", 2.14),
    Row("sahel/trainer\n", "failed", "shim", 120.0, "src_py/sahel/trainer.py:12"),
    Row("colab", "skipped"),
    Row("b", "partial", "sandbox", 0.0),
    Row("c", "failed", place="src_py/c.py"),
]


def test_each_column_is_as_wide_as_its_widest_text() -> None:
    assert list(table(ROWS)) == [
        ("notebook         verdict  rung     seconds  line", "plain"),
        ("a                passed   sandbox      2.1", "passed"),
        ("sahel/trainer\\n  failed   shim       120.0  src_py/sahel/trainer.py:12", "error"),
        ("colab            skipped", "warning"),
        ("b                partial  sandbox      0.0", "warning"),
        ("c                failed                     src_py/c.py", "error"),
    ]


@pytest.mark.parametrize("rows", [[], ROWS[:1], ROWS[1:3]])
def test_a_single_rehearsal_and_what_is_skipped_have_their_own_lines(rows: list[Row]) -> None:
    assert list(table(rows)) == []
