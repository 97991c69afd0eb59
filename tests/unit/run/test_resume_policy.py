"""A download is tried again as long as it gets on."""

from hypothesis import given
from hypothesis import strategies as st

from nbship.core.run.resume_policy import Attempts, began, broke_off, pause


@given(st.lists(st.integers(0, 20), max_size=60), st.integers(0, 20))
def test_only_a_byte_that_no_attempt_has_reached_is_a_gain(reached: list[int], have: int) -> None:
    """A server that starts a file again each time cannot keep the fetch going for ever."""
    attempts = began(Attempts(), have)
    best, vain = have, 0
    for size in reached:
        if pause(attempts) is None:
            break
        attempts = broke_off(attempts, size)
        vain = 0 if size > best else vain + 1
        best = max(best, size)
        assert (pause(attempts) is None) == (vain == 5)
    gains = 20 - have
    assert len(reached) <= 5 * (gains + 1) or pause(attempts) is None


def test_the_files_of_a_run_share_the_limit() -> None:
    attempts = began(Attempts(), 0)
    for _ in range(3):
        attempts = broke_off(attempts, 0)
    attempts = began(attempts, 7)
    attempts = broke_off(broke_off(attempts, 7), 6)
    assert pause(attempts) is None


def test_the_pauses_grow() -> None:
    pauses = []
    attempts = Attempts()
    while (seconds := pause(attempts)) is not None:
        pauses.append(seconds)
        attempts = broke_off(attempts, 0)
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0]


def test_the_first_byte_is_a_gain() -> None:
    assert broke_off(Attempts(vain=4), 1) == Attempts(vain=0, reached=1)
    assert broke_off(Attempts(), 0) == Attempts(vain=1)
