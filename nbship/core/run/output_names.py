"""The names of a run's outputs: which of them are safe as paths on every operating system."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from nbship.model.run import OutputFile

OURS = "_nbship"  # the folder for the files that nbship adds to a run's outputs
MOST_FILES = 10_000
_SHOWN = 80  # characters of a name in a message
_LONGEST_PART, _LONGEST_PATH = 255, 1024  # bytes, as file systems allow them
_DRIVE = re.compile(r"[A-Za-z]:")
# Windows treats these names as devices, whatever their extension.
_DEVICE = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[1-9¹²³]) *(?:\..*)?")
# Control characters, lone surrogates, line separators; and marks that change the text direction.
_INVISIBLE_CATEGORIES = {"Cc", "Cs", "Zl", "Zp"}
_DIRECTION_MARKS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class Wanted:
    """An output to fetch, and its path below the run's folder: the folders, then the file name."""

    file: OutputFile
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """The outputs of a run to fetch, and a line with the reason for each refused one."""

    wanted: tuple[Wanted, ...]
    refused: tuple[str, ...]
    left_out: int  # the number of outputs that match no pattern


def choose(
    files: Iterable[OutputFile], patterns: tuple[str, ...] = (), most: int = MOST_FILES
) -> Choice:
    """Choose the outputs whose names match one of the patterns and are safe as paths.

    Without patterns, every name matches. At most ``most`` files are chosen. If two names are
    equal on a case-insensitive file system, the second one is refused.
    """
    wanted: list[Wanted] = []
    refused: list[str] = []
    left_out = 0
    taken: dict[str, str] = {}  # case-folded path -> the path as the first name writes it
    names: set[str] = set()
    for number, file in enumerate(files):
        if patterns and not any(fnmatchcase(file.name, pattern) for pattern in patterns):
            left_out += 1
            continue
        if number >= most:
            refused.append(f"more than {most:,} files: zip them in the notebook")
            continue
        why = fault_of(file.name) or _clash(file.name, taken, names)
        if why:
            refused.append(f"the file name {shown(file.name)} {why}")
            continue
        wanted.append(Wanted(file, tuple(file.name.split("/"))))
    return Choice(tuple(wanted), tuple(refused), left_out)


def patterns_of(only: str) -> tuple[str, ...]:
    """Return the shell patterns in the value of ``--only``, which separates them by commas."""
    return tuple(pattern.strip() for pattern in only.split(",") if pattern.strip())


def shown(name: str) -> str:
    """Return a name in quotes for a message: shortened, invisible characters escaped."""
    return ascii(name[:_SHOWN]) if any(map(_is_invisible, name)) else repr(name[:_SHOWN])


def fault_of(name: str) -> str:
    """Return what is wrong with the name of an output, or an empty string."""
    parts = name.split("/")
    folded = [part.casefold() for part in parts]
    faults = (
        (_leads_out(name), "leads out of the run's folder"),
        (any(map(_is_invisible, name)), "has characters that are not allowed in a file name"),
        (not all(parts) or "." in parts, "has an empty part or the part '.'"),
        (folded[0] == OURS, "is reserved for nbship's own files"),
        (any(map(_DEVICE.fullmatch, folded)), "is a device name on Windows"),
        (any(part.endswith((".", " ")) for part in parts), "ends with a dot or a space"),
        (_is_too_long(parts), "is too long"),
    )
    return next((fault for is_faulty, fault in faults if is_faulty), "")


def _leads_out(name: str) -> bool:
    is_windows = "\\" in name or _DRIVE.match(name) is not None
    return is_windows or name.startswith("/") or ".." in name.split("/")


def _is_too_long(parts: list[str]) -> bool:
    sizes = [len(part.encode(errors="surrogatepass")) for part in parts]
    return max(sizes) > _LONGEST_PART or sum(sizes) + len(sizes) > _LONGEST_PATH


def _clash(name: str, taken: dict[str, str], names: set[str]) -> str:
    """Return how a name clashes with an earlier one; if it does not, add it to both collections."""
    parts = name.split("/")
    paths = ["/".join(parts[: count + 1]) for count in range(len(parts))]
    for path in paths:
        before = taken.get(_folded(path), path)
        if before != path:
            return f"clashes with {shown(before)} on some file systems"
    if name in names:
        return "is listed twice"
    if taken.get(_folded(name)) or any(path in names for path in paths[:-1]):
        return "is used for a file and for a folder"
    taken.update((_folded(path), path) for path in paths)
    names.add(name)
    return ""


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) in _INVISIBLE_CATEGORIES or character in _DIRECTION_MARKS
