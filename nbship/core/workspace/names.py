"""The names that a notebook may have: the same file on every system, and safe in a shell."""

import re
from collections.abc import Collection, Iterable

from nbship.diagnostics import Place
from nbship.errors import SourceError
from nbship.model.layout import Layout

# No control character, and none with a meaning to a shell, to doit (":", "=", "*") or to Windows.
_PART = re.compile(r"\w(?:[\w .+@-]*[\w+@-])?")
_SIGNS = re.compile(r"[\w .+@-]+")
_ODD = re.compile(r"(?:[^\w.+@-]|_)+")  # the proposed name needs no quotes in a shell
_EDGES = re.compile(r"^\W+|[^\w+@-]+$")
_LONGEST = 100  # characters of a part: file systems accept 255 bytes, and extensions are added
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)


def name_faults(paths: Iterable[str], layout: Layout) -> dict[str, SourceError]:
    """Return by path the sources whose name means something else on some system, or is taken there.

    Of two names that are the same file on some system, the second one is at fault.
    """
    faults: dict[str, SourceError] = {}
    first: dict[str, str] = {}  # of each name in lowercase, the name as it was first written
    for path in paths:
        name = layout.name_of(path)
        fault = fault_of_name(name)
        if fault:
            faults[path] = SourceError(
                f"this name {fault}",
                place=Place(path),
                code="file-name",
                hint="Rename it.",
            )
            continue
        twin = first.setdefault(name.casefold(), name)
        if twin != name:
            faults[path] = SourceError(
                f"its name differs from {twin!r} only by case",
                place=Place(path),
                code="file-name",
                hint="Rename one of them: on many systems they are the same file.",
            )
    return faults


def meant_names(word: str, names: Collection[str]) -> tuple[str, ...]:
    """Return the names that a word of a person may mean: it, or all of which it is the last parts.

    ``trainer`` means ``trainer/trainer`` where there is no notebook ``trainer``.
    """
    if word in names:
        return (word,)
    return tuple(name for name in names if name.endswith(f"/{word}"))


def proposed_name(name: str) -> str:
    """Return an allowed name that a person recognizes, or an empty text if there is none."""
    parts = [_EDGES.sub("", _ODD.sub("_", part))[:_LONGEST] for part in name.split("/")]
    proposed = "/".join(_not_reserved(part.strip("_")) for part in parts)
    return "" if fault_of_name(proposed) else proposed


def _not_reserved(part: str) -> str:
    device, point, rest = part.partition(".")
    return f"{device}_{point}{rest}" if _RESERVED.fullmatch(part) else part


def fault_of_name(name: str) -> str:
    """Return why a notebook may not have a name, or an empty text."""
    for part in name.split("/"):
        if len(part) > _LONGEST:
            return f"has a part of more than {_LONGEST} characters"
        if not _PART.fullmatch(part):
            if _SIGNS.fullmatch(part):
                return (
                    "has a part that does not begin with a letter, a digit or _, or that ends with "
                    "a space or ."
                )
            return "may only have letters, digits, spaces and _ . + @ - in its parts"
        if _RESERVED.fullmatch(part):
            return "is a device name on Windows"
    return ""
