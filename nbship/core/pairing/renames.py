"""The renamed sources of pairs: a new source whose lines are mostly those of one that is gone."""

from collections import Counter
from collections.abc import Mapping

_LEAST = 0.75  # of the lines are equal; git's own limit of 0.5 would join notebooks of one template


def renames(gone: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    """Return by the name of a source that is gone the name of the new one that it has become.

    Both arguments have the texts by name. The most similar texts are paired first; a name is used
    once.
    """
    old_lines = {name: _lines(text) for name, text in gone.items()}
    new_lines = {name: _lines(text) for name, text in new.items()}
    ranked = sorted(
        (-_similarity(lines, others), old, name)
        for old, lines in old_lines.items()
        for name, others in new_lines.items()
    )
    found: dict[str, str] = {}
    for similarity, old, name in ranked:
        if -similarity >= _LEAST and old not in found and name not in found.values():
            found[old] = name
    return found


def _lines(text: str) -> Counter[str]:
    """Return how often each line occurs, without blank lines and the bare markers of cells."""
    return Counter(line for line in text.splitlines() if line.strip() not in {"", "#", "# %%"})


def _similarity(one: Counter[str], other: Counter[str]) -> float:
    """Return the share of equal lines, from 0 to 1; texts without a line are not similar."""
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 0.0
