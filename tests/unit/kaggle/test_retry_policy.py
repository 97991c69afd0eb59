"""The Retry-After header: both of its forms, and invalid values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.kaggle.retry_policy import KAGGLE, LOCAL, Patience, retry_after

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


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_header_gives_a_time_or_nothing(header: str, date: str) -> None:
    pause = retry_after(header, date)
    assert pause is None or pause >= 0


def test_the_waits_are_those_that_were_agreed() -> None:
    """In seconds. A session lasts 12 hours at most; the local Kaggle has nothing on its way."""
    assert Patience(
        deadline=60.0, attempt=25.0, attempts=8, first=1.0, longest=20.0, save=180.0,
        looks=(1.0, 3.0, 6.0), saves=(10.0, 30.0), session_poll=60.0, session_news=600.0,
        session_wait=46_800.0,
    ) == KAGGLE  # fmt: skip
    assert Patience(
        deadline=60.0, attempt=25.0, attempts=5, first=0.05, longest=1.0, save=180.0,
        looks=(0.0, 0.05, 0.2), saves=(0.05, 0.2), session_poll=0.5, session_news=600.0,
        session_wait=46_800.0,
    ) == LOCAL  # fmt: skip


@pytest.mark.parametrize("header", ["-", "--7", "7-", "+7", "7 8"])
def test_what_is_no_number_is_no_time(header: str) -> None:
    assert retry_after(header, NOON) is None


@pytest.mark.parametrize(
    ("header", "date", "expected"),
    [
        ("Wed, 25 Nov 2026 12:00:09", NOON, 9.0),  # without a zone it is UTC
        ("Wed, 25 Nov 2026 13:00:09 +0100", NOON, 9.0),
        ("Wed, 25 Nov 2026 12:00:09 GMT", " ", None),
        ("Wed, 25 Nov 2026 12:00:00 GMT", NOON, 0.0),
    ],
)
def test_a_date_is_held_against_the_servers_clock(
    header: str, date: str, expected: float | None
) -> None:
    assert retry_after(header, date) == expected
