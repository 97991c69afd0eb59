"""The losses of percent text: a function for each part of a cell that the text cannot hold."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbship.core.python.ipython_syntax import cell_magic, has_other_language
from nbship.core.source.jupytext_api import UNREAD
from nbship.core.source.language import CELL_LANGUAGES, PYTHON

_LINE_ENDS = re.compile("[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_MARKER = re.compile(r"^\s*#\s*(?:%%(?:[\s%]|$)|<codecell>\s*$|In\[[0-9 ]*\]:?\s*$)")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})", re.MULTILINE)
_INDENTED_ASSIGNMENT = re.compile(r"[ \t]+([^\W\d]\w*)\s*=\s*(%{1,3}|!)[a-zA-Z]", re.ASCII)
_KEY = re.compile(r"[a-zA-Z0-9_./@-]+")
_QUOTES = ('"""', "'''")
# Keys that have another meaning in the marker of a cell.
_TAKEN = frozenset({
    "active", "cell_depth", "cell_type", "language", "magic_args", "region_name", "title", UNREAD,
})  # fmt: skip

Cell = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Loss:
    """A part of a cell that percent text would lose: the reason, and advice for the user."""

    reason: str
    advice: str = "Change that cell."


def loss_of(cell: Cell, number: int) -> Loss | None:
    """Return what percent text would lose of a cell; None if it is none of the known losses.

    ``number`` is the index of the cell in the notebook, from 0.
    """
    is_code, text = cell["cell_type"] == "code", cell["source"]
    return (
        _line_end(text)
        or (_yaml(text) if number == 0 else None)
        or _marker(text.split("\n") if is_code else [f"# {line}" for line in text.split("\n")])
        or (_in_code(text) if is_code else _fence(text))
        or _activity(cell.get("metadata", {}).get("tags"), is_code=is_code)
        or _metadata(cell["metadata"])
    )


def _line_end(text: str) -> Loss | None:
    found = _LINE_ENDS.search(text)
    if not found:
        return None
    line, sign = text.count("\n", 0, found.start()) + 1, ord(found[0])
    return Loss(
        f"line {line} contains U+{sign:04X}, where jupytext would break the line",
        f"Remove the character; in a string of code, write \\u{sign:04x} instead.",
    )


def _yaml(text: str) -> Loss | None:
    lines = text.strip("\n\t ").splitlines()
    is_opened = len(lines) > 1 and lines[0].startswith("---")
    if not (is_opened and lines[-1].startswith("---")):
        return None
    return Loss(
        "a first cell between two '---' lines would become the YAML header of the file",
        "Quarto and nbdev read such a cell: keep their notebooks in another folder than the paired "
        "ones, or move the cell below another one.",
    )


def _marker(lines: Sequence[str]) -> Loss | None:
    at = next((at for at, line in enumerate(lines, start=1) if _MARKER.match(line)), None)
    if at is None:
        return None
    return Loss(
        f"line {at} would become the marker of a new cell", "Put another word before the sign."
    )


def _fence(text: str) -> Loss | None:
    if len(_FENCE.findall(text)) % 2 == 0:
        return None
    return Loss(
        "a ``` fence is not closed and would include the next cell",
        "Close it with a line of the same signs.",
    )


def _in_code(text: str) -> Loss | None:
    if any(text.count(quote) % 2 for quote in _QUOTES):
        return Loss(
            "a string in triple quotes is not closed and would include the next cell",
            "Write an even number of these quotes, for example one more in a comment.",
        )
    return _language(text) or _assignment(text)


def _language(text: str) -> Loss | None:
    """Return the loss of a magic that jupytext writes into the marker of its cell."""
    magic = cell_magic(text)
    if magic == PYTHON.name:
        return Loss(
            f"jupytext would drop the magic %%{magic}, because the file has the same language",
            f"Write %%script {magic} instead.",
        )
    if magic in CELL_LANGUAGES and not text.strip().partition("\n")[2]:
        return Loss(
            f"jupytext would add a line below the magic %%{magic}",
            "Write a line below it, such as a comment, or remove the cell.",
        )
    return None


def _assignment(text: str) -> Loss | None:
    for number, line in enumerate(text.split("\n"), start=1):
        found = _INDENTED_ASSIGNMENT.match(line)
        if not found:
            continue
        reason = f"jupytext would read line {number} back as a comment: "
        if has_other_language(text):
            return Loss(
                f"{reason}it looks like a command of IPython whose result is assigned",
                "Write the value in another way, for example in brackets.",
            )
        return Loss(
            f"{reason}a command whose result is assigned inside a block",
            f"Assign it outside, or write {found[1]} = get_ipython().getoutput('...') for a "
            "command of the shell.",
        )
    return None


def _activity(tags: Any, *, is_code: bool) -> Loss | None:
    """Return the loss of the kind of a cell whose tag says in which files it is code."""
    texts = [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []
    tag = next((tag for tag in texts if tag.startswith("active-")), "")
    if not tag or is_code == ("ipynb" in tag.split("-")):
        return None
    kind = "raw" if is_code else "code"
    return Loss(
        f"the tag {tag!r} would make it a {kind} cell", f"Remove the tag, or make it a {kind} cell."
    )


def _metadata(metadata: Mapping[str, Any]) -> Loss | None:
    for key, value in metadata.items():
        fault = _fault_of_key(key, value)
        if fault:
            shown = repr(key)[1:-1]  # in one line
            return Loss(
                f"the metadata key {key!r} {fault}",
                f"Remove the key (in a title: the '='), or add ,-{shown} to cell_metadata_filter "
                "in [tool.jupytext]: the notebook alone keeps it then.",
            )
    return None


def _fault_of_key(key: str, value: Any) -> str:
    if not _KEY.fullmatch(key):
        return "cannot be written"
    if key in _TAKEN:
        return "has another meaning in a cell marker"
    return "has no value" if value is None else ""
