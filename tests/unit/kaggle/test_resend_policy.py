"""How long a push waits before it sends a save again, and when it gives up."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.kaggle.resend_policy import Attempts, Wait, wait_for_server, wait_for_session
from nbship.core.kaggle.retry_policy import KAGGLE, LOCAL, Patience

PATIENCE = Patience(saves=(10.0, 30.0), session_poll=60.0, session_news=600.0, session_wait=3600.0)
BEGAN = 5000.0


def simulate(patience: Patience) -> list[Wait]:
    """Return all waits for a session that never gets free."""
    attempts, now, waits = Attempts(BEGAN), BEGAN, []
    while (wait := wait_for_session(attempts, patience, now)) is not None:
        waits.append(wait)
        attempts, now = wait.attempts, now + wait.seconds
    return waits


def test_a_wait_for_a_session_asks_every_minute_for_the_whole_time() -> None:
    waits = simulate(PATIENCE)
    assert {wait.seconds for wait in waits} == {60.0}
    assert sum(wait.seconds for wait in waits) == PATIENCE.session_wait


def test_the_user_reads_of_a_wait_for_a_session_at_once_and_every_ten_minutes() -> None:
    news = [wait.text for wait in simulate(PATIENCE) if wait.is_news]
    assert news == [
        "waiting until one ends",
        *(f"waiting for {minutes} min" for minutes in range(10, 60, 10)),
    ]


@pytest.mark.parametrize(
    ("waited", "is_over"), [(0.0, False), (3599.9, False), (3600.0, True), (9999.0, True)]
)
def test_a_wait_for_a_session_ends_at_its_limit(waited: float, *, is_over: bool) -> None:
    wait = wait_for_session(Attempts(BEGAN), PATIENCE, BEGAN + waited)
    assert (wait is None) == is_over


def test_a_wait_for_a_session_is_no_resend() -> None:
    wait = wait_for_session(Attempts(BEGAN, resent=1), PATIENCE, BEGAN)
    assert wait is not None
    assert wait.attempts == Attempts(BEGAN, resent=1, reported=0.0)


@pytest.mark.parametrize("patience", [PATIENCE, KAGGLE, LOCAL])
def test_a_save_is_sent_again_a_few_times_with_growing_pauses(patience: Patience) -> None:
    attempts, pauses = Attempts(BEGAN), []
    while (wait := wait_for_server(attempts, patience, None)) is not None:
        assert wait.is_news
        pauses.append(wait.seconds)
        attempts = wait.attempts
    assert tuple(pauses) == patience.saves
    assert attempts == Attempts(BEGAN, resent=len(patience.saves))


@pytest.mark.parametrize(
    ("asked", "seconds", "text"),
    [
        (None, 10.0, "again in 10 s"),
        (0.0, 10.0, "again in 10 s"),
        (9.9, 10.0, "again in 10 s"),
        (47.2, 47.2, "again in 47 s"),
        (90.0, 90.0, "again in 90 s"),
    ],
)
def test_a_server_may_ask_for_a_longer_pause(
    asked: float | None, seconds: float, text: str
) -> None:
    wait = wait_for_server(Attempts(BEGAN), PATIENCE, asked)
    assert wait is not None
    assert (wait.seconds, wait.text) == (seconds, text)


@pytest.mark.parametrize("asked", [90.1, 3600.0, float("inf")])
def test_a_server_that_asks_for_too_long_a_pause_ends_the_push(asked: float) -> None:
    """Three times the longest pause of our own is the limit: the user can push again later."""
    assert wait_for_server(Attempts(BEGAN), PATIENCE, asked) is None


@given(st.integers(0, 5), st.none() | st.floats(0, 1000), st.none() | st.floats(0, 5000))
def test_a_resend_counts_once_and_keeps_the_rest(
    resent: int, asked: float | None, reported: float | None
) -> None:
    attempts = Attempts(BEGAN, resent, reported)
    wait = wait_for_server(attempts, PATIENCE, asked)
    if wait is None:
        assert resent >= len(PATIENCE.saves) or (asked or 0) > 3 * max(PATIENCE.saves)
    else:
        assert wait.attempts == replace(attempts, resent=resent + 1)
        assert wait.seconds >= max(PATIENCE.saves[resent], asked or 0.0)
