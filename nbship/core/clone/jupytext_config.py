"""``[tool.jupytext]`` of pyproject.toml: with it, JupyterLab pairs and writes files as nbship does.

The keys: https://jupytext.readthedocs.io/en/latest/config.html
"""

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from nbship.model.jupytext_options import FORMATS, JUPYTEXT_OPTIONS, READ_AS, VOLATILE_METADATA
from nbship.model.layout import NOTEBOOKS, SOURCES

TABLE = "\n".join(
    ["[tool.jupytext]", *(f'{key} = "{value}"' for key, value in JUPYTEXT_OPTIONS.items()), ""]
)
# jupytext reads the first of these files that exists, and pyproject.toml only if there is none.
OTHER_FILES = (
    "jupytext", "jupytext.toml", "jupytext.yml", "jupytext.yaml", "jupytext.json",
    ".jupytext", ".jupytext.toml", ".jupytext.yml", ".jupytext.yaml", ".jupytext.json",
    ".jupytext.py",
)  # fmt: skip
_SHOWN = 3  # keys named in a message
_READ_AS = {READ_AS, "py:percent"}
_PAIRED = (
    {f"{SOURCES}///py:percent", f"{SOURCES}///auto:percent"},
    {f"{NOTEBOOKS}///ipynb"},
)


def lacks(text: str) -> tuple[str, ...]:
    """Return a phrase for each fault of the table; an empty tuple if it has none.

    Raises:
        ValueError: the text is not TOML.
    """
    table = _table(text)
    if table is None:
        return (f"[tool.jupytext] is missing: JupyterLab would not pair notebooks with {SOURCES}/",)
    return tuple(_faults(table))


def lines_to_add(text: str) -> tuple[str, ...]:
    """Return the lines for the end of pyproject.toml; empty if it has a table or is not TOML."""
    try:
        is_added = _table(text) is None and _table(f"{text}\n{TABLE}") is not None
    except ValueError:
        return ()
    return ("", *TABLE.splitlines()) if is_added else ()


def _faults(table: Mapping[str, Any]) -> Iterator[str]:
    formats = set(_formats(table.get("formats")))
    if not all(formats & either for either in _PAIRED):
        yield (f'formats is not "{FORMATS}": JupyterLab would pair other files')
    read_as = str(table.get("preferred_jupytext_formats_read") or "")
    if not _READ_AS & {part.strip() for part in read_as.split(",")}:
        yield (
            f'preferred_jupytext_formats_read is not "{READ_AS}": JupyterLab would not open some '
            "sources before their notebooks"
        )
    if table.get("notebook_metadata_filter") != "-all":
        yield (
            'notebook_metadata_filter is not "-all": JupyterLab would write YAML headers into '
            "sources"
        )
    kept = _kept_by(table.get("cell_metadata_filter"))
    if kept:
        shown = ", ".join(kept[:_SHOWN]) + (" …" if len(kept) > _SHOWN else "")
        yield f"cell_metadata_filter lets sources change with what programs write: {shown}"


def _kept_by(cell_filter: Any) -> tuple[str, ...]:
    """Return the volatile metadata that a filter of jupytext's lets into sources."""
    words = {word.strip() for word in str(cell_filter or "").split(",")}
    if "-all" in words:
        return tuple(key for key in VOLATILE_METADATA if key in words)
    return tuple(key for key in VOLATILE_METADATA if f"-{key}" not in words)


def _formats(value: Any) -> Iterator[str]:
    """Yield each format in jupytext's long form; in a table, the keys are the folders."""
    if isinstance(value, Mapping):
        yield from (f"{str(key).rstrip('/')}///{name}" for key, name in value.items())
    elif isinstance(value, str):
        yield from (part.strip() for part in value.split(","))


def _table(text: str) -> Mapping[str, Any] | None:
    tool = tomllib.loads(text).get("tool", {})
    table = tool.get("jupytext") if isinstance(tool, Mapping) else None
    return table if isinstance(table, Mapping) else None
