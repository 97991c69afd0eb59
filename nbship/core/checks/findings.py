"""Findings with an exact place: the line and column of the text that is wrong."""

from dataclasses import replace
from functools import lru_cache

from nbship.core.metadata.script_block import read_header
from nbship.diagnostics import Diagnostic, Place
from nbship.errors import NbshipError
from nbship.model.workspace import Source

_REACH = 50  # lines from its key on in which a value is searched


def finding_of(error: NbshipError, code: str, text: str = "") -> Diagnostic:
    """Return the finding for an error of a reader; ``code`` is used where the error has none.

    ``text`` is that of the whole file: the line and column of the mistake are searched in it.
    """
    found = error.diagnostic
    place = _exact(found.place, found.near, text)
    return Diagnostic(place, found.code or code, found.message, found.hints)


def at_key(source: Source, key: str, finding: Diagnostic) -> Diagnostic:
    """Return the finding with the place of a key of the header, as ``tool.nbship.kaggle.id``.

    The column is that of ``finding.near``. The header must be one that can be read.
    """
    table, _, name = key.rpartition(".")
    return placed(replace(finding, place=read_header(source).place(table, name)), source.text)


def placed(finding: Diagnostic, text: str) -> Diagnostic:
    """Return the finding with the column of ``finding.near``, searched from its line on."""
    return replace(finding, place=_exact(finding.place, finding.near, text), near="")


@lru_cache(maxsize=2)  # one file has many findings
def _lines_of(text: str) -> tuple[str, ...]:
    return tuple(text.split("\n"))


def _exact(place: Place, near: str, text: str) -> Place:
    """Return the place with a line and a column: of ``near``, or of the line's first word."""
    first = place.line or 1
    if place.column is not None:
        return place
    lines = _lines_of(text)[first - 1 : first - 1 + _REACH]
    for number, line in enumerate(lines if near else ()):
        at = line.find(near)
        if at >= 0:
            return Place(place.path, first + number, at + 1)
    line = lines[0] if lines else ""
    return Place(place.path, first, len(line) - len(line.lstrip("# \t")) + 1 if line.strip() else 1)
