"""A deadline for what has none of its own. Side effects: those of what is asked, in a thread."""

import threading
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")


def within(seconds: float, question: Callable[[], _T]) -> _T:
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
