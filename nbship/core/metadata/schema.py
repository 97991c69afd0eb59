"""The check of each key of the header and the value that it means, from model/spec.py.

What Kaggle's own ``kernel-metadata.json`` has is taken as Kaggle takes it: true and false in
quotes, capitals in an id, an empty entry in a list.
"""

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from nbship.core.metadata.data_sources import Violation, check_item, kernel_id
from nbship.model.spec import Key, KeyType, keys_of

LARGEST_ID = 2**63 - 1
LONGEST_TIMEOUT = 7 * 24 * 3600  # seconds; inf and nan are numbers to TOML
Check = Callable[[Any], Violation | str | None]  # a value's fault, or None
_FLAGS = {"true": True, "false": False}  # as Kaggle's templates write them, in any case


def _typed(words: str, *types: type) -> Callable[[Any], str | None]:
    """Return a check that a value has one of these types; a bool does not pass as an int."""

    def check(value: object) -> str | None:
        is_right = isinstance(value, types) and not isinstance(value, bool)
        return None if is_right else f"must be {words}, not {show(value)}"

    return check


def _one_of(key: Key) -> Check:
    def check(value: object) -> str | None:
        if isinstance(value, str) and (value in key.values or value in key.also):
            return None
        return f"must be one of {', '.join(map(repr, key.values))}, not {show(value)}"

    return check


def _list(key: Key) -> Check:
    def check(value: object) -> Violation | str | None:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            return f"must be a list of strings, not {show(value)}"
        faults = (check_item(key, item) for item in value)
        return next(filter(None, faults), None)

    return check


def _flag(value: object) -> str | None:
    return None if _as_flag(value) is not None else f"must be true or false, not {show(value)}"


def _as_flag(value: object) -> bool | None:
    return _FLAGS.get(value.lower()) if isinstance(value, str) else _as_bool(value)


def _as_bool(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _number(value: Any) -> str | None:
    fault = "must be the number that Kaggle gave the kernel"
    return _INT(value) or (None if 0 < value <= LARGEST_ID else fault)


def _parameters(value: object) -> str | None:
    if not isinstance(value, dict):
        return f"must be a table such as {{ EPOCHS = 1 }}, not {show(value)}"
    try:
        json.dumps(value)
    except (TypeError, ValueError):  # a date, or a number that is too long to print
        return "must be text, numbers, true or false, or lists and tables of them"
    return None


def _reason(value: object) -> str | None:
    is_reason = isinstance(value, str) and value.isprintable() and value.strip()
    return None if is_reason else f"must say why, in one line of text, not {show(value)}"


def _texts(value: object) -> str | None:
    is_right = isinstance(value, dict) and all(isinstance(text, str) for text in value.values())
    return None if is_right else f'must be a table such as {{ NAME = "text" }}, not {show(value)}'


def show(value: object) -> str:
    """Return a value in JSON's form, which is also TOML's for most values, for a message."""
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except ValueError:  # Python prints no integer of more than 4300 digits
        return "a number that is too long to print"


_TEXT = _typed("a string in quotes", str)
_INT = _typed("a whole number", int)


@cache
def checks_of(table: type) -> Mapping[str, Check]:
    """Return the check of each key of a table of the header, by the key's name."""
    return {name: _check_of(key) for name, key in keys_of(table).items()}


def meant(table: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that the keys of a table mean; each of them has passed its check."""
    keys = keys_of(table)
    return {name: _MEANT.get(keys[name].type, _itself)(keys[name], values[name])
            for name in values if name in keys}  # fmt: skip


def _itself(_: Key, value: Any) -> Any:
    return value


def _check_of(key: Key) -> Check:
    if key.type == "choice":
        return _one_of(key)
    return _list(key) if key.type == "list" else _CHECKS[key.type]


_CHECKS: Mapping[KeyType, Check] = {
    "kernel id": _TEXT,
    "kernel number": _number,
    "text": _TEXT,
    "flag": _flag,
    "seconds": _typed("a number of seconds", int, float),
    "parameters": _parameters,
    "reason": _reason,
    "texts": _texts,
}
_MEANT: Mapping[KeyType, Callable[[Key, Any], Any]] = {
    "kernel id": lambda _, value: kernel_id(value),
    "flag": lambda _, value: _as_flag(value),
    "choice": lambda key, value: key.also.get(value, value),
    "list": lambda _, value: tuple(filter(None, value)),
}
