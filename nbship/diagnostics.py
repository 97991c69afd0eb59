"""What is wrong, where, and the way out, as a value."""

from collections.abc import Iterable
from dataclasses import dataclass

from nbship.errors import Place

_NAMED = 20  # words that are known, in a message


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake, or one thing that a person should look at once and then allow."""

    place: Place
    code: str
    message: str
    hint: str = ""


def by_place(finding: Finding) -> tuple[str, int, int, str]:
    """Return what findings are sorted by."""
    place = finding.place
    return place.path, place.line or 0, place.column or 0, finding.code


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?`` for the nearest known word, or what is known at all.

    Of very many, the first are named.
    """
    from difflib import get_close_matches

    known = sorted(known)
    near = get_close_matches(word, known, n=1)
    if near:
        return f"; did you mean {near[0]!r}?"
    more = f" and {len(known) - _NAMED} more" if len(known) > _NAMED else ""
    return f"; known: {', '.join(known[:_NAMED])}{more}"
