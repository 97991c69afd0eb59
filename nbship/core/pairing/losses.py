"""The reasons why percent text cannot hold a cell: one function for each kind of loss."""

import re
from collections.abc import Mapping
from typing import Any

from nbship.core.source.jupytext_api import UNREAD
from nbship.model.layout import NOTEBOOKS

_LINE_ENDS = re.compile("[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_MARKER = re.compile(r"^\s*#\s*(?:%%(?:[\s%]|$)|<codecell>\s*$|In\[[0-9 ]*\]:?\s*$)")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})", re.MULTILINE)
_KEY = re.compile(r"[a-zA-Z0-9_./@-]+")
_QUOTES = ('"""', "'''")
# Keys that have another meaning in the marker of a cell.
_TAKEN = frozenset({
    "active", "cell_depth", "cell_type", "language", "magic_args", "region_name", "title", UNREAD,
})  # fmt: skip

Cell = Mapping[str, Any]


def unsupported_reason(cell: Cell, number: int) -> str:
    """Return what percent text would lose of a cell; empty if it is none of the known losses.

    ``number`` is the index of the cell in the notebook, from 0.
    """
    checks = (_line_end, _carriage_return, _yaml, _marker, _fence, _quotes, _metadata)
    return next((reason for check in checks if (reason := check(cell, number))), "")


def advice_on(cell: Cell, number: int) -> str:
    """Return what to do about a cell that percent text cannot hold."""
    if _yaml(cell, number):
        return (
            "Quarto and nbdev read such a cell: keep their notebooks outside "
            f"{NOTEBOOKS}/, or move the cell below another one."
        )
    return "Change that cell."


def _line_end(cell: Cell, _: int) -> str:
    found = _LINE_ENDS.search(cell["source"])
    if not found:
        return ""
    line = cell["source"].count("\n", 0, found.start()) + 1
    return f"line {line} contains U+{ord(found[0]):04X}, where jupytext would break the line"


def _carriage_return(cell: Cell, _: int) -> str:
    at = cell["source"].find("\r")
    if at < 0:
        return ""
    line = cell["source"].count("\n", 0, at) + 1
    return f"line {line} contains a carriage return (\\r), which would become a line end"


def _yaml(cell: Cell, number: int) -> str:
    lines = cell["source"].strip("\n\t ").splitlines()
    is_opened = number == 0 and len(lines) > 1 and lines[0].startswith("---")
    if not (is_opened and lines[-1].startswith("---")):
        return ""
    return "a first cell between two '---' lines would become the YAML header of the file"


def _marker(cell: Cell, _: int) -> str:
    if cell["cell_type"] != "code":
        lines = [f"# {line}" for line in cell["source"].split("\n")]
    else:
        lines = cell["source"].split("\n")
    at = next((at for at, line in enumerate(lines, start=1) if _MARKER.match(line)), None)
    return f"line {at} would become the marker of a new cell" if at else ""


def _fence(cell: Cell, _: int) -> str:
    if cell["cell_type"] == "code" or len(_FENCE.findall(cell["source"])) % 2 == 0:
        return ""
    return "a ``` fence is not closed and would include the next cell"


def _quotes(cell: Cell, _: int) -> str:
    text = cell["source"]
    if cell["cell_type"] == "code" and any(text.count(quote) % 2 for quote in _QUOTES):
        return "a string in triple quotes is not closed and would include the next cell"
    return ""


def _metadata(cell: Cell, _: int) -> str:
    for key, value in cell["metadata"].items():
        if not _KEY.fullmatch(key):
            return f"the metadata key {key!r} cannot be written"
        if key in _TAKEN:
            return f"the metadata key {key!r} has another meaning in a cell marker"
        if value is None:
            return f"the metadata key {key!r} has no value"
    return ""
