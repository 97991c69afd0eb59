"""The conflict markers that a merge leaves in a source: https://git-scm.com/docs/git-merge."""

import re
from collections.abc import Iterator

from nbship.diagnostics import Diagnostic, Place
from nbship.model.workspace import Source

_MARKER = re.compile(r"^(?:(<{7}|\|{7}|>{7}) .*|(={7}))$", re.MULTILINE)
_ORDER = "<|=>"
_SIGNS = ("<<<<<<<", "|||||||", ">>>>>>>")  # every conflict contains one of them


def conflict_markers(source: Source) -> Iterator[Diagnostic]:
    """Yield each conflict at its first marker.

    A conflict has two or more markers in git's order: a line of equal signs alone may be the
    underline of a title.
    """
    if not any(sign in source.text for sign in _SIGNS):
        return
    group: list[re.Match[str]] = []
    for match in _MARKER.finditer(source.text):
        if group and _rank(match) <= _rank(group[-1]):
            yield from _conflict(source, group)
            group = []
        group.append(match)
    yield from _conflict(source, group)


def _rank(match: re.Match[str]) -> int:
    return _ORDER.index(match[0][0])


def _conflict(source: Source, group: list[re.Match[str]]) -> Iterator[Diagnostic]:
    if len(group) > 1:
        line = source.text.count("\n", 0, group[0].start()) + 1
        last = source.text.count("\n", 0, group[-1].start()) + 1
        yield Diagnostic(
            Place(source.path, line, 1),
            "conflict-marker",
            f"an unresolved merge conflict, up to line {last}",
            ("Resolve the conflict and delete the marker lines.",),
        )
