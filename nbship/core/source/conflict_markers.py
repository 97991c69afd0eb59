"""The conflict markers that a merge leaves in a source: https://git-scm.com/docs/git-merge."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from nbship.diagnostics import Diagnostic, Place
from nbship.errors import SourceError
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


@contextmanager
def conflict_first(source: Source) -> Iterator[None]:
    """Name an unresolved merge conflict where it is what makes a source wrong.

    Raises:
        SourceError: the one of the block, or the conflict that begins above its line.
    """
    try:
        yield
    except SourceError as error:
        place = error.place
        line = place.line if place and place.path == source.path else None
        for found in conflict_markers(source):
            if line and found.place.line and found.place.line <= line:
                raise error.with_changes(**{
                    name: getattr(found, name) for name in ("place", "code", "message", "hints")
                }) from None  # fmt: skip
        raise


def _conflict(source: Source, group: list[tuple[str, int]]) -> Iterator[Diagnostic]:
    if len(group) > 1:
        yield Diagnostic(
            Place(source.path, group[0][1], 1),
            "conflict-marker",
            f"an unresolved merge conflict, up to line {group[-1][1]}",
            ("Resolve the conflict and delete the marker lines.",),
        )
