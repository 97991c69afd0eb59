"""Python's newer syntax, written so that an older Python can parse the text: Kaggle's is newer.

Each place is replaced by older syntax of the same length, so that lines and columns stay. The tree
then lacks what stands in such a place: the code in the fields of an f-string, type parameters.

- 3.12: quotes, backslashes and comments in the fields of f-strings (https://peps.python.org/pep-0701/);
  ``type X = int``, ``def f[T](x)`` and ``class A[T]`` (https://peps.python.org/pep-0695/)
- 3.13: defaults of type parameters (https://peps.python.org/pep-0696/)
- 3.14: t-strings (https://peps.python.org/pep-0750/) and ``except A, B:``
  (https://peps.python.org/pep-0758/)
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from nbship.core.python.lexer import FString, Lexer, Token

Version = tuple[int, int]

_F_STRINGS: Version = (3, 12)
_TYPE_PARAMETERS: Version = (3, 12)
_TYPE_DEFAULTS: Version = (3, 13)
_T_STRINGS: Version = (3, 14)
_BARE_EXCEPT: Version = (3, 14)
NEWEST: Version = (3, 14)  # whose syntax this module knows
RUNNING: Version = sys.version_info[:2]
KAGGLE: Version = (3, 12)  # https://github.com/Kaggle/docker-python

# A quick answer for most texts.
_MAY_BE_NEWER = re.compile(
    r"\b(?:[ft]|r[ft]|[ft]r)['\"]|\btype\b|\bexcept\b|\b(?:def|class)\b[^(:\n]{0,200}\[",
    re.IGNORECASE,
)
_DEFINITION = re.compile(r"(?:async[ \t]+def|def|class)[ \t]+\w+[ \t]*(?=\[)")
_TYPE_ALIAS = re.compile(r"type[ \t]+(?=[^\W\d]\w*[ \t]*(?:\[|=(?!=)))")
_EXCEPT = re.compile(r"except\b")
_NEWER_IN_FIELD = re.compile(r"[\\#]")


@dataclass(frozen=True, slots=True)
class NewerSyntax:
    """One place where only a newer Python can read the text."""

    line: int  # from 1
    what: str
    version: Version  # the first that reads it


@dataclass(frozen=True, slots=True)
class _Place:
    start: int
    end: int
    replacement: str  # as long as the text that it replaces
    what: str
    version: Version


def in_older_syntax(text: str, running: Version = RUNNING) -> tuple[str, tuple[NewerSyntax, ...]]:
    """Return a text with older syntax for all that is newer than a version, and these places."""
    if running >= NEWEST or not _MAY_BE_NEWER.search(text):
        return text, ()
    places = [p for p in _places(text) if p.version > running and p.replacement]
    parts, copied, line, newer = [], 0, 1, []
    for place in places:
        line += text.count("\n", copied, place.start)
        newer.append(NewerSyntax(line, place.what, place.version))
        line += text.count("\n", place.start, place.end)
        parts += [text[copied : place.start], place.replacement]
        copied = place.end
    return "".join([*parts, text[copied:]]), tuple(newer)


def _places(text: str) -> Iterator[_Place]:
    """Yield the places with newer syntax in order."""
    lexer = Lexer(text)
    statement: list[Token] = []
    depth = 0
    for token in lexer.tokens():
        depth += {"open": 1, "close": -1}.get(token.kind, 0)
        statement.append(token)
        ends = token.kind == "newline" and depth <= 0
        if ends or text[token.start : token.end] == ";":
            yield from _places_in(lexer, text, statement)
            statement, depth = [], 0
    yield from _places_in(lexer, text, statement)


def _places_in(lexer: Lexer, text: str, statement: list[Token]) -> Iterator[_Place]:
    first = next((n for n, t in enumerate(statement) if text[t.start : t.end].strip()), None)
    if first is None:
        return
    tokens = statement[first:]
    start = tokens[0].start
    found = [*_in_head(text, start, tokens)]
    yield from found
    end = found[-1].end if found else start
    for token in tokens:
        if token.kind == "string" and token.start >= end:
            place = _in_string(text, lexer.f_string(token.start))
            if place is not None:
                yield place


def _in_head(text: str, start: int, tokens: list[Token]) -> Iterator[_Place]:
    """Yield the places in a definition, in a type alias, and in ``except``."""
    alias = _TYPE_ALIAS.match(text, start)
    definition = _DEFINITION.match(text, start)
    if alias:
        word = "type=".ljust(alias.end() - start)
        yield _Place(start, alias.end(), word, "a type alias", _TYPE_PARAMETERS)
    if alias or definition:
        yield from _type_parameters(text, tokens)
    elif _EXCEPT.match(text, start):
        yield from _bare_except(text, tokens)


def _type_parameters(text: str, tokens: list[Token]) -> Iterator[_Place]:
    """Yield the brackets after the name that is defined."""
    first = next((t for t in tokens if t.kind in ("open", "assign")), None)
    if first is None or text[first.start] != "[":
        return
    depth, version = 0, _TYPE_PARAMETERS
    for token in tokens[tokens.index(first) :]:
        depth += {"open": 1, "close": -1}.get(token.kind, 0)
        if token.kind == "assign" and depth == 1:
            version = _TYPE_DEFAULTS
        if depth == 0:
            blank = _blank(text[first.start : token.end], " ")
            yield _Place(first.start, token.end, blank, "type parameters", version)
            return


def _bare_except(text: str, tokens: list[Token]) -> Iterator[_Place]:
    """Yield each comma between the exceptions of an ``except`` without brackets."""
    depth, commas = 0, []
    for token in tokens:
        sign = text[token.start : token.end]
        if depth == 0 and sign == "as":
            return  # no version reads it without brackets
        if depth == 0 and sign == ":":
            break
        if depth == 0 and sign == ",":
            commas.append(token)
        depth += {"open": 1, "close": -1}.get(token.kind, 0)
    for comma in commas:
        yield _Place(
            comma.start, comma.end, "|", "several exceptions without brackets", _BARE_EXCEPT
        )


def _in_string(text: str, string: FString | None) -> _Place | None:
    """Return the place of an f-string that older versions cannot read, as a plain string."""
    if string is None:
        return None
    prefix = text[string.start : text.index(string.quote, string.start)].lower()
    is_template = "t" in prefix
    inside = [text[begin + 1 : end - 1] for begin, end in string.fields]
    is_newer = any(
        string.quote in field
        or _NEWER_IN_FIELD.search(field)
        or ("\n" in field and len(string.quote) == 1)
        for field in inside
    )
    if not (is_template or is_newer):
        return None
    what, version = ("a t-string", _T_STRINGS) if is_template else ("an f-string", _F_STRINGS)
    parts, copied = ["+r" if "r" in prefix else "u"], string.start + len(prefix)
    for begin, end in string.fields:
        parts += [text[copied : begin + 1], _blank(text[begin + 1 : end - 1], "x")]
        copied = end - 1
    parts.append(text[copied : string.end])
    return _Place(string.start, string.end, "".join(parts), what, version)


def _blank(text: str, filler: str) -> str:
    """Return as many fillers; each line end stays, and the line goes on after it."""
    lines = text.split("\n")
    return "\\\n".join(filler * (len(line) - (n < len(lines) - 1)) for n, line in enumerate(lines))
