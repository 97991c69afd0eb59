"""The exact place of a finding: the text that is wrong, or the first word of its line."""

import pytest

from nbship.core.checks.findings import placed
from nbship.diagnostics import Diagnostic, Place


def place_in(text: str, near: str, line: int | None = 1, column: int | None = None) -> str:
    finding = Diagnostic(Place("a.py", line, column), "secret", "", near=near)
    return str(placed(finding, text).place).removeprefix("a.py:")


@pytest.mark.parametrize(
    ("text", "near", "place"),
    [
        ("id = 'id'", "id", "1:1"),
        ("x\ny id id", "id", "2:3"),
        ("  #  word", "", "1:6"),
        ("  #  word", "gone", "1:6"),
        ("  # ", "gone", "1:5"),
        ("   ", "gone", "1:1"),
        ("", "gone", "1:1"),
        (f"x{49 * chr(10)}id", "id", "50:1"),
        (f"x{50 * chr(10)}id", "id", "1:1"),
    ],
)
def test_a_text_is_searched_from_its_line_on_for_50_lines(text: str, near: str, place: str) -> None:
    assert place_in(text, near) == place_in(text, near, None) == place


def test_a_line_before_is_not_searched_and_a_known_column_stays() -> None:
    assert place_in("id\nx", "id", 2) == "2:1"
    assert place_in("x\nid", "id", 1, 7) == "1:7"
    assert place_in("x", "id", 9) == "9:1"
