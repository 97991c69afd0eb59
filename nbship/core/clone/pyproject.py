"""pyproject.toml with the tables that a workspace needs; what is there stays as it is."""

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from nbship.config import PYPROJECT
from nbship.core.clone import jupytext_config
from nbship.diagnostics import Place
from nbship.errors import WorkspaceError
from nbship.model.jupytext_options import jupytext_options
from nbship.model.layout import Layout


def with_tables(text: str, layout: Layout) -> str:
    """Return pyproject.toml with ``[tool.nbship]`` and ``[tool.jupytext]``.

    A missing table is added at the end, with the folders that are not the usual ones. Of a table
    that is there, only missing keys of jupytext are added.

    Raises:
        WorkspaceError: the text is not TOML, or no table can be added to it.
    """
    tool = _tool(text, "not TOML")
    if "nbship" not in tool:
        text = _appended(text, _own_table(layout))
    if "jupytext" not in tool:
        return _appended(text, jupytext_config.table(layout))
    return _with_missing_keys(text, tool["jupytext"], jupytext_options(layout))


def _own_table(layout: Layout) -> str:
    usual = Layout()
    keys = [
        f'{field.name} = "{value}"'
        for field in fields(Layout)
        if (value := getattr(layout, field.name)) != getattr(usual, field.name)
    ]
    return "\n".join(["[tool.nbship]", *keys, ""])


def _with_missing_keys(text: str, table: Any, wanted: Mapping[str, str]) -> str:
    missing = [key for key in wanted if isinstance(table, dict) and key not in table]
    if not missing:
        return text
    import tomlkit  # keeps comments and the order of keys

    document: Any = tomlkit.parse(text)
    for key in missing:
        document["tool"]["jupytext"][key] = wanted[key]
    return tomlkit.dumps(document)


def _appended(text: str, table: str) -> str:
    """Return the text with a table at its end."""
    end = "\r\n" if "\r\n" in text else "\n"
    gap = end if text.strip() else ""
    whole = text if not text or text.endswith("\n") else text + end
    whole += gap + table.replace("\n", end)
    _tool(whole, f"no place for {table.partition(end)[0].strip()}")
    return whole


def _tool(text: str, fault: str) -> dict[str, Any]:
    try:
        tool = tomllib.loads(text).get("tool", {})
    except tomllib.TOMLDecodeError as error:
        raise WorkspaceError(f"{fault}: {error}", place=Place(PYPROJECT)) from None
    if not isinstance(tool, dict):
        raise WorkspaceError("tool must be a table", place=Place(PYPROJECT))
    return tool
