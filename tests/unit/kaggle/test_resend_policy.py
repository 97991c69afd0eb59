"""How long a push waits before it sends a save again, and when it gives up."""

import pytest

from nbship.core.kaggle.resend_policy import Attempts, Wait, wait_for_server, wait_for_session
from nbship.core.kaggle.retry_policy import KAGGLE, LOCAL, Patience

PATIENCE = Patience(
    saves=(10.0, 30.0), session_poll=60.0, session_news=600.0, session_wait=3600.0
)  # fmt: skip
BEGUN = Attempts(began=100.0)


@pytest.mark.parametrize(
    ("waited", "reported", "text", "is_news"),
    [
        (0.0, None, "waiting until one ends", True),
        (1.0, None, "waiting until one ends", True),
        (60.0, 0.0, "waiting for 1 min", False),
        (599.0, 0.0, "waiting for 10 min", False),
        (600.0, 0.0, "waiting for 10 min", True),
        (1199.0, 600.0, "waiting for 20 min", False),
        (1200.0, 600.0, "waiting for 20 min", True),
        (3599.0, 3000.0, "waiting for 60 min", False),
    ],
)
def test_a_wait_for_a_session_is_news_now_and_then(
    waited: float, reported: float | None, text: str, *, is_news: bool
) -> None:
    attempts = Attempts(began=100.0, resent=1, reported=reported)
    after = Attempts(began=100.0, resent=1, reported=waited if is_news else reported)
    assert wait_for_session(attempts, PATIENCE, 100.0 + waited) == Wait(60.0, text, is_news, after)


@pytest.mark.parametrize("waited", [3600.0, 3601.0, 9999.0])
def test_a_wait_for_a_session_has_an_end(waited: float) -> None:
    assert wait_for_session(BEGUN, PATIENCE, 100.0 + waited) is None


@pytest.mark.parametrize(
    ("resent", "asked", "seconds", "text"),
    [
        (0, None, 10.0, "again in 10 s"),
        (1, None, 30.0, "again in 30 s"),
        (0, 0.0, 10.0, "again in 10 s"),
        (0, 9.0, 10.0, "again in 10 s"),
        (0, 25.4, 25.4, "again in 25 s"),
        (1, 25.0, 30.0, "again in 30 s"),
        (0, 90.0, 90.0, "again in 90 s"),
    ],
)
def test_a_busy_server_gets_the_pause_that_is_ours_or_the_longer_one_that_it_asks_for(
    resent: int, asked: float | None, seconds: float, text: str
) -> None:
    attempts = Attempts(began=100.0, resent=resent, reported=7.0)
    after = Attempts(began=100.0, resent=resent + 1, reported=7.0)
    assert wait_for_server(attempts, PATIENCE, asked) == Wait(
        seconds, text, is_news=True, attempts=after
    )


@pytest.mark.parametrize(("resent", "asked"), [(2, None), (3, None), (0, 90.5), (2, 1.0)])
def test_a_server_that_is_busy_too_often_or_for_too_long_is_left_alone(
    resent: int, asked: float | None
) -> None:
    assert wait_for_server(Attempts(100.0, resent), PATIENCE, asked) is None


def test_at_first_nothing_was_sent_again_and_nothing_was_said() -> None:
    assert Attempts(began=7.0) == Attempts(began=7.0, resent=0, reported=None)


def waits_of(patience: Patience) -> list[Wait]:
    """Return all waits for a session that never becomes free."""
    attempts, now, waits = BEGUN, BEGUN.began, []
    while (wait := wait_for_session(attempts, patience, now)) is not None:
        waits.append(wait)
        attempts, now = wait.attempts, now + wait.seconds
    return waits


def test_a_wait_for_a_session_lasts_its_whole_time_and_is_news_every_ten_minutes() -> None:
    waits = waits_of(PATIENCE)
    assert sum(wait.seconds for wait in waits) == PATIENCE.session_wait
    assert [wait.text for wait in waits if wait.is_news] == [
        "waiting until one ends",
        *(f"waiting for {minutes} min" for minutes in range(10, 60, 10)),
    ]


@pytest.mark.parametrize("patience", [PATIENCE, KAGGLE, LOCAL])
def test_a_save_is_sent_again_with_each_pause_once(patience: Patience) -> None:
    attempts, pauses = BEGUN, []
    while (wait := wait_for_server(attempts, patience, None)) is not None:
        pauses.append(wait.seconds)
        attempts = wait.attempts
    assert tuple(pauses) == patience.saves
