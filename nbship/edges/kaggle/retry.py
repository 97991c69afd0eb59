"""Retries of requests that change nothing, and one deadline for all attempts.

Side effects: starts a thread for each attempt; waits, by the clock that the caller gives.
"""

import threading
from collections.abc import Callable
from typing import Protocol, TypeVar

from nbship.core.kaggle.retry_policy import Patience
from nbship.lazy import COROUTINES, excluding

with excluding(COROUTINES):
    from tenacity import RetryCallState, Retrying, retry_if_exception, wait_random_exponential

_T = TypeVar("_T")


class Clock(Protocol):
    """What passes the time: ``edges/clock``, or a test's clock."""

    def seconds(self) -> float:
        """Return a number of seconds that only grows."""

    def wait(self, duration: float) -> None:
        """Wait for some seconds."""


def retry(
    question: Callable[[], _T],
    patience: Patience,
    clock: Clock,
    *,
    passes: Callable[[BaseException], bool],
    told: Callable[[BaseException], float | None],
) -> _T:
    """Return the first answer, within one deadline for all attempts and waits.

    ``passes`` says whether an error may be gone the next time, ``told`` how long the server asks
    to wait. Raises the last attempt's error.
    """
    end = clock.seconds() + patience.deadline
    chance = wait_random_exponential(multiplier=patience.first / 2, max=patience.longest)

    def pause(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = told(error) if error else None
        return max(chance(state), min(asked or 0.0, patience.longest))

    def is_over(state: RetryCallState) -> bool:
        is_late = clock.seconds() + state.upcoming_sleep >= end
        return is_late or state.attempt_number >= patience.attempts

    def attempt() -> _T:
        return with_deadline(min(patience.attempt, end - clock.seconds()), question)

    again = Retrying(
        sleep=clock.wait, stop=is_over, wait=pause, retry=retry_if_exception(passes), reraise=True
    )
    return again(attempt)


def with_deadline(seconds: float, question: Callable[[], _T]) -> _T:
    """Bound a whole question and answer, however slowly the bytes drip in.

    Raises:
        TimeoutError: there was no answer in time; what comes later is dropped.
    """
    answers: list[_T] = []
    errors: list[BaseException] = []

    def ask() -> None:
        try:
            answers.append(question())
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            errors.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not answers:
        raise TimeoutError(f"no answer in {seconds:.0f} s")
    return answers[0]
