"""The change of settings in a header: comments, order and all other lines stay as they are."""

import copy
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from nbship.core.drift.conflicts import Triple
from nbship.core.drift.settings import Edit, header_keys
from nbship.core.metadata.script_block import end_of_table
from nbship.diagnostics import Place
from nbship.errors import SourceError

_OPEN, _CLOSE = "# /// script", "# ///"
_COMMENT = re.compile(r"#.*")
_ENTRY = re.compile(r"\s*[\"']([^\"']*)[\"']")
_TABLE = ("tool", "nbship", "kaggle")


def changed_header(path: str, text: str, edits: Sequence[Edit]) -> str | Triple:
    """Return a header cell after edits on the service; a triple of texts if some are in conflict.

    ``text`` are the lines of our header cell. The three texts of a triple differ in the keys that
    are in conflict, and in nothing else, so that git writes its markers around them.

    Raises:
        SourceError: the header has a form in which the keys cannot be changed; names it.
    """
    certain = [edit for edit in edits if not edit.is_conflict]
    clean = with_values(path, text, _keys((edit, edit.theirs) for edit in certain))
    disputed = [edit for edit in edits if edit.is_conflict]
    if not disputed:
        return clean
    base, theirs = (
        with_values(path, clean, _keys((edit, getattr(edit, side)) for edit in disputed))
        for side in ("base", "theirs")
    )
    return Triple(clean, base, theirs)


def _keys(values: Iterable[tuple[Edit, Any]]) -> dict[str, Any]:
    return {key: value for edit, found in values for key, value in header_keys(edit, found)}


def with_values(path: str, text: str, keys: Mapping[str, Any]) -> str:
    """Return a header cell, or a whole source, whose kernel has these values, None for no key.

    Raises:
        SourceError: the header has a form in which the keys cannot be changed; names it.
    """
    if not keys:
        return text
    lines = text.split("\n")
    first = next(at for at, line in enumerate(lines) if line.rstrip() == _OPEN) + 1
    end = next(at for at in range(first, len(lines)) if lines[at].rstrip() == _CLOSE)
    inner = lines[first:end]
    old = "".join(f"{line[2:]}\n" for line in inner)
    new = _edited(old, keys)
    if not _is_proved(old, new, keys):
        named = ", ".join(keys)
        raise SourceError(
            f"the header has a form in which {named} cannot be changed without a loss",
            place=Place(path),
            hint="Change it by hand: 'nbship diff' shows the values on the service.",
        )
    return "\n".join([*lines[:first], *_commented(inner, new), *lines[end:]])


def _commented(old: Sequence[str], new: str) -> Iterator[str]:
    """Yield the new text as comments; a line that was there stays, also a blank one with blanks."""
    made = new.removesuffix("\n").split("\n")
    matcher = SequenceMatcher(a=[line[2:] for line in old], b=made)
    for operation, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if operation == "equal":
            yield from old[old_from:old_to]
        else:
            yield from (f"# {line}" for line in made[new_from:new_to])


def _edited(text: str, keys: Mapping[str, Any]) -> str:
    import tomlkit  # takes 20 ms, and few commands write a header

    document = tomlkit.parse(text)
    table: Any = document
    for name in _TABLE:
        table = table[name]
    added = {key: value for key, value in keys.items() if value is not None and key not in table}
    lines = text.split("\n")
    end = end_of_table(lines, _TABLE)
    for key, value in keys.items():
        if value is None and key in table:
            table.remove(key)
        elif isinstance(table.get(key), list):
            _change_list(table[key], value)
        elif key in table or (key in added and end is None):
            table[key] = value
    whole: str = tomlkit.dumps(document)
    if not added or end is None:
        return whole
    lines = whole.split("\n")
    end = end_of_table(lines, _TABLE)
    made = [f"{key} = {tomlkit.item(value).as_string()}" for key, value in added.items()]
    return "\n".join([*lines[:end], *made, *lines[end:]])


def _change_list(array: Any, value: Sequence[str]) -> None:
    """Give an array these entries; those that it has stay where they are, with their comments."""
    for entry in [entry for entry in array if entry not in value]:
        array.remove(entry)
    for entry in value:
        if entry not in array:
            array.append(entry)


def _is_proved(old: str, new: str, keys: Mapping[str, Any]) -> bool:
    """Return whether the new text has exactly the new values, and all lines that have no key."""
    try:
        found = tomllib.loads(new)
    except tomllib.TOMLDecodeError:
        return False
    expected = copy.deepcopy(tomllib.loads(old))
    table = expected
    for name in _TABLE:
        table = table[name]
    for key, value in keys.items():
        table.pop(key, None)
        if value is not None:
            table[key] = value
    return _sorted(found) == _sorted(expected) and not _lost_comments(old, new, keys)


def _lost_comments(old: str, new: str, keys: Mapping[str, Any]) -> bool:
    """Return whether a comment is lost that is not in the line of what was removed."""
    there = Counter(_COMMENT.findall(new))
    lost = Counter(_COMMENT.findall(old)) - there
    removed = [key for key, value in keys.items() if value is None]
    kept = {entry for value in keys.values() if isinstance(value, list) for entry in value}

    def goes(line: str) -> bool:
        entry = _ENTRY.match(line)
        return (entry is not None and entry[1] not in kept) or line.lstrip().startswith(
            tuple(f"{key} " for key in removed)
        )

    lines = [line for line in old.split("\n") if lost.keys() & set(_COMMENT.findall(line))]
    return not all(map(goes, lines))


def _sorted(tables: Any) -> Any:
    """Return tables in which the order of the entries of a list of texts means nothing."""
    if isinstance(tables, dict):
        return {key: _sorted(value) for key, value in tables.items()}
    is_texts = isinstance(tables, list) and all(isinstance(each, str) for each in tables)
    return sorted(tables) if is_texts else tables
