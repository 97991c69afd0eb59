"""Which names a notebook may have: the same on every system, and plain in a command line."""

import re
from collections.abc import Iterable

from nbship.core.source.language import name_of
from nbship.diagnostics import Place
from nbship.errors import SourceError

# No control character, no sign that a shell, doit (":", "=", "*") or Windows gives a meaning to.
_PART = re.compile(r"\w(?:[\w .+@-]*[\w+@-])?")
_LONGEST = 100  # characters of a part: file systems take 255 bytes, and endings are added
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)


def refuse_names(paths: Iterable[str]) -> None:
    """Refuse a notebook's name that would mean something else elsewhere, or be another one's.

    Raises:
        SourceError: names the source; what it cannot print is escaped.
    """
    seen: dict[str, str] = {}
    for path in paths:
        name = name_of(path)
        fault = _fault(name)
        if fault:
            shown = path if path.isprintable() else ascii(path)[1:-1]
            raise SourceError(f"this name {fault}", place=Place(shown), hint="Rename it.")
        twin = seen.setdefault(name.casefold(), name)
        if twin != name:
            raise SourceError(
                f"its name differs from {twin!r} in small and capital letters only",
                place=Place(path),
                hint="Rename one of them: on many systems they are one file.",
            )


def _fault(name: str) -> str:
    for part in name.split("/"):
        if len(part) > _LONGEST:
            return f"has a part of more than {_LONGEST} characters"
        if not _PART.fullmatch(part):
            return "has more than letters, digits, spaces and _ . + @ - in its parts"
        if _RESERVED.fullmatch(part):
            return "is that of a device on Windows"
    return ""
