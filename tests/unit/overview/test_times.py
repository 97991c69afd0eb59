"""Times for people: how long ago, and when."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.overview.times import age, iso, seconds_at, short


@pytest.mark.parametrize(
    ("passed", "text"),
    [
        (-5, "0 s ago"), (0, "0 s ago"), (119, "119 s ago"), (120, "2 min ago"),
        (7_199, "119 min ago"), (7_200, "2 h ago"), (172_799, "47 h ago"), (172_800, "2 d ago"),
        (40 * 86_400, "40 d ago"),
    ],
)  # fmt: skip
def test_an_age_has_the_largest_unit_of_which_there_are_two(passed: int, text: str) -> None:
    assert age(1_000_000_000, 1_000_000_000 + passed) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-11-23T08:00:59+00:00", "2026-11-23 08:00"),
        ("2026-11-23T08:00:59Z", "2026-11-23 08:00"),
        ("2026-11-23T08:00:59", "2026-11-23 08:00"),
        ("2026-11-23T08:00:59+01:00", "2026-11-23 07:00"),
        ("", ""),
        ("yesterday at about noon", "yesterday at abo"),
        ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00"),
    ],
)
def test_a_time_is_short_and_in_utc(text: str, shown: str) -> None:
    assert short(text) == shown


@given(st.integers(0, 4_000_000_000))
def test_a_time_reads_back_as_it_was_written(at: int) -> None:
    assert seconds_at(iso(at)) == at


@given(st.floats(allow_nan=False))
def test_the_date_of_a_file_may_be_any_number(at: float) -> None:
    assert iso(at).endswith("+00:00")
