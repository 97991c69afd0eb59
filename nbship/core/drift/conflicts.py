"""The texts that git merges, and the conflicts in what it returns.

The markers: https://git-scm.com/docs/git-merge-file
"""

from collections import Counter
from dataclasses import dataclass

_BEGIN, _BASE, _MIDDLE, _END = "<<<<<<< ", "||||||| ", "=======", ">>>>>>> "


@dataclass(frozen=True, slots=True)
class Labels:
    """The names of the three versions in conflict markers."""

    ours: str
    base: str
    theirs: str


@dataclass(frozen=True, slots=True)
class Triple:
    """Three versions of a text; ``base`` is None if nobody knows it."""

    ours: str
    base: str | None
    theirs: str


@dataclass(frozen=True, slots=True)
class MergedText:
    """A merged text, and the two texts that follow if each conflict is decided for one side."""

    text: str
    ours: str
    theirs: str
    conflicts: int = 0


def merged_text(text: str, labels: Labels) -> MergedText | None:
    """Return a text that git has merged; None if its markers have more than one reading.

    A line of equal signs inside a conflict may belong to a version.
    """
    parts: dict[str, list[str]] = {"ours": [], "theirs": []}
    inside = ""
    conflicts = 0
    expected = {
        "": (f"{_BEGIN}{labels.ours}",),
        "ours": (f"{_BASE}{labels.base}", _MIDDLE),
        "base": (_MIDDLE,),
        "theirs": (f"{_END}{labels.theirs}",),
    }
    following = {_BEGIN: "ours", _BASE: "base", _MIDDLE: "theirs", _END: ""}
    for line in text.splitlines(keepends=True):
        bare = line.removesuffix("\n")
        if bare in expected[inside]:
            inside = next(state for sign, state in following.items() if bare.startswith(sign))
            conflicts += inside == ""
        elif not inside:
            for lines in parts.values():
                lines.append(line)
        elif bare == _MIDDLE or bare.startswith((_BEGIN, _BASE, _END)):
            return None
        elif inside != "base":
            parts[inside].append(line)
    if inside:
        return None
    return MergedText(text, "".join(parts["ours"]), "".join(parts["theirs"]), conflicts)


def lost_line(triple: Triple, merged: str) -> str | None:
    """Return a line that a version has added to the base and that is not in the merged text."""
    known = Counter([] if triple.base is None else triple.base.split("\n"))
    there = Counter(merged.split("\n"))
    for version in (triple.ours, triple.theirs):
        missing = Counter(version.split("\n")) - known - there
        lost = next((line for line in missing if line.strip()), None)
        if lost is not None:
            return lost
    return None
