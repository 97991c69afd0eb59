"""The work for a log or a traceback grows with its size, and not with the square of it."""

from collections.abc import Callable

import pytest

from nbship.core.failure.excerpt import excerpt_of
from nbship.core.failure.locate import locate, locate_in_log
from nbship.core.failure.relocate import current_line
from nbship.core.failure.report import FailureReport, details, markdown
from nbship.model.failure import Failure, Frame
from nbship.model.run import LogEvent
from tests.support.failures import ran
from tests.support.growth import is_linear, steps

BEGINS = "Traceback (most recent call last):"
LINKED = "During handling of the above exception, another exception occurred:"


def lines(*texts: str, count: int) -> str:
    return "\n".join(text.replace("N", str(n)) for n in range(count) for text in texts)


def events(text: str) -> list[LogEvent]:
    return [LogEvent("stderr", 0.0, f"{line}\n") for line in text.split("\n")]


CELLS = [f"x{n} = {n}\ndef f{n}():\n    return g{n}()" for n in range(20)]
# Tracebacks that are as hostile as they are long.
TRACEBACKS: dict[str, Callable[[int], str]] = {
    "a deep recursion": lambda n: BEGINS + "\n" + lines("Cell In[1], line 3, in f0()", count=n),
    "frames of different functions": lambda n: (
        BEGINS + "\n" + lines("Cell In[1], line N, in fN()", "----> N return N", count=n)
    ),
    "frames of cells that did not run": lambda n: (
        BEGINS + "\n" + lines("/t/ipykernel_1/N.py in fN()", "----> N return gN()", count=n)
    ),
    "frames below a magic": lambda n: (
        BEGINS + "\n" + lines("File <timed exec>:N, in fN()", "----> N y", count=n)
    ),
    "a chain of errors": lambda n: lines(BEGINS, "ValueError: N", "", LINKED, "", count=n),
    "a group of errors": lambda n: (
        "  + Exception Group Traceback (most recent call last):\n"
        + lines("  +-+---------------- N ----------------", "    | ValueError: N", count=n)
    ),
    "one long line": lambda n: BEGINS + "\nValueError: " + "(" * 100 * n,
    "blank lines": lambda n: BEGINS + "\n" * n + "ValueError: N",
    "headings": lambda n: lines(BEGINS, count=n),
    "errors": lambda n: lines("ValueError: N", count=n),
    "paths that nearly are ours": lambda n: lines('  File "' + "/nbship-" * 40, count=n),
    "errors of R": lambda n: lines("Error in f(N) : no", "Traceback:", "1. f(N)", count=n),
}


@pytest.mark.parametrize("name", TRACEBACKS)
def test_a_traceback_is_read_in_linear_time(name: str) -> None:
    def work(size: int) -> int:
        text = TRACEBACKS[name](size)
        return steps(lambda: locate(text, ran(*CELLS), cell=0))

    assert is_linear(work, 300)


@pytest.mark.parametrize("name", TRACEBACKS)
def test_a_log_is_read_in_linear_time(name: str) -> None:
    def work(size: int) -> int:
        log = events(TRACEBACKS[name](size))
        return steps(lambda: (excerpt_of(log), locate_in_log(log, ran(*CELLS))))

    assert is_linear(work, 300)


@pytest.mark.parametrize(
    ("then", "now"),
    [
        (lambda n: [""] * n, lambda n: ["x", *[""] * n, "y"]),
        (lambda n: [f"a{i}" for i in range(n)], lambda n: [f"a{i}" for i in reversed(range(n))]),
        (lambda n: ["a", "b"] * n, lambda n: ["b", "a", "c"] * n),
        (lambda n: [f"a{i}" for i in range(n)], lambda n: [f"b{i}" for i in range(n)]),
    ],
)
def test_a_line_is_found_again_in_linear_time(
    then: Callable[[int], list[str | None]], now: Callable[[int], list[str]]
) -> None:
    def work(size: int) -> int:
        old, new = then(size), now(size)
        return steps(lambda: current_line(old, size // 2, new))

    assert is_linear(work, 2000)


def test_a_failure_is_reported_in_linear_time() -> None:
    def work(size: int) -> int:
        frames = tuple(Frame("src_py/a.py", n, "f", "x" * 100) for n in range(20))
        causes = tuple(Failure(f"ValueError: {n}", frames[:1]) for n in range(size))
        failure = Failure("`" * size, frames, ("x" * 100,) * 10, causes, causes)
        report = FailureReport(failure, "smoke", "src_py/a.py", "The log", "log.txt")
        return steps(lambda: (details(report), markdown(report)))

    assert is_linear(work, 500)
