"""The JSON Schema of ``[tool.nbship]`` in a header, for editors.

It is made from the keys in model/spec.py. It accepts all that the build accepts; the build also
checks what a schema cannot say, such as a title that slugifies to the id.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import Any

from nbship.core.metadata.schema import LARGEST_ID, LONGEST_TIMEOUT
from nbship.core.metadata.titles import TITLE_LENGTHS
from nbship.core.metadata.validate import SET_BY_BUILD
from nbship.model.spec import TABLES, Key, KeyType, keys_of

_DRAFT = "http://json-schema.org/draft-07/schema#"  # the one that SchemaStore asks for


def render_schema() -> str:
    """Return the text of header.schema.json."""
    tables = {name: _table(table) for name, table in TABLES.items()}
    schema = {
        "$schema": _DRAFT,
        "title": "nbship: [tool.nbship] of a notebook's header",
        "type": "object",
        "properties": tables,
        "additionalProperties": False,
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _table(table: type) -> dict[str, Any]:
    required = [
        item.name
        for item in fields(table)
        if item.default is MISSING and item.default_factory is MISSING
    ]
    properties = {name: _key(name, key) for name, key in keys_of(table).items()}
    if TABLES[SET_BY_BUILD[0]] is table:
        properties[SET_BY_BUILD[1]] = {"description": "The build sets it: leave it out."}
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        **({"required": required} if required else {}),
    }


def _key(name: str, key: Key) -> dict[str, Any]:
    schema = {"description": key.help, **_TYPES[key.type](key)}
    if name == "title":
        schema |= dict(zip(("minLength", "maxLength"), TITLE_LENGTHS, strict=True))
    return schema


def _list(key: Key) -> dict[str, Any]:
    items: dict[str, Any] = {"type": "string", "description": key.form}
    if key.parts:  # an empty entry is left out by the build
        counts = "|".join(rf"[^/]+(?:/[^/]+){{{parts - 1}}}" for parts in key.parts)
        items["pattern"] = f"^(?:|{counts})$"
    return {"type": "array", "items": items}


_FLAG = {  # a pull of old writes them in quotes, in any case
    "anyOf": [
        {"type": "boolean"},
        {"type": "string", "pattern": "^(?:[Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee])$"},
    ]
}


_TYPES: Mapping[KeyType, Callable[[Key], dict[str, Any]]] = {
    "kernel id": lambda _: {"type": "string"},
    "text": lambda _: {"type": "string"},
    "flag": lambda _: dict(_FLAG),
    "kernel number": lambda _: {"type": "integer", "minimum": 1, "maximum": LARGEST_ID},
    "seconds": lambda _: {
        "type": "number",
        "exclusiveMinimum": 0,
        "maximum": LONGEST_TIMEOUT,
    },
    "choice": lambda key: {"enum": [*key.values, *key.also]},
    "list": _list,
    "parameters": lambda _: {"type": "object"},
    "texts": lambda _: {"type": "object", "additionalProperties": {"type": "string"}},
    "reason": lambda _: {"type": "string", "pattern": r"\S"},
}
