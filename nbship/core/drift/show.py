"""How a source and a version on the service differ, in lines for a person."""

from collections.abc import Iterator, Sequence
from difflib import unified_diff

from nbship.core.drift.examine import Drift
from nbship.core.drift.merge import Part, Side
from nbship.core.pairing.round_trip import Essence
from nbship.core.source.grammar import MOST_LINES
from nbship.model.workspace import Meaning

Line = tuple[str, Meaning]
_SIGNS: dict[str, Meaning] = {"-": "error", "+": "passed", "@": "hint"}
_SHORT = 12  # digits of a commit for people
_WORDS: dict[Side, str] = {
    "theirs": "was edited on {place}",
    "both": "was edited on {place} and here",
    "ours": "has changed here",
}


def summary(drift: Drift) -> str:
    """Return in one line which side has what the other one has not."""
    facts = drift.facts
    here, there = facts.source.path, f"version {facts.theirs.number} of {facts.kernel}"
    since = f"version {facts.base_number}"
    behind = f"commit {facts.ahead[:_SHORT]}, which this branch does not contain"
    return {
        "same": f"{here} has the cells and settings of {there}",
        "ours newer": f"{here} is newer than {there}",
        "theirs ahead": f"{there} was made from {behind}, and differs from {here}: git pull first",
        "theirs edited": f"{there} was edited on {facts.place}, after {since}",
        "both": f"{there} was edited on {facts.place}, and {here} has changed since {since}",
        "no base": f"{there} differs from {here}, and this clone knows no version that both had",
    }[drift.state]


def details(drift: Drift) -> Iterator[Line]:
    """Yield the lines about each cell and each setting that differs."""
    for edit in drift.settings.edits:
        conflict = f"; here {edit.ours!r}" if edit.is_conflict else ""
        yield f"{edit.words}{conflict}", "plain"
    for key in drift.settings.ours:
        yield f"{key} has changed here", "plain"
    for name in (*drift.pictures, *drift.disputed):
        yield f"the picture {name} was changed on {drift.facts.place}", "plain"
    if _is_reordered(drift.parts):
        yield f"the cells have another order on {drift.facts.place}", "plain"
    for part in drift.parts:
        if part.side != "same":
            yield from _about(drift, part)
    for remark in drift.remarks:
        yield remark, "warning"


def merged_words(drift: Drift) -> str:
    """Return what a rescue takes from the service: "2 cells, dataset_sources"."""
    count = sum(part.side in ("theirs", "both") for part in drift.parts)
    words = [f"{count} cell{'s' if count > 1 else ''}"] if count else []
    words += [edit.key for edit in drift.settings.edits]
    if drift.pictures:
        words.append("pictures")
    if _is_reordered(drift.parts):
        words.append("the order of the cells")
    return ", ".join(words) or "nothing that the source has not"


def _about(drift: Drift, part: Part) -> Iterator[Line]:
    words = _WORDS[part.side].format(place=drift.facts.place)
    yield f"{_place(drift, part)} {words}", "plain"
    if part.side == "ours":
        return
    before = part.base if drift.versions.base is not None else part.ours
    old, new = (_percent(cells) for cells in (before, part.theirs))
    if len(old) + len(new) > MOST_LINES:
        yield "  too long to be shown", "hint"
        return
    for line in list(unified_diff(old, new, lineterm=""))[2:]:
        yield f"  {line}", _SIGNS.get(line[:1], "plain")


def _place(drift: Drift, part: Part) -> str:
    if part.group.ours:
        at = part.group.ours[0] + drift.has_header
        return f"{drift.facts.source.path}:{drift.read.lines[at]}"
    return f"cell {drift.versions.numbers[part.group.theirs[0]]}"


def _percent(cells: Sequence[Essence]) -> list[str]:
    lines = []
    for kind, text, metadata in cells:
        marker = "# %%" if kind == "code" else f"# %% [{kind}]"
        lines += [marker if metadata == "{}" else f"{marker} {metadata}", *text.split("\n")]
    return lines


def _is_reordered(parts: Sequence[Part]) -> bool:
    """Return whether theirs has cells of the base in another order."""
    known = [part.group for part in parts if part.group.base and part.group.theirs]
    in_base = sorted(known, key=lambda group: group.base)
    return in_base != sorted(known, key=lambda group: group.theirs)
