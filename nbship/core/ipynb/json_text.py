"""The JSON of an .ipynb: bytes to values, and values to the text that Jupyter writes."""

import json
import re
from typing import Any

from nbship.diagnostics import Place
from nbship.errors import SourceError

OUTPUT_KEY = "output_type"  # which every output of a cell has, and nothing else
_DEEPEST = 100  # levels; programs that read notebooks recurse, and give up far below 1,000
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_HALVES = re.compile("[\ud800-\udfff]")
_MOVE = "Move the file elsewhere: a sync makes it again if it has a source."


def is_blank(data: bytes) -> bool:
    """Return whether a file has no content: as programs leave it that only reserve a name."""
    return not data.removeprefix(_BYTE_ORDER_MARK).strip()


def has_byte_order_mark(data: bytes) -> bool:
    """Return whether a file begins with a byte order mark, which Jupyter does not accept."""
    return data.startswith(_BYTE_ORDER_MARK)


def parse_json(path: str, data: bytes) -> dict[str, Any]:
    """Return the object in an .ipynb.

    Raises:
        SourceError: the file is not UTF-8, not JSON, ambiguous or nested too deeply.
    """
    place = Place(path)
    try:
        content = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_without_duplicates)
    except UnicodeDecodeError:
        raise SourceError("not UTF-8", place=place, hint="Save it as UTF-8.") from None
    except json.JSONDecodeError as error:
        is_conflict = re.search(rb"^(?:<{7}|>{7}) ", data, re.MULTILINE)
        raise SourceError(
            f"not a notebook: {error.msg}",
            place=Place(path, error.lineno, error.colno),
            hint="Resolve the merge conflict in it." if is_conflict else _MOVE,
        ) from None
    except RecursionError:
        raise _too_deep(place) from None
    except ValueError as error:  # a key that occurs twice, or a number of too many digits
        raise SourceError(f"not a notebook: {error}", place=place, hint=_MOVE) from None
    if _depth(content) > _DEEPEST:
        raise _too_deep(place)
    if not isinstance(content, dict):
        raise SourceError("not a notebook: it is not a JSON object", place=place, hint=_MOVE)
    return content


def render_json(content: Any) -> str:
    """Return the text of a notebook as Jupyter writes it.

    Half of a surrogate pair, which UTF-8 cannot hold, is written as an escape.
    """
    text = json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True, separators=(",", ": "))
    return _HALVES.sub(lambda match: f"\\u{ord(match[0]):04x}", text) + "\n"


def half_of_a_pair(text: str) -> int | None:
    """Return the line, from 1, with half of a surrogate pair, or None if a text has none."""
    found = _HALVES.search(text)
    return None if found is None else text.count("\n", 0, found.start()) + 1


def without_halves(value: Any) -> Any:
    """Return a JSON value with U+FFFD for each half of a surrogate pair."""
    if isinstance(value, str):
        return _HALVES.sub("\ufffd", value)
    if isinstance(value, list):
        return [without_halves(item) for item in value]
    if isinstance(value, dict):
        return {without_halves(key): without_halves(item) for key, item in value.items()}
    return value


def _too_deep(place: Place) -> SourceError:
    return SourceError(
        f"not a notebook: nested more than {_DEEPEST} levels deep", place=place, hint=_MOVE
    )


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key!r} occurs twice")
        found[key] = value
    return found


def _depth(content: Any) -> int:
    """Return how many lists and objects a value is nested in, at most one above the limit."""
    level, depth = [content], 0
    while level and depth <= _DEEPEST:
        level = [
            item
            for value in level
            if isinstance(value, list | dict)
            for item in (value.values() if isinstance(value, dict) else value)
        ]
        depth += 1
    return depth
