"""The map from a line of the version that ran to the same line in the current file."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

from nbship.core.failure.executed import Text

_MOST_PARTS = 12  # smaller and smaller parts of the files that are compared


def current_line(then: Text, line: int, now: Sequence[str]) -> int | None:
    """Return the line of ``now`` that was ``line`` of ``then``, both counted from 1.

    None means that the line was changed or removed, or that its text at that time is not known.
    The files are compared as by a patience diff: equal lines at both ends of a part, then the lines
    that occur once in each file. The time grows with the number of lines, not with its square.
    """
    line -= 1
    if not 0 <= line < len(then) or then[line] is None:
        return None
    old, old_end, new, new_end = 0, len(then), 0, len(now)
    # The line is always in the part of ``then``: old <= line < old_end.
    for _ in range(_MOST_PARTS):
        while new < new_end and then[old] in {now[new], None}:
            if old == line:
                return new + 1
            old, new = old + 1, new + 1
        while new < new_end and then[old_end - 1] in {now[new_end - 1], None}:
            old_end, new_end = old_end - 1, new_end - 1
            if old_end == line:
                return new_end + 1
        pairs = _once_in_each(then[old:old_end], now[new:new_end])
        first_old, first_new = old, new
        for old_index, new_index in pairs:
            if first_old + old_index <= line:  # the next part begins at this pair
                old, new = first_old + old_index, first_new + new_index
            else:
                old_end, new_end = first_old + old_index, first_new + new_index
                break
        if not pairs:
            return None
    return None


def _once_in_each(then: Text, now: Sequence[str]) -> list[tuple[int, int]]:
    """Return the indices of the lines that occur once in each text, without those that crossed."""
    in_then, in_now = Counter(then), Counter(now)
    places = {text: index for index, text in enumerate(now)}
    pairs = [
        (index, places[text])
        for index, text in enumerate(then)
        if text is not None and in_then[text] == in_now[text] == 1
    ]
    # The longest increasing subsequence of the second indices.
    ends: list[int] = []  # the smallest end of a subsequence of each length
    at: list[int] = []  # the pair of each end
    before: list[int] = []  # the pair before each pair, in its subsequence
    for number, (_, index) in enumerate(pairs):
        length = bisect_left(ends, index)
        before.append(at[length - 1] if length else -1)
        ends[length : length + 1] = [index]
        at[length : length + 1] = [number]
    kept = []
    number = at[-1] if at else -1
    while number >= 0:
        kept.append(pairs[number])
        number = before[number]
    return kept[::-1]
