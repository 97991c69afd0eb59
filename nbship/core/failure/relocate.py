"""Where a line of a file that ran is in the file as it stands now."""

from collections.abc import Sequence
from difflib import SequenceMatcher

from nbship.core.failure.executed import Text

_MOST_LINES = 20_000  # of a file that is compared; a larger one is no source


def current_line(then: Text, line: int, now: Sequence[str]) -> int | None:
    """Return the line of ``now`` that was ``line`` of ``then``, both counted from 1.

    It is None where it was changed or taken out, and where it is not known what it said.
    """
    if not 0 < line <= len(then) or then[line - 1] is None:
        return None
    same = 0
    while same < min(len(then), len(now)) and then[same] in {now[same], None}:
        same += 1
    if line <= same:
        return line
    if len(then) > _MOST_LINES or len(now) > _MOST_LINES:
        return None
    matcher = SequenceMatcher(None, then[same:], list(now[same:]), autojunk=False)
    for begin, found, size in matcher.get_matching_blocks():
        if begin <= line - 1 - same < begin + size:
            return found + line - begin
    return None
