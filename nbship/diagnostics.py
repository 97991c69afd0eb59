"""A diagnostic: what is wrong, where, and the way out, as a value."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

_NAMED = 20  # known words in a message
_SHORTEST = 3  # letters of a word that may be mistyped or the beginning of another one
_LONG = 8  # letters of a word with which two typing mistakes are likely
_BOUNDS = tuple("/_-.:")

Severity = Literal["ok", "note", "wrong"]


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file of the workspace, as editors print and open it.

    ``path`` is relative to the workspace and has forward slashes; ``line`` and ``column`` count
    from 1 and are None where the whole file, or the whole line, is meant.
    """

    path: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        """Return ``path:line:column`` as far as it is known, on one line."""
        parts = [shown_name(self.path), self.line, self.column]
        return ":".join(str(part) for part in parts if part is not None)


NOWHERE = Place("")  # of what is at no line of a file


def shown_name(name: str) -> str:
    """Return a name or path on one line, without a character that a terminal would obey."""
    return name if name.isprintable() else ascii(name)[1:-1]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One mistake, or one fact that the user should know.

    ``code`` is the rule of check or the topic of doctor, "" for an error that has neither.
    """

    place: Place
    code: str
    message: str
    hints: tuple[str, ...] = ()  # what to do next, one step or one choice each
    severity: Severity = "wrong"
    function: str = ""  # that ``place`` is in
    quote: str = ""  # the line of the source at ``place``, and what belongs to it
    near: str = ""  # the text that a column points at, from ``place`` on

    def __str__(self) -> str:
        """Return ``place in function: message``, the line that the user reads first."""
        where = f"{self.place} in {self.function}" if self.function else str(self.place)
        return f"{where}: {self.message}" if self.place.path else self.message

    @property
    def hint(self) -> str:
        """All hints, a line each."""
        return "\n".join(self.hints)


def by_place(diagnostic: Diagnostic) -> tuple[str, int, int, str]:
    """Return the key by which diagnostics are sorted."""
    place = diagnostic.place
    return place.path, place.line or 0, place.column or 0, diagnostic.code


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?`` for the known word that is meant, or the list of known words.

    If several known words begin or end with the given one, the list has only these. Of more than
    20, the first are listed. The text is empty if there is no known word.
    """
    known = sorted(known)
    likely = likely_meant(word, known)
    if len(likely) == 1:
        return f"; did you mean {likely[0]!r}?"
    listed = likely or known
    if not listed:
        return ""
    more = f" and {len(listed) - _NAMED} more" if len(listed) > _NAMED else ""
    return f"; known: {', '.join(listed[:_NAMED])}{more}"


def likely_meant(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return the known words that a mistyped or shortened word may stand for.

    These are, in this order: the words that differ by case only; those that have the word as their
    first or last parts, between ``/ _ - . :``; those that begin with it; the mistyped one.
    """
    given = word.casefold()
    small = {each: each.casefold() for each in known}
    tests: tuple[Callable[[str], bool], ...] = (
        lambda each: each == given,
        lambda each: _is_part(given, each),
        lambda each: len(given) >= _SHORTEST and each.startswith(given),
    )
    for fits in tests:
        found = tuple(each for each in small if given and fits(small[each]))
        if found:
            return found
    near = mistyped(word, small)
    return (near,) if near else ()


def mistyped(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that one typing mistake, or two in a long word, separate from a word.

    Case does not count. Another digit is another name. Two equally near words are no answer.
    """
    given = word.casefold()
    limit = 0 if len(given) < _SHORTEST else 1 if len(given) < _LONG else 2
    distances = {
        each: edits(given, each.casefold(), limit)
        for each in known
        if _digits(each) == _digits(word)
    }
    least = min(distances.values(), default=limit + 1)
    nearest = [each for each, distance in distances.items() if distance == least <= limit]
    return nearest[0] if len(nearest) == 1 else None


def _digits(word: str) -> list[str]:
    return [sign for sign in word if sign.isdecimal()]


def _is_part(word: str, known: str) -> bool:
    """Return whether a word has another one as its first or its last parts."""
    rest = known.removeprefix(word) if known.startswith(word) else ""
    before = known.removesuffix(word) if known.endswith(word) else ""
    return rest[:1] in _BOUNDS or before[-1:] in _BOUNDS


def edits(one: str, other: str, limit: int) -> int:
    """Return how many letters are missing, added, changed or swapped with the next one.

    More than ``limit`` are not counted on: the result is then ``limit + 1``. This is the optimal
    string alignment distance: https://en.wikipedia.org/wiki/Damerau-Levenshtein_distance
    """
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        last, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                best = min(best, last[j - 2] + 1)
            row.append(best)
        if min(row) > limit:
            return limit + 1
    return min(row[-1], limit + 1)
