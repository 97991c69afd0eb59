"""The Retry-After header: both of its forms, and invalid values."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbship.core.kaggle.retry_policy import retry_after

NOON = "Wed, 25 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("header", "date", "expected"),
    [
        ("7", None, 7.0),
        (" 7 ", NOON, 7.0),
        ("0", None, 0.0),
        ("-7", None, 0.0),
        ("1000000000", None, 1e9),
        ("9" * 10_000, None, float("9" * 20)),
        ("Wed, 25 Nov 2026 12:00:09 GMT", NOON, 9.0),
        ("Wed, 25 Nov 2026 12:00:09 -0000", NOON, 9.0),
        ("Wed, 25 Nov 2026 11:00:00 GMT", NOON, 0.0),
        ("Wed, 25 Nov 2026 12:00:09 GMT", None, None),  # our own clock is not asked
        ("Wed, 25 Nov 2026 12:00:09 GMT", "now", None),
        ("soon", NOON, None),
        ("7.5", NOON, None),
        ("\u0667", NOON, None),
        ("", NOON, None),
        (None, NOON, None),
        ("Wed, 99 Nov 2026 12:00:09 GMT", NOON, None),
    ],
)
def test_the_pause_that_a_server_asks_for(
    header: str | None, date: str | None, expected: float | None
) -> None:
    assert retry_after(header, date) == expected


@settings(max_examples=40)
@given(st.text(max_size=30), st.text(max_size=30))
def test_any_header_gives_a_time_or_nothing(header: str, date: str) -> None:
    pause = retry_after(header, date)
    assert pause is None or pause >= 0
