"""Retries of requests that change nothing, with one deadline for all attempts.

Side effects: starts a thread for each attempt; waits by the caller's clock.
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
    """A monotonic clock: ``edges/clock``, or the clock of a test."""

    def seconds(self) -> float:
        """Return a time in seconds that never decreases."""

    def wait(self, duration: float) -> None:
        """Wait for ``duration`` seconds."""


def retry(
    call: Callable[[], _T],
    patience: Patience,
    clock: Clock,
    *,
    is_transient: Callable[[BaseException], bool],
    requested_wait: Callable[[BaseException], float | None],
) -> _T:
    """Return the first result, within one deadline for all attempts and the waits between them.

    ``is_transient`` decides whether an error is worth another attempt; ``requested_wait`` returns
    the number of seconds that the server asks to wait. Raises the error of the last attempt.
    """
    end = clock.seconds() + patience.deadline
    backoff = wait_random_exponential(multiplier=patience.first / 2, max=patience.longest)

    def pause(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        requested = requested_wait(error) if error else None
        return max(backoff(state), min(requested or 0.0, patience.longest))

    def is_over(state: RetryCallState) -> bool:
        is_late = clock.seconds() + state.upcoming_sleep >= end
        return is_late or state.attempt_number >= patience.attempts

    def attempt() -> _T:
        return with_deadline(min(patience.attempt, end - clock.seconds()), call)

    retrying = Retrying(
        sleep=clock.wait,
        stop=is_over,
        wait=pause,
        retry=retry_if_exception(is_transient),
        reraise=True,
    )
    return retrying(attempt)


def with_deadline(seconds: float, call: Callable[[], _T]) -> _T:
    """Return the result of a call that may take at most ``seconds`` in all.

    A read timeout alone would not end an answer that arrives slowly, byte by byte.

    Raises:
        TimeoutError: the call did not end in time; its later result is dropped.
    """
    results: list[_T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(call())
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not results:
        raise TimeoutError(f"no answer in {seconds:.0f} s")
    return results[0]
