"""The marker line that begins a cell: the cell's kind, title and tags."""

import ast
import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbship.diagnostics import Place
from nbship.errors import SourceError
from nbship.model.workspace import CellKind, Source

# jupytext's two forms of a marker; the second one includes the markers of other programs.
MARKER = re.compile(r"\s*#\s*%%(%*\s.*)$")
BARE_MARKER = re.compile(r"\s*#\s*(?:%%|<codecell>|In\[[0-9 ]*\]:?)\s*$")
_KINDS: dict[str, CellKind] = {"[markdown]": "markdown", "[raw]": "raw", "[md]": "markdown"}
_TAGS = re.compile(r"\btags\s*=\s*(\[.*?\])")
_NAMES_TAGS = re.compile(r"\btags\s*=")
_NAMES_TAGS_IN_JSON = re.compile(r"[\"']tags[\"']\s*:")
# What says in which files a cell is active, and its language.
_MAY_BE_INACTIVE = re.compile(r"active|language|frozen")
_ACTIVE_TAG = "active-"
_ACTIVE = re.compile(r"\bactive\s*=\s*[\"']([^\"']*)")
_LANGUAGE = re.compile(r"\blanguage\s*=\s*[\"']?([^\"'\s]+)")
_FROZEN = re.compile(r"\brun_control\s*=\s*\{[^}]*[\"']frozen[\"']\s*:\s*[tT]rue\b")
_SHOWN = 80  # characters of a marker in a message
_LONGEST_MARKER = 2_000  # characters
_MOST_BRACKETS = 200  # in a marker


def options_of(line: str) -> str:
    """Return what follows ``# %%`` in a marker, or an empty string if the line is not a marker."""
    match = MARKER.match(line)
    return match[1].strip() if match else ""


def kind_of(options: str) -> CellKind:
    """Return the kind of the cell that a marker with these options begins."""
    title = _title(options)
    return next((kind for word, kind in _KINDS.items() if word in title), "code")


def _title(options: str) -> str:
    """Return the text before the first key of a marker, as jupytext divides it."""
    equal, brace = options.find("="), options.find("{")
    if brace >= 0 and not 0 <= equal < brace:
        return options[:brace]
    return options if equal < 0 else options[:equal].rstrip(" ").rpartition(" ")[0]


def tags_of(source: Source, at: int, options: str) -> tuple[str, ...]:
    """Return the tags in a marker's options; jupytext reads the other metadata.

    ``at`` is the index of the line, from 0.

    Raises:
        SourceError: the tags cannot be read, or the marker is too long; names the line.
    """
    is_too_deep = options.count("[") + options.count("{") > _MOST_BRACKETS
    if is_too_deep or len(options) > _LONGEST_MARKER:
        raise _unreadable(source, at, "metadata", options)
    is_json = _is_json(options)
    if not (_NAMES_TAGS_IN_JSON if is_json else _NAMES_TAGS).search(options):
        return ()
    try:
        tags = _value_of_tags(options, is_json=is_json)
        if isinstance(tags, list) and all(isinstance(tag, str) for tag in tags):
            return tuple(tags)
    except (ValueError, SyntaxError, KeyError):
        pass
    raise _unreadable(source, at, "tags", options)


def _is_json(options: str) -> bool:
    """Return whether the metadata are one JSON object; a brace after a key belongs to its value."""
    brace, equals = options.find("{"), options.find("=")
    return brace >= 0 and (equals < 0 or brace < equals)


def _value_of_tags(options: str, *, is_json: bool) -> object:
    if is_json:
        return json.loads(options[options.find("{") :])["tags"]
    found = _TAGS.search(options)
    return None if found is None else ast.literal_eval(found[1])


def _unreadable(source: Source, at: int, what: str, options: str) -> SourceError:
    return SourceError(
        f"the {what} in this cell's marker cannot be read: {options[:_SHOWN]}",
        place=Place(source.path, at + 1),
        hint='Write them like this: # %% tags=["parameters"]',
    )


@dataclass(frozen=True, slots=True)
class Activity:
    """In which files a cell is code, and in which language, by jupytext's rules.

    jupytext comments a cell out in a file where it is not active: a frozen cell, a cell with
    ``active="ipynb"`` or a tag such as ``active-py``, and a cell in another language.
    """

    in_source: bool
    in_notebook: bool
    language: str  # that the marker names, if it is not the file's own; else ""
    may_be_bare: bool = False  # a line of another language may lack its comment sign


def activity_of(path: str, options: str, tags: Sequence[str]) -> Activity:
    """Return where a code cell with these options and tags in its marker is active."""
    if not _MAY_BE_INACTIVE.search(options):
        return Activity(in_source=True, in_notebook=True, language="")
    has_tag = any(tag.startswith(_ACTIVE_TAG) for tag in tags)
    metadata = _json_of(options)
    suffix = path.rpartition(".")[2]
    extensions = _extensions(options, tags, metadata)
    # jupytext reads active="" as a raw cell whose text is not commented out.
    in_source = extensions is None or suffix in extensions or list(extensions) == [""]
    in_notebook = extensions is None or "ipynb" in extensions
    language = str(metadata.get("language") or _value(_LANGUAGE, options))
    if language.lower() == {"py": "python", "R": "r", "r": "r"}.get(suffix):
        language = ""
    is_named = "active" in metadata or _ACTIVE.search(options) or (has_tag and not in_notebook)
    is_elsewhere = language != "" and not is_named
    return Activity(
        in_source and not is_elsewhere,
        in_notebook,
        language,
        may_be_bare=has_tag and in_source and is_elsewhere,
    )


def _extensions(
    options: str, tags: Sequence[str], metadata: Mapping[str, Any]
) -> Collection[str] | None:
    """Return the file extensions in which a cell is active, or None for all."""
    run_control = metadata.get("run_control")
    is_frozen = isinstance(run_control, dict) and run_control.get("frozen") is True
    if is_frozen or _FROZEN.search(options):
        return ("ipynb",)
    active_tag = next((tag for tag in tags if tag.startswith(_ACTIVE_TAG)), None)
    if active_tag is not None:
        return active_tag.split("-")
    if "active" in metadata:
        return re.split(r"[.,]", str(metadata["active"]))
    found = _ACTIVE.search(options)
    return None if found is None else re.split(r"[.,]", found[1])


def _json_of(options: str) -> Mapping[str, Any]:
    """Return the metadata of a marker that are one JSON object; none if they have another form."""
    if not _is_json(options):
        return {}
    try:
        metadata = json.loads(options[options.find("{") :])
    except (ValueError, RecursionError):
        return {}
    return metadata if isinstance(metadata, dict) else {}


def _value(pattern: re.Pattern[str], options: str) -> str:
    found = pattern.search(options)
    return found[1] if found else ""
