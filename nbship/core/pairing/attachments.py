"""The pictures of Markdown cells: files beside the source, attachments in a notebook.

Jupyter keeps a picture that is pasted into a Markdown cell in the cell itself, and the text shows
it as ``![](attachment:plot.png)``. A source shows it by the same text, so that Jupyter and git see
the same cells; the picture is the file ``NAME.assets/plot.png`` beside the source. There a name
stands for one picture, whereas in a notebook each cell has names of its own: where two pictures
have one name, the second gets another.

The format: https://nbformat.readthedocs.io/en/latest/format_description.html#cell-attachments
"""

import base64
import binascii
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from nbship.core.ipynb.json_text import half_of_a_pair
from nbship.digest import sha256
from nbship.model.layout import ATTACHMENT

_MOST_BYTES = 200  # of a file's name: file systems take 255
# How a name is written in an address: escaped, as JavaScript's encodeURI does it, or as it is.
_SPELLINGS: tuple[Callable[[str], str], ...] = (
    quote,
    lambda name: quote(name, safe=""),
    lambda name: quote(name, safe="!#$&'()*+,/:;=?@"),
    str,
)
_GOES_ON = re.compile(r"[\w%-]|\.\w")  # of a name; a full stop may end the sentence
_SHOWN = re.compile(rf"(?:\]\(\s*<?|\]:\s*<?|\bsrc\s*=\s*[\"']?){ATTACHMENT}([^\s)\"'<>\]]+)")
# What every file system takes, and no program hides.
_UNSAFE = re.compile(r'[\0-\x1f\x7f"*/:<>?\\|%]')
_NOT_FIRST, _NOT_LAST = frozenset(". "), frozenset(". ")
_RESERVED = frozenset({"aux", "con", "nul", "prn"})  # on Windows
_TYPES = {
    "apng": "image/apng", "avif": "image/avif", "bmp": "image/bmp", "gif": "image/gif",
    "ico": "image/x-icon", "jpeg": "image/jpeg", "jpg": "image/jpeg", "pdf": "application/pdf",
    "png": "image/png", "svg": "image/svg+xml", "tif": "image/tiff", "tiff": "image/tiff",
    "webp": "image/webp",
}  # fmt: skip
_BEGINNINGS = {
    b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif",
    b"BM": "image/bmp", b"<svg": "image/svg+xml", b"%PDF": "application/pdf",
}  # fmt: skip
_OTHER_TYPE = "application/octet-stream"

Cell = Mapping[str, Any]  # nbformat's
Pictures = Mapping[str, bytes]  # by the name in the text


@dataclass(frozen=True, slots=True)
class Agreement:
    """The cells of a notebook with all their pictures, and what the files must hold.

    ``conflicts`` are the pictures that were changed on both sides since the last sync.
    """

    cells: list[dict[str, Any]]
    pictures: Pictures
    conflicts: tuple[str, ...] = ()


def agree_on_pictures(cells: Sequence[Cell], files: Pictures, last: Mapping[str, str]) -> Agreement:
    """Give a notebook and the files beside its source the same pictures.

    ``last`` has the sha256 of each picture at the last sync: so the side that has changed is known.
    A file that is missing is no change: it comes back from the notebook.
    """
    known = {**files}
    known |= {name: data for _, name, data in pictures_of(cells) if sha256(data) == last.get(name)}
    made = with_unique_names(cells, known)
    theirs = {name: data for _, name, data in pictures_of(made)}
    names = {name for cell in made if cell["cell_type"] == "markdown"
             for name in shown(cell["source"], {**files, **theirs})}  # fmt: skip
    pictures: dict[str, bytes] = {}
    conflicts: list[str] = []
    for name in sorted(names):
        found: dict[str | None, bytes] = {
            sha256(side[name]): side[name] for side in (files, theirs) if name in side
        }
        if len(found) > 1:
            found.pop(last.get(name), None)
        if len(found) > 1:
            conflicts.append(name)
        else:
            (pictures[name],) = found.values()
    return Agreement([attached(cell, pictures) for cell in made], pictures, tuple(conflicts))


def unheld(cells: Sequence[Cell]) -> Iterator[tuple[int, str]]:
    """Yield the cell's index and the name of each attachment that is shown, and fits no file."""
    held = {(number, name) for number, name, _ in pictures_of(cells)}
    for number, cell in enumerate(cells):
        if cell["cell_type"] == "markdown":
            names = shown(cell["source"], cell.get("attachments", ()))
            yield from ((number, name) for name in names if (number, name) not in held)


def file_name(name: str) -> str:
    """Return the name of the file for a picture; ``picture_name`` is the inverse."""
    parts = [_escaped(sign) if _UNSAFE.match(sign) else sign for sign in name]
    if name[:1] in _NOT_FIRST or name.partition(".")[0].lower() in _RESERVED:
        parts[:1] = [_escaped(name[:1])]
    if name[-1:] in _NOT_LAST:
        parts[-1:] = [_escaped(name[-1:])]
    return "".join(parts)


def picture_name(file: str) -> str:
    """Return the name of the picture in a file, "" for a file that no picture can have."""
    if half_of_a_pair(file) is not None:  # its name is not UTF-8
        return ""
    name = unquote(file, errors="replace")
    return name if file_name(name) == file else ""


def pictures_in(files: Mapping[str, bytes]) -> dict[str, tuple[str, bytes]]:
    """Return the pictures in the files of a folder by name, each with its file's name."""
    named = ((picture_name(file), (file, data)) for file, data in files.items())
    return {name: found for name, found in named if name}


def _escaped(sign: str) -> str:
    return "".join(f"%{byte:02X}" for byte in sign.encode())


