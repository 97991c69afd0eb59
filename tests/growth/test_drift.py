"""The groups of three versions take less than three times the work for twice the cells."""

from collections.abc import Callable

import pytest

from nbship.core.drift.grouping import grouped
from nbship.core.pairing.round_trip import Essence
from tests.support.growth import is_linear, steps

Texts = list[str]
Versions = tuple[Texts, Texts, Texts]


def lines(number: int, word: str = "a") -> str:
    return "\n".join(f"{word}_{number}_{at} = {at}" for at in range(4))


def edited(size: int) -> Versions:
    base = [lines(n) for n in range(size)]
    return base, [f"{text}\nours = 1" for text in base], [f"theirs = 1\n{text}" for text in base]


CASES: dict[str, Callable[[int], Versions]] = {
    "all edited": edited,
    "equal cells": lambda n: (["x"] * n, ["x"] * n + ["y"], ["z", *["x"] * n]),
    "other cells": lambda n: ([lines(i) for i in range(n)], [lines(i, "b") for i in range(n)],
                              [lines(i, "c") for i in range(n)]),
    "moved cells": lambda n: ([lines(i) for i in range(n)], [lines(i) for i in reversed(range(n))],
                              [lines(i) for i in range(n)]),
    "divided cells": lambda n: ([lines(i) for i in range(n)], [lines(i) for i in range(n)],
                                [half for i in range(n) for half in lines(i).split("\n")]),
    "joined cells": lambda n: ([lines(i) for i in range(n)], [lines(i) for i in range(n)],
                               ["\n".join(lines(i) for i in range(n))]),
    "no base": lambda n: ([], [lines(i) for i in range(n)], [lines(i)[:-2] for i in range(n)]),
    "a usual line": lambda n: ([], [f"plt.show()\n{i}" for i in range(n)],
                               [f"plt.show()\n{i}a" for i in range(n)]),
}  # fmt: skip


def cells(texts: Texts) -> list[Essence]:
    return [("code", text, "{}") for text in texts]


@pytest.mark.parametrize("case", CASES)
def test_the_work_for_the_groups_grows_with_the_number_of_cells(case: str) -> None:
    def work(size: int) -> int:
        base, ours, theirs = map(cells, CASES[case](size))
        return steps(lambda: grouped(base, ours, theirs))

    assert is_linear(work, 350 if case == "equal cells" else 100)  # difflib has up to 316 cells
