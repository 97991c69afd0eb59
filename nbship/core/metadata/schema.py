"""The value checks of the header's keys, made from the keys' types in model/spec.py."""

import json
from collections.abc import Callable, Collection, Mapping
from functools import cache
from typing import Any

from nbship.core.metadata.data_sources import Violation, check_source
from nbship.model.spec import Key, KeyType, keys_of

LARGEST_ID = 2**63 - 1
LONGEST_TIMEOUT = 7 * 24 * 3600  # seconds; inf and nan are numbers to TOML
Check = Callable[[Any], Violation | str | None]  # a value's fault, or None


def _typed(words: str, *types: type) -> Callable[[Any], str | None]:
    """Return a check that a value has one of these types; a bool does not pass as an int."""

    def check(value: object) -> str | None:
        is_right = isinstance(value, types) and (bool in types or not isinstance(value, bool))
        return None if is_right else f"must be {words}, not {show(value)}"

    return check


def _one_of(*allowed: str) -> Check:
    def check(value: object) -> str | None:
        if value in allowed:
            return None
        return f"must be one of {', '.join(map(repr, allowed))}, not {show(value)}"

    return check


def _sources(key: str, form: str, parts: Collection[int]) -> Check:
    def check(value: object) -> Violation | str | None:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            return f"must be a list of strings, not {show(value)}"
        faults = (check_source(key, item, form, parts) for item in value)
        return next(filter(None, faults), None)

    return check


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


def show(value: object) -> str:
    """Return a value in JSON's form, which is also TOML's for most values, for a message."""
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except ValueError:  # Python prints no integer of more than 4300 digits
        return "a number that is too long to print"


_TEXT = _typed("a string in quotes", str)
_BOOL = _typed("true or false", bool)
_INT = _typed("a whole number", int)


@cache
def checks_of(table: type) -> Mapping[str, Check]:
    """Return the check of each key of a table of the header, by the key's name."""
    return {name: _check_of(name, key) for name, key in keys_of(table).items()}


def _check_of(name: str, key: Key) -> Check:
    if key.type == "choice":
        return _one_of(*key.values)
    if key.type == "list":
        return _sources(name, key.form, key.parts)
    return _CHECKS[key.type]


_CHECKS: Mapping[KeyType, Check] = {
    "text": _TEXT,
    "flag": _BOOL,
    "kernel number": _number,
    "seconds": _typed("a number of seconds", int, float),
    "parameters": _parameters,
}