def shown(text: str, names: Collection[str]) -> tuple[str, ...]:
    """Return those of these pictures that a Markdown text shows, in their order."""
    return tuple(dict.fromkeys(name for _, _, name in _places(text, names)))


def missing(text: str, names: Collection[str]) -> Iterator[tuple[int, str]]:
    """Yield the offset and the name of each picture that a text shows and that is not there."""
    found = {start for start, _, _ in _places(text, names)}
    for match in _SHOWN.finditer(text):
        at = match.start(1)
        if at not in found:
            yield at - len(ATTACHMENT), unquote(match[1])


def attached(cell: Cell, pictures: Pictures) -> dict[str, Any]:
    """Return a cell with all of these pictures attached that its text shows.

    An attachment that has these bytes already stays as it is, and so does every other one.
    """
    if cell["cell_type"] != "markdown":
        return dict(cell)
    old = cell.get("attachments", {})
    new = {
        name: old[name]
        if data_of(old.get(name)) == pictures[name]
        else _bundle(name, pictures[name])
        for name in shown(cell["source"], pictures)
    }
    return {**cell, "attachments": {**old, **new}} if new else dict(cell)


def data_of(bundle: Any) -> bytes | None:
    """Return the bytes of an attachment, None if it has none that a file could hold.

    Jupyter stores a picture in base64. Of several forms of one picture, the first is taken.
    """
    value = next(iter(bundle.values()), None) if isinstance(bundle, Mapping) else None
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        value = "".join(value)
    if not isinstance(value, str):
        return None
    try:
        return base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def pictures_of(cells: Sequence[Cell]) -> Iterator[tuple[int, str, bytes]]:
    """Yield each picture that a cell has and shows: the cell's index, the name, the bytes."""
    for number, cell in enumerate(cells):
        bundles = cell.get("attachments")
        if cell["cell_type"] != "markdown" or not isinstance(bundles, Mapping):
            continue
        for name in shown(cell["source"], bundles):
            data = data_of(bundles[name])
            if data is not None and name:
                yield number, name, data


def with_unique_names(cells: Sequence[Cell], known: Pictures) -> list[dict[str, Any]]:
    """Return the cells with one name for each picture, and one picture for each name.

    ``known`` are the pictures that have their names already. A picture whose name another one has,
    or that is too long for a file, gets a new name, in the text and in the attachments. Names that
    differ only by case are one name: on many systems they are one file.
    """
    made = [dict(cell) for cell in cells]
    present = {(name, data) for _, name, data in pictures_of(cells)}
    # A picture that was replaced in all cells leaves its name to the new one.
    taken = {_folded(name): data for name, data in known.items() if (name, data) in present}
    for number, name, data in pictures_of(cells):
        is_long = len(file_name(name).encode()) > _MOST_BYTES
        if not is_long and taken.setdefault(_folded(name), data) == data:
            continue
        new = _new_name(name, data, taken)
        taken[_folded(new)] = data
        made[number] = _renamed(made[number], name, new)
    return made


def _new_name(name: str, data: bytes, taken: Mapping[str, bytes]) -> str:
    """Return ``plot-2.png`` for ``plot.png``, or the first of its kind that is free."""
    stem, dot, ending = name.rpartition(".") if "." in name[1:] else (name, "", "")
    if len(file_name(name).encode()) > _MOST_BYTES:
        stem, ending = f"picture-{sha256(data)[:12]}", ending if ending in _TYPES else ""
        dot = "." if ending else ""
        if taken.get(_folded(f"{stem}{dot}{ending}"), data) == data:
            return f"{stem}{dot}{ending}"
    number = 2
    while taken.get(_folded(f"{stem}-{number}{dot}{ending}"), data) != data:
        number += 1
    return f"{stem}-{number}{dot}{ending}"


def _renamed(cell: Cell, old: str, new: str) -> dict[str, Any]:
    text, parts, at = cell["source"], [], 0
    for start, end, name in _places(text, cell["attachments"]):
        if name == old:
            parts += [text[at:start], quote(new)]
            at = end
    attachments = {
        new if name == old else name: bundle for name, bundle in cell["attachments"].items()
    }
    return {**cell, "source": "".join([*parts, text[at:]]), "attachments": attachments}


def _places(text: str, names: Collection[str]) -> Iterator[tuple[int, int, str]]:
    """Yield where a text shows one of these pictures: the start and end of its name, and the name.

    A name is written as it is, or escaped as in a web address.
    """
    if ATTACHMENT not in text or not names:
        return
    spellings: dict[str, str] = {}
    for spell in _SPELLINGS:  # what is escaped comes first: "%20" is rarely a part of a name
        for name in sorted(names):
            spellings.setdefault(spell(name), name)
    spellings.pop("", None)
    lengths = sorted(set(map(len, spellings)), reverse=True)  # the longest name that fits counts
    at = text.find(ATTACHMENT)
    while at >= 0:
        start = at + len(ATTACHMENT)
        for length in lengths:
            piece = text[start : start + length]
            end = start + len(piece)
            if piece in spellings and not _GOES_ON.match(text, end):
                yield start, end, spellings[piece]
                break
        at = text.find(ATTACHMENT, start)


def _bundle(name: str, data: bytes) -> dict[str, str]:
    return {_type_of(name, data): base64.b64encode(data).decode()}


def _type_of(name: str, data: bytes) -> str:
    """Return the type of a picture, by the ending of its name or else by how it begins."""
    found = _TYPES.get(name.rpartition(".")[2].lower())
    begins = (kind for sign, kind in _BEGINNINGS.items() if data.startswith(sign))
    return found or next(begins, _OTHER_TYPE)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
