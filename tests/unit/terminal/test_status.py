"""Tests of the line that says what a command is doing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.terminal.status import Status, elapsed, received, rows, status_line

TRAINER = Status("smoke", "trainer", "cell 3/9", "epoch 1", 17.9)


@pytest.mark.parametrize(
    ("columns", "line"),
    [
        (80, "smoke    trainer  cell 3/9  0:17  | epoch 1"),
        (44, "smoke    trainer  cell 3/9  0:17  | epoch 1"),
        (43, "smoke    trainer  cell 3/9  0:17"),
        (32, "smoke    trainer  cell 3/9  0:17"),
        (31, "smoke trainer  cell 3/9  0:17"),
        (28, "trainer  cell 3/9  0:17"),
        (20, "cell 3/9  0:17"),
        (13, "0:17"),
        (2, "0:17"),
    ],
)
def test_a_narrow_terminal_gets_the_parts_that_fit(columns: int, line: str) -> None:
    assert status_line(TRAINER, columns, len) == line


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30), st.integers(4, 250))
def test_the_line_without_output_is_never_too_long(
    name: str, state: str, output: str, columns: int
) -> None:
    line = status_line(Status("smoke", name, state, output), columns, len)
    assert len(line.removesuffix(f"  | {output}")) <= columns
    assert "0:00" in line


def test_a_time_is_that_of_a_clock() -> None:
    assert [elapsed(s) for s in (0, 59.9, 60, 723, 3599, 3600, 3723, 90_000)] == [
        "0:00", "0:59", "1:00", "12:03", "59:59", "1:00:00", "1:02:03", "25:00:00",
    ]  # fmt: skip


def test_the_bytes_of_a_file_have_a_unit() -> None:
    assert received("a.bin", 5, None) == "a.bin 5 B"
    assert received("a.bin", 1023, 1024) == "a.bin 1023 B of 1.0 KiB"
    assert received("a.bin", 0, 5 << 30) == "a.bin 0 B of 5.0 GiB"
    assert received("a.bin", 1536, 40 << 20) == "a.bin 1.5 KiB of 40.0 MiB"
    assert received("a.bin", 3 << 50, 1 << 42) == "a.bin 3072.0 TiB of 4.0 TiB"


def test_a_wrapped_line_takes_several_rows() -> None:
    assert [rows(width, 20) for width in (0, 1, 20, 21, 40, 41)] == [1, 1, 1, 2, 2, 3]
    assert rows(5, 0) == 5
