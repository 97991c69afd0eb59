"""The tokens of Python that matter for dividing it into statements: strings, brackets, line ends.

The grammar of f-strings is that of Python 3.12 (https://peps.python.org/pep-0701/), on every
Python. ``tokenize`` is not used: its results differ between versions, and it stops at IPython's
syntax. Each character is read a bounded number of times.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple, cast

TokenKind = Literal["string", "newline", "comment", "open", "close", "assign", "help", "other"]

_TOKEN = re.compile(
    r"""
    (?P<string>(?:br|rb|fr|rf|tr|rt|[rbuft])?(?P<quote>'''|\"""|'|"))
    | (?P<newline>\n)
    | (?P<comment>\#[^\n]*)
    | (?P<open>[(\[{])
    | (?P<close>[)\]}])
    | (?P<assign>=(?!=))
    | (?P<help>\?)
    | (?P<other>\w+|[^\S\n]+|\\\n|:=|[=!<>+\-*/%&|^@]=|.)
    """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_CLOSING = {"(": ")", "[": "]", "{": "}"}
# What ends a string or escapes a character in it. A line end ends a string in single quotes.
_END_OF_STRING = {
    quote: re.compile(rf"\\.|{quote}" if len(quote) > 1 else rf"\\.|{quote}|\n", re.DOTALL)
    for quote in ("'", '"', "'''", '"""')
}
# In the text of an f-string: a name in braces after \N, an escape, a brace, the end.
_IN_TEXT = {
    quote: re.compile(rf"\\N\{{[^}}\n]*\}}|\\[^{{}}]|\{{\{{|\}}\}}|[{{}}]|{quote}|\n", re.DOTALL)
    for quote in _END_OF_STRING
}
_MOST_FAILURES = 10  # f-strings that do not end; others are then read as plain strings


class Token(NamedTuple):
    """A token, as the half-open range of its characters."""

    kind: TokenKind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class FString:
    """An f-string or t-string: where it begins and ends, and the ranges of its ``{fields}``."""

    start: int
    quote: str
    end: int
    fields: tuple[tuple[int, int], ...]


class Lexer:
    """The tokens of one text, from any place where a statement begins."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._failures = 0
        self._f_strings: dict[int, FString] = {}

    def tokens(self, at: int = 0) -> Iterator[Token]:
        """Yield all tokens from a place on; together they are the whole rest of the text."""
        while match := _TOKEN.match(self._text, at):  # any character is a token, the end is none
            kind, end = cast("TokenKind", match.lastgroup), match.end()
            if kind == "string":
                found = self._end_of_string(match)
                kind, end = ("other", end) if found is None else (kind, found)
            yield Token(kind, at, end)
            at = end

    def f_string(self, at: int) -> FString | None:
        """Return the f-string that begins at this place, if a token that was yielded is one."""
        return self._f_strings.get(at)

    def _end_of_string(self, opening: re.Match[str]) -> int | None:
        """Return where a string ends; None if it is in single quotes and not closed in its line."""
        if _is_formatted(opening[0]) and self._failures < _MOST_FAILURES:
            found = self._formatted(opening)
            if found is not None:
                self._f_strings[found.start] = found
                return found.end
            self._failures += 1
        return self._end_of_plain(opening)

    def _end_of_plain(self, opening: re.Match[str]) -> int | None:
        quote = opening["quote"]
        for match in _END_OF_STRING[quote].finditer(self._text, opening.end()):
            if match[0] == quote:
                return match.end()
            if match[0] == "\n":
                return None
        return len(self._text) if len(quote) > 1 else None

    def _formatted(self, opening: re.Match[str]) -> FString | None:
        """Return the f-string that begins here, or None if it does not end or is nested wrongly.

        The stack has the open quotes, fields (``=``), format specifications (``:``) and brackets.
        """
        at, fields, opened = opening.end(), [], -1
        stack, quotes = [opening["quote"]], [opening["quote"]]
        while stack:
            is_text = stack[-1] in _IN_TEXT or stack[-1] == ":"
            pattern = _IN_TEXT[quotes[-1]] if is_text else _TOKEN
            match = pattern.search(self._text, at) if is_text else pattern.match(self._text, at)
            if match is None:
                return None
            depth = len(stack)
            step = self._text_step if is_text else self._field_step
            after = step(match, stack, quotes)
            if after is None:
                return None
            if depth == 1 and len(stack) > 1:
                opened = match.start()
            elif depth > 1 and len(stack) == 1:
                fields.append((opened, after))
            at = after
        return FString(opening.start(), opening["quote"], at, tuple(fields))

    def _text_step(self, match: re.Match[str], stack: list[str], quotes: list[str]) -> int | None:
        """Go on after a sign in the text of an f-string; return where, or None for a mistake."""
        sign = match[0]
        if sign == quotes[-1]:
            if stack[-1] == ":":
                return None
            stack.pop()
            quotes.pop()
        elif sign == "\n":
            return match.end() if len(quotes[-1]) > 1 else None
        elif sign == "{" or (sign == "{{" and stack[-1] == ":"):
            stack.append("=")
            return match.start() + 1
        elif sign in ("}", "}}"):
            if stack[-1] == ":":
                del stack[-2:]
                return match.start() + 1
            return None if sign == "}" else match.end()
        return match.end()

    def _field_step(self, match: re.Match[str], stack: list[str], quotes: list[str]) -> int | None:
        """Go on after a token of the code in a field; return where, or None for a mistake."""
        sign, top = match[0], stack[-1]
        if match["quote"] is not None:
            if _is_formatted(sign):
                stack.append(match["quote"])
                quotes.append(match["quote"])
                return match.end()
            return self._end_of_plain(match)
        if match["open"]:
            stack.append(sign)
        elif match["close"]:
            if sign != ("}" if top == "=" else _CLOSING[top]):
                return None
            stack.pop()
        elif top == "=" and sign in (":", ":="):
            stack.append(":")
            return match.start() + 1
        return match.end()


def _is_formatted(opening: str) -> bool:
    """Return whether the beginning of a string says that it is an f-string or a t-string."""
    return not {"f", "t"}.isdisjoint(opening.lower())
