"""The header cell of a notebook as text: its tables as inline script metadata.

``nbship.core.metadata.script_block`` reads what this module writes.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from nbship.model.spec import TABLES

_WIDTH = 92  # characters of TOML in a line; a longer list gets a line for each entry


def header_cell(tables: Mapping[str, Any]) -> str:
    """Return the text of a header cell with these tables, without a line end after the last line.

    ``tables`` are those of inline script metadata: ``requires-python``, ``dependencies`` and
    ``tool``. The keys of nbship's own tables are written in the order of the reference.
    """
    lines = _toml(_in_order(tables)).rstrip("\n").split("\n")
    return "\n".join(["# /// script", *(f"# {line}".rstrip() for line in lines), "# ///"])


def ours(**tables: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the tables of a header: nbship's own by name, without those that are None."""
    present = {name: dict(table) for name, table in tables.items() if table is not None}
    return {"tool": {"nbship": present}} if present else {}


def _in_order(tables: Mapping[str, Any]) -> dict[str, Any]:
    given = tables.get("tool", {}).get("nbship", {})
    ordered: dict[str, Any] = {}
    for name, kind in TABLES.items():
        if name in given:
            known = [field.name for field in fields(kind) if field.name in given[name]]
            ordered[name] = {key: given[name][key] for key in known} | dict(given[name])
    others = {name: table for name, table in given.items() if name not in ordered}
    tool = {**tables.get("tool", {})} | ({"nbship": ordered | others} if given else {})
    return {**tables} | ({"tool": tool} if tool else {})


def _toml(tables: Mapping[str, Any]) -> str:
    """Return TOML in which long lists have a line for each entry."""
    import tomlkit  # takes 20 ms, and few commands write a header

    document = tomlkit.document()
    for key, value in tables.items():
        document.add(key, _item(key, value))
    return tomlkit.dumps(document)


def _item(key: str, value: Any) -> Any:
    """Return a value as an item of tomlkit's; dicts become tables."""
    import tomlkit

    if isinstance(value, Mapping):
        table = tomlkit.table(is_super_table=bool(value))  # no line of its own without values
        for name, below in value.items():
            table.add(name, _item(name, below))
        return table
    item = tomlkit.item(value)
    if isinstance(value, list) and len(f"{key} = {item.as_string()}") > _WIDTH:
        return item.multiline(multiline=True)
    return item
