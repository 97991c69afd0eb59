"""Random versions of a notebook: a base, and two sets of edits of it, as a person makes them.

Each line has a number of its own, so that a test can follow it.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import count
from typing import Any

from nbship.core.drift.conflicts import Labels, Triple

HEADER = """\
# %%
# /// script
# [tool.nbship.kaggle]
# id = "awa/tiny-kernel"
# title = "Tiny Kernel"
# ///
"""
LABELS = Labels("here: src_py/t.py", "version 3 on Kaggle", "version 4 on Kaggle")
_KINDS = ("code", "code", "code", "markdown", "raw")
USUAL = ("plt.show()", "print(x)", "x = 1")
_USUAL_SHARE, _TAGGED_SHARE = 0.15, 0.1
_MOST_CELLS = 7
_MOST_LINES = 6
_MOST_EDITS = 5


@dataclass
class Made:
    """A cell in the making."""

    kind: str
    lines: list[str]
    metadata: dict[str, Any] = field(default_factory=dict)

    def copy(self) -> "Made":
        """Return an equal cell that can be changed."""
        return Made(self.kind, list(self.lines), dict(self.metadata))


Cells = list[Made]


class Author:
    """Makes notebooks and edits them; equal seeds make equal notebooks."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - chance, not secrecy
        self.numbers = count()

    def triple(self) -> tuple[Cells, Cells, Cells]:
        """Return a base, our version and the other one."""
        base = [self.cell() for _ in range(self.random.randint(0, _MOST_CELLS))]
        return base, self.edited(base), self.edited(base)

    def cell(self) -> Made:
        """Return a new cell."""
        kind = self.random.choice(_KINDS)
        lines = [self.line() for _ in range(self.random.randint(1, _MOST_LINES))]
        return Made(
            kind, lines, {"tags": ["parameters"]} if self.random.random() < _TAGGED_SHARE else {}
        )

    def line(self) -> str:
        """Return a line that no other cell has; sometimes a usual one, which others have."""
        if self.random.random() < _USUAL_SHARE:
            return self.random.choice(USUAL)
        word = self.random.choice(["x", "model", "words", "total", "frame"])
        return f"{word}_{next(self.numbers)} = f({self.random.randint(0, 9)})"

    def edited(self, cells: Cells) -> Cells:
        """Return a version of a notebook after some edits."""
        made = [cell.copy() for cell in cells]
        for _ in range(self.random.randint(0, _MOST_EDITS)):
            self.random.choice(self.edits)(self, made)
        return made

    def _change(self, cells: Cells) -> None:
        if cells:
            cell = self.random.choice(cells)
            cell.lines[self.random.randrange(len(cell.lines))] = self.line()

    def _add_line(self, cells: Cells) -> None:
        if cells:
            cell = self.random.choice(cells)
            cell.lines.insert(self.random.randint(0, len(cell.lines)), self.line())

    def _remove_line(self, cells: Cells) -> None:
        if cells:
            cell = self.random.choice(cells)
            if len(cell.lines) > 1:
                del cell.lines[self.random.randrange(len(cell.lines))]

    def _add(self, cells: Cells) -> None:
        cells.insert(self.random.randint(0, len(cells)), self.cell())

    def _remove(self, cells: Cells) -> None:
        if cells:
            del cells[self.random.randrange(len(cells))]

    def _move(self, cells: Cells) -> None:
        if cells:
            cell = cells.pop(self.random.randrange(len(cells)))
            cells.insert(self.random.randint(0, len(cells)), cell)

    def _split(self, cells: Cells) -> None:
        long = [at for at, cell in enumerate(cells) if len(cell.lines) > 1]
        if long:
            at = self.random.choice(long)
            cell = cells[at]
            where = self.random.randint(1, len(cell.lines) - 1)
            cells[at : at + 1] = [
                Made(cell.kind, cell.lines[:where], cell.metadata),
                Made(cell.kind, cell.lines[where:]),
            ]

    def _join(self, cells: Cells) -> None:
        at = self.random.randrange(len(cells)) if cells else 0
        if at + 1 < len(cells) and cells[at].kind == cells[at + 1].kind:
            cells[at].lines += cells.pop(at + 1).lines

    def _copy(self, cells: Cells) -> None:
        if cells:
            cells.insert(self.random.randint(0, len(cells)), self.random.choice(cells).copy())

    def _change_kind(self, cells: Cells) -> None:
        if cells:
            self.random.choice(cells).kind = self.random.choice(_KINDS)

    def _tag(self, cells: Cells) -> None:
        if cells:
            self.random.choice(cells).metadata = {"tags": [f"tag-{next(self.numbers)}"]}

    edits: Sequence[Callable[["Author", Cells], None]] = (
        _change, _change, _add_line, _add_line, _remove_line, _add, _remove, _move, _split, _join,
        _copy, _change_kind, _tag,
    )  # fmt: skip


def percent(cells: Cells) -> str:
    """Return a source with a header and these cells."""
    texts = [HEADER]
    for cell in cells:
        marker = "# %%" if cell.kind == "code" else f"# %% [{cell.kind}]"
        for key, value in cell.metadata.items():
            marker += f' {key}=["{value[0]}"]'
        sign = "" if cell.kind == "code" else "# "
        texts.append("\n".join([marker, *(f"{sign}{line}" for line in cell.lines)]) + "\n")
    return "\n".join(texts)


def nbformat_cells(cells: Cells) -> list[dict[str, Any]]:
    """Return the cells as an .ipynb has them."""
    return [
        {
            "cell_type": cell.kind,
            "metadata": dict(cell.metadata),
            "source": "\n".join(cell.lines),
            **({"outputs": [], "execution_count": None} if cell.kind == "code" else {}),
        }
        for cell in cells
    ]


def lines_of(cells: Cells) -> set[str]:
    """Return the lines of all cells."""
    return {line for cell in cells for line in cell.lines}


def merge3(triple: Triple, labels: Labels = LABELS) -> str:
    """Merge three texts line by line, as any three-way merge does; conflicts get git's markers."""
    base = (triple.base or "").splitlines(keepends=True)
    ours, theirs = (text.splitlines(keepends=True) for text in (triple.ours, triple.theirs))
    to_ours, to_theirs = _matches(base, ours), _matches(base, theirs)
    out: list[str] = []
    at, mine, other = 0, 0, 0
    stable = [n for n in range(len(base)) if n in to_ours and n in to_theirs]
    for number in [*stable, len(base)]:
        end_ours = to_ours.get(number, len(ours))
        end_theirs = to_theirs.get(number, len(theirs))
        out += _chunk(base[at:number], ours[mine:end_ours], theirs[other:end_theirs], labels)
        out += base[number : number + 1]
        at, mine, other = number + 1, end_ours + 1, end_theirs + 1
    return "".join(out)


def _matches(old: list[str], new: list[str]) -> dict[int, int]:
    blocks = SequenceMatcher(a=old, b=new, autojunk=False).get_matching_blocks()
    return {b.a + n: b.b + n for b in blocks for n in range(b.size)}


def _chunk(base: list[str], ours: list[str], theirs: list[str], labels: Labels) -> list[str]:
    if theirs in (ours, base):
        return ours
    if ours == base:
        return theirs
    begin, middle = f"<<<<<<< {labels.ours}\n", f"||||||| {labels.base}\n"
    return [begin, *ours, middle, *base, "=======\n", *theirs, f">>>>>>> {labels.theirs}\n"]
