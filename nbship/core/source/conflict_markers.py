"""The conflict markers that a merge leaves in a source: https://git-scm.com/docs/git-merge."""

import re
from collections.abc import Iterator

from nbship.diagnostics import Diagnostic, Place
from nbship.model.workspace import Source

_MARKER = re.compile(r"(?:<{7}|\|{7}|>{7}) |={7}$")
_ORDER = "<|=>"
# The labels of nbship's merge driver: with other ones, a text may explain git's merges.
OF_THE_DRIVER = ("<<<<<<< ours", "||||||| base", "=======", ">>>>>>> theirs")
_SIGNS = ("<<<<<<<", "|||||||", ">>>>>>>")  # every conflict contains one of them


def conflict_markers(source: Source) -> Iterator[Diagnostic]:
    """Yield each conflict at its first marker.

    A conflict has two or more markers in git's order: a line of equal signs alone may be the
    underline of a title.
    """
    if not any(sign in source.text for sign in _SIGNS):
        return
    group: list[tuple[str, int]] = []  # the sign and the line of each marker
    for number, line in enumerate(source.text.split("\n"), 1):
        if _MARKER.match(line):
            if group and _ORDER.index(line[0]) <= _ORDER.index(group[-1][0]):
                yield from _conflict(source, group)
                group = []
            group.append((line[0], number))
    yield from _conflict(source, group)


def _conflict(source: Source, group: list[tuple[str, int]]) -> Iterator[Diagnostic]:
    if len(group) > 1:
        yield Diagnostic(
            Place(source.path, group[0][1], 1),
            "conflict-marker",
            f"an unresolved merge conflict, up to line {group[-1][1]}",
            ("Resolve the conflict and delete the marker lines.",),
        )
