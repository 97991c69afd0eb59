"""The steps of a backtracking search, counted: Python's ``re`` does not tell them.

It walks the parsed pattern as the engine of ``re`` does, without its shortcuts. So the number of
steps grows at least as fast as that of ``re``.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from re import _constants as c  # type: ignore[attr-defined] # the parsed form has no public name
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

_MOST_STEPS = 2_000_000


class TooManyStepsError(Exception):
    """The search takes more steps than any linear one would."""


class Counter:
    """One search, and how many nodes of the pattern it visited."""

    def __init__(self, pattern: re.Pattern[str], text: str) -> None:
        self._tree = parser.parse(pattern.pattern, pattern.flags)
        self._flags = pattern.flags
        self._text = text
        self._groups: dict[int, tuple[int, int]] = {}
        self.steps = 0

    def search(self) -> int:
        """Return the steps of ``finditer`` over the whole text."""
        at = 0
        with _deep_stack():
            while at <= len(self._text):
                end = next(self._ends(self._tree, 0, at), at)
                at = max(end, at + 1)
        return self.steps

    def match(self) -> int:
        """Return the steps of a match at the beginning."""
        with _deep_stack():
            next(self._ends(self._tree, 0, 0), None)
        return self.steps

    def _ends(self, nodes: Sequence[Any], index: int, at: int) -> Iterator[int]:
        """Yield where a match of the nodes from ``index`` on may end."""
        self.steps += 1
        if self.steps > _MOST_STEPS:
            raise TooManyStepsError
        if index == len(nodes):
            yield at
            return
        op, value = nodes[index]
        for end in self._node(op, value, at):
            yield from self._ends(nodes, index + 1, end)

    def _node(self, op: Any, value: Any, at: int) -> Iterator[int]:  # noqa: C901, PLR0912 - one form each
        if op in (c.LITERAL, c.NOT_LITERAL, c.ANY, c.IN):
            if at < len(self._text) and self._fits(op, value, self._text[at]):
                yield at + 1
        elif op is c.AT:
            if self._is_at(value, at):
                yield at
        elif op is c.BRANCH:
            for branch in value[1]:
                yield from self._ends(branch, 0, at)
        elif op is c.SUBPATTERN:
            for end in self._ends(value[3], 0, at):
                if value[0] is not None:
                    self._groups[value[0]] = (at, end)
                yield end
        elif op is c.ATOMIC_GROUP:
            yield from self._first(self._ends(value, 0, at))
        elif op is c.POSSESSIVE_REPEAT:
            yield from self._first(self._repeat(value, 0, at, is_greedy=True))
        elif op in (c.MAX_REPEAT, c.MIN_REPEAT):
            yield from self._repeat(value, 0, at, is_greedy=op is c.MAX_REPEAT)
        elif op in (c.ASSERT, c.ASSERT_NOT):
            begin = at if value[0] > 0 else at - value[1].getwidth()[0]
            is_there = begin >= 0 and next(self._ends(value[1], 0, begin), None) is not None
            if is_there == (op is c.ASSERT):
                yield at
        elif op is c.GROUPREF:
            begin, end = self._groups.get(value, (0, 0))
            if self._text.startswith(self._text[begin:end], at):
                yield at + end - begin
        else:
            raise NotImplementedError(op)

    def _first(self, ends: Iterator[int]) -> Iterator[int]:
        end = next(ends, None)
        if end is not None:
            yield end

    def _repeat(self, value: Any, count: int, at: int, *, is_greedy: bool) -> Iterator[int]:
        least, most, nodes = value
        if not is_greedy and count >= least:
            yield at
        if count < most:
            for end in self._ends(nodes, 0, at):
                if end > at or count < least:
                    yield from self._repeat(value, count + 1, end, is_greedy=is_greedy)
        if is_greedy and count >= least:
            yield at

    def _is_at(self, value: Any, at: int) -> bool:
        before, after = self._text[at - 1 : at] if at else "", self._text[at : at + 1]
        is_multiline = bool(self._flags & re.MULTILINE)
        is_word = [bool(sign) and (sign.isalnum() or sign == "_") for sign in (before, after)]
        return {
            c.AT_BEGINNING: at == 0 or (is_multiline and before == "\n"),
            c.AT_BEGINNING_STRING: at == 0,
            c.AT_END: not after or self._text[at:] == "\n" or (is_multiline and after == "\n"),
            c.AT_END_STRING: not after,
            c.AT_BOUNDARY: is_word[0] != is_word[1],
            c.AT_NON_BOUNDARY: is_word[0] == is_word[1],
        }[value]

    def _fits(self, op: Any, value: Any, sign: str) -> bool:
        if op is c.ANY:
            return bool(self._flags & re.DOTALL) or sign != "\n"
        if op is c.IN:
            return self._in(value, sign)
        same = sign == chr(value)
        if self._flags & re.IGNORECASE:
            same = sign.lower() == chr(value).lower()
        return same == (op is c.LITERAL)

    def _in(self, items: Sequence[Any], sign: str) -> bool:
        is_negated = items[0][0] is c.NEGATE
        signs = {sign, sign.lower(), sign.upper()} if self._flags & re.IGNORECASE else {sign}
        found = any(self._is_in(item, each) for item in items for each in signs)
        return found != is_negated

    def _is_in(self, item: Any, sign: str) -> bool:
        op, value = item
        if op is c.LITERAL:
            return len(sign) == 1 and ord(sign) == value
        if op is c.RANGE:
            return len(sign) == 1 and value[0] <= ord(sign) <= value[1]
        if op is c.CATEGORY:
            kinds = {
                c.CATEGORY_DIGIT: sign.isdecimal(),
                c.CATEGORY_SPACE: sign.isspace(),
                c.CATEGORY_WORD: sign.isalnum() or sign == "_",
            }
            negated = {
                c.CATEGORY_NOT_DIGIT: c.CATEGORY_DIGIT,
                c.CATEGORY_NOT_SPACE: c.CATEGORY_SPACE,
                c.CATEGORY_NOT_WORD: c.CATEGORY_WORD,
            }
            return kinds[value] if value in kinds else not kinds[negated[value]]
        return False


@contextmanager
def _deep_stack() -> Iterator[None]:
    """Allow the recursion of a long text, and give the limit back: other tests depend on it."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, 20_000))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
