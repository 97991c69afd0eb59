"""A diagnostic: what is wrong, where, and the way out, as a value."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

_NAMED = 20  # known words in a message

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
        """Return ``path:line:column`` as far as it is known."""
        parts = [self.path, self.line, self.column]
        return ":".join(str(part) for part in parts if part is not None)


NOWHERE = Place("")  # of what is at no line of a file


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
    """Return ``; did you mean 'x'?`` for the nearest known word, or the list of known words.

    Of more than 20, the first are listed.
    """
    from difflib import get_close_matches

    known = sorted(known)
    near = get_close_matches(word, known, n=1)
    if near:
        return f"; did you mean {near[0]!r}?"
    more = f" and {len(known) - _NAMED} more" if len(known) > _NAMED else ""
    return f"; known: {', '.join(known[:_NAMED])}{more}"
