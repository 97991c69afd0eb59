"""The map from a line of the version that ran to the same line in the current file."""

from collections.abc import Sequence
from difflib import SequenceMatcher

from nbship.core.failure.executed import Text

_MOST_LINES = 20_000  # of a file that is compared; a source is never longer


def current_line(then: Text, line: int, now: Sequence[str]) -> int | None:
    """Return the line of ``now`` that was ``line`` of ``then``, both counted from 1.

    None means that the line was changed or removed, or that its text at that time is not known.
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
