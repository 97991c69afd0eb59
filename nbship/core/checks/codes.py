"""What check finds: a place, a short code that stays the same, a message and a way out."""

from collections.abc import Mapping
from dataclasses import dataclass

from nbship.diagnostics import Diagnostic, Place
from nbship.errors import NbshipError

_REACH = 50  # lines behind its key in which a value is looked for


@dataclass(frozen=True, slots=True)
class Rule:
    """What a code means.

    What a build, a smoke or the next check refuses as well cannot be allowed by a comment.
    """

    what: str
    way_out: str
    can_allow: bool = False


# docs/checks.md shows this table; a test holds the two together.
RULES: Mapping[str, Rule] = {
    "conflict-marker": Rule(
        "git left both sides of a merge in the file; nothing else of it is checked",
        "choose a side, and delete the lines with `<<<<<<<`, `=======` and `>>>>>>>`",
        can_allow=True,
    ),
    "encoding": Rule(
        "the file is not UTF-8, or too large for a source", "save it as UTF-8; move data out"
    ),
    "cells": Rule(
        "a line has not one clear reading as a cell's marker or text",
        "the hint says what to write instead",
    ),
    "accidental-command": Rule(
        "a comment that is something else in what is shipped: jupytext takes `# copy the weights` "
        "for a command, which would run; in a script, `# !pip install x` does not",
        "the hint shows how to write the command, and how the comment",
    ),
    "not-python": Rule(
        "a code cell, or a module that a notebook reaches, is not Python", "mend it"
    ),
    "shadowed-module": Rule(
        "a module has the name of one of Python's own, which wins in a kernel", "rename it"
    ),
    "imported-notebook": Rule(
        "a notebook is imported; only modules can be",
        "move what is shared into a `.py` without `# %%` lines",
    ),
    "header-syntax": Rule(
        "the script block is not closed, not TOML, stands twice or not in the first cell, or a "
        "YAML header cannot be read",
        "the hint says what to write instead",
    ),
    "header-unknown-key": Rule("a key that nobody reads", "write the nearest known one"),
    "header-value": Rule(
        "a key's value has the wrong type, or contradicts another one's", "mend it"
    ),
    "header-missing-key": Rule("`id` or `title` is missing", "add it"),
    "id-form": Rule("the `id` is not `owner/slug`, or the slug is too short", "mend it"),
    "title-length": Rule("Kaggle takes titles of 5 to 50 characters", "another title"),
    "title-slug": Rule("the title does not slugify to the id", "change the title, not the id"),
    "requirement": Rule("a dependency that pip would not understand", "mend it"),
    "source-prefix": Rule(
        "a source has a prefix such as `datasets/`, `code/`, `c/` or `models/`, or is an address",
        "take it off; the hint shows the right form",
    ),
    "source-form": Rule("a source is not of its list's form", "write it as the message shows"),
    "duplicate-id": Rule(
        "two notebooks have one `id`: each push would overwrite the other's kernel",
        "give the newer one an id and a title of its own",
    ),
    "duplicate-name": Rule(
        "two sources differ in their extension only, and a name is a folder in `build/`",
        "rename one of them",
    ),
    "file-name": Rule("an R source ends in `.r`", "rename it to `.R`"),
    "folder-clash": Rule("an artifact's folder would lie inside another one's", "rename a source"),
    "unknown-parameter": Rule(
        "`smoke.parameters` has a name that the cell tagged `parameters` does not assign",
        "assign it there, or take it out",
    ),
    "id-changed": Rule(
        "the `id` differs from the one in the last commit: Kaggle would make another kernel, and "
        "the old one keeps its versions and its outputs",
        "put the old id back; allow it once where another kernel is what you want",
        can_allow=True,
    ),
    "accelerator-unknown": Rule(
        "a `machine_shape` that is not in Kaggle's list; Kaggle would choose one in silence",
        "write a known one; allow it where Kaggle has a newer one",
        can_allow=True,
    ),
    "accelerator-retired": Rule(
        "Kaggle has retired this `machine_shape` and runs something else in its place",
        "write the one that the hint names",
        can_allow=True,
    ),
    "internet-in-competition": Rule(
        "`competition_sources` with `enable_internet = true`: a code competition takes no "
        "submission from such a notebook",
        "switch it off; allow it where the competition is no code competition",
        can_allow=True,
    ),
    "undeclared-input": Rule(
        "a path below `/kaggle/input` that no declared source provides, in the old or new layout",
        "add the source to the header, or mend the path",
        can_allow=True,
    ),
    "secret": Rule(
        "what looks like a token or a key; it is never printed",
        "revoke it, and use Kaggle's secrets or an environment variable; allow a made-up one",
        can_allow=True,
    ),
    "committed-outputs": Rule(
        "a `.ipynb` in git's index has outputs",
        "strip it with nbstripout and add it again; a cell tagged `keep_output` may keep its own",
    ),
    "unused-allow": Rule("an allow comment that allows nothing", "take it out"),
}


def finding_of(error: NbshipError, code: str, text: str = "") -> Diagnostic:
    """Turn what a reader refused into a finding; ``code`` serves where the error has none.

    ``text`` is the file's, in which the line and column of what is wrong are looked for.
    """
    found = error.diagnostic
    place = _exact(found.place, found.near, text)
    return Diagnostic(place, found.code or code, found.message, found.hints)


def _exact(place: Place, near: str, text: str) -> Place:
    """Return the place with a line and a column: of ``near``, or of the line's first word."""
    first = place.line or 1
    if place.column is not None:
        return place
    lines = text.split("\n")[first - 1 :]
    for number, line in enumerate(lines[:_REACH] if near else ()):
        at = line.find(near)
        if at >= 0:
            return Place(place.path, first + number, at + 1)
    line = lines[0] if lines else ""
    return Place(place.path, first, len(line) - len(line.lstrip("# \t")) + 1 if line.strip() else 1)
