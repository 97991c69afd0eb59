"""Pieces of notebooks that would show what a forked kernel has of the process that forked it.

A notebook of the sweep is several of these, one after the other. ``NUMBER`` in a piece is another
number in each notebook. What a piece prints is the same in each plain run, but for addresses and
times.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from tests.sweeps.making_warm_pieces import ENDS, PIECES

# The module of the workspace that pieces import.
WORDS = "def greet(count):\n    return 'hello ' * (count % 3)\n"


@dataclass(frozen=True, slots=True)
class Made:
    """A notebook: the names of its pieces, and its text."""

    name: str
    pieces: tuple[str, ...]
    text: str


def notebooks(count: int, seed: int) -> Iterator[Made]:
    """Yield notebooks; each piece is in one of the first ones, alone with others of its turn."""
    choose = random.Random(seed)  # noqa: S311 - repeatable, not secret
    left: list[str] = []
    ends: list[str] = []
    for number in range(count):
        pieces = []
        for _ in range(choose.randint(1, 5)):
            left = left or choose.sample([*PIECES], len(PIECES))
            pieces.append(left.pop())
        if choose.random() < 0.4:
            ends = ends or choose.sample([*ENDS], len(ENDS))
            pieces.append(ends.pop())
        yield made(f"n{number:03}", pieces, choose.randrange(100, 1000))


def made(name: str, pieces: list[str], number: int) -> Made:
    """Return a notebook of these pieces."""
    parts = [{**PIECES, **ENDS}[piece].replace("NUMBER", str(number)) for piece in pieces]
    text = "".join(
        f"{'' if part.startswith('# %% ') else '# %%' + chr(10)}{part}\n\n" for part in parts
    )
    return Made(name, tuple(pieces), f"{HEADER}\n{text}")


HEADER = """\
# %%
# /// script
# [tool.nbship.smoke]
# timeout = 120
# ///
"""
