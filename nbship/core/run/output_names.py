"""Which names of outputs may become files here: those that lie where they say, on every system."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from nbship.model.run import OutputFile

OURS = "_nbship"  # the folder of what nbship adds to a run's outputs
MOST_FILES = 10_000
_SHOWN = 80  # characters of a name in a message
_LONGEST_PART, _LONGEST_PATH = 255, 1024  # bytes, as file systems allow them
_DRIVE = re.compile(r"[A-Za-z]:")
# Windows takes them for devices, whatever their extension.
_DEVICE = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[1-9¹²³]) *(?:\..*)?")
# Control characters, half a surrogate pair, line ends; and what turns the direction of a text.
_UNSEEN = {"Cc", "Cs", "Zl", "Zp"}
_TURNING = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class Wanted:
    """An output to fetch, and the folders and the name that its file gets."""

    file: OutputFile
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which of a run's outputs are fetched, and for each of the others why not, in a line."""

    wanted: tuple[Wanted, ...]
    refused: tuple[str, ...]
    left_out: int  # those that nobody asked for


def choose(
    files: Iterable[OutputFile], patterns: tuple[str, ...] = (), most: int = MOST_FILES
) -> Choice:
    """Choose the outputs whose names match one of the patterns (all without one) and are safe.

    Of two names that are one on a system that does not tell cases apart, the first has it.
    """
    wanted: list[Wanted] = []
    refused: list[str] = []
    left_out = 0
    taken: dict[str, str] = {}  # by folded path: the path as the first name writes it
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
    """Return the patterns of ``--only``: shell patterns, several with commas between them."""
    return tuple(pattern.strip() for pattern in only.split(",") if pattern.strip())


def shown(name: str) -> str:
    """Return a name as a message may have it."""
    return ascii(name[:_SHOWN]) if any(map(_is_unseen, name)) else repr(name[:_SHOWN])


def fault_of(name: str) -> str:
    """Say what is wrong with a name that came from outside, or nothing."""
    parts = name.split("/")
    folded = [part.casefold() for part in parts]
    faults = (
        (_leads_out(name), "leads out of the run's folder"),
        (any(map(_is_unseen, name)), "has characters that no name may have"),
        (not all(parts) or "." in parts, "is none"),
        (folded[0] == OURS, "is one that nbship uses itself"),
        (any(map(_DEVICE.fullmatch, folded)), "is that of a device on Windows"),
        (any(part.endswith((".", " ")) for part in parts), "ends with a dot or a space"),
        (_is_too_long(parts), "is too long"),
    )
    return next((words for is_so, words in faults if is_so), "")


def _leads_out(name: str) -> bool:
    is_windows = "\\" in name or _DRIVE.match(name) is not None
    return is_windows or name.startswith("/") or ".." in name.split("/")


def _is_too_long(parts: list[str]) -> bool:
    sizes = [len(part.encode(errors="surrogatepass")) for part in parts]
    return max(sizes) > _LONGEST_PART or sum(sizes) + len(sizes) > _LONGEST_PATH


def _clash(name: str, taken: dict[str, str], names: set[str]) -> str:
    """Say which name before it a name gets in the way of, or nothing; then it is noted."""
    parts = name.split("/")
    paths = ["/".join(parts[: count + 1]) for count in range(len(parts))]
    for path in paths:
        before = taken.get(_folded(path), path)
        if before != path:
            return f"differs from {shown(before)} in nothing that every system tells apart"
    if name in names:
        return "is listed twice"
    if taken.get(_folded(name)) or any(path in names for path in paths[:-1]):
        return "is that of a file and of a folder"
    taken.update((_folded(path), path) for path in paths)
    names.add(name)
    return ""


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character) in _UNSEEN or character in _TURNING
