"""``[tool.jupytext]`` of pyproject.toml: with it, JupyterLab pairs and writes files as nbship does.

The keys: https://jupytext.readthedocs.io/en/latest/config.html
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from nbship.model.jupytext_options import READ_AS, VOLATILE_METADATA, jupytext_options
from nbship.model.layout import Layout

# jupytext reads the first of these files that exists, and pyproject.toml only if there is none.
OTHER_FILES = (
    "jupytext", "jupytext.toml", "jupytext.yml", "jupytext.yaml", "jupytext.json",
    ".jupytext", ".jupytext.toml", ".jupytext.yml", ".jupytext.yaml", ".jupytext.json",
    ".jupytext.py",
)  # fmt: skip
_SHOWN = 3  # keys named in a message
_READ_AS = {READ_AS, "py:percent"}


def table(layout: Layout) -> str:
    """Return the table that pyproject.toml needs, with its heading."""
    options = jupytext_options(layout)
    return "\n".join(
        ["[tool.jupytext]", *(f'{key} = "{value}"' for key, value in options.items()), ""]
    )


def lacks(text: str, layout: Layout) -> tuple[str, ...]:
    """Return a phrase for each fault of the table; an empty tuple if it has none.

    Raises:
        ValueError: the text is not TOML.
    """
    found = _table(text)
    if found is None:
        where = f"{layout.sources}/"
        return (f"[tool.jupytext] is missing: JupyterLab would not pair notebooks with {where}",)
    return tuple(_faults(found, layout))


def lines_of(faults: Iterable[str], layout: Layout) -> tuple[str, ...]:
    """Return the right line of the table for each key that a fault names.

    Of a table that is missing, that is each line.
    """
    heading, *lines = table(layout).strip().splitlines()
    named = {fault.partition(" ")[0] for fault in faults}
    return tuple(line for line in lines if {line.partition(" ")[0], heading} & named)


def lines_to_add(text: str, layout: Layout) -> tuple[str, ...]:
    """Return the lines for the end of pyproject.toml; empty if it has a table or is not TOML."""
    try:
        is_added = _table(text) is None and _table(f"{text}\n{table(layout)}") is not None
    except ValueError:
        return ()
    return ("", *table(layout).splitlines()) if is_added else ()


def _faults(table: Mapping[str, Any], layout: Layout) -> Iterator[str]:
    formats = set(_formats(table.get("formats")))
    either = {f"{layout.sources}///{form}" for form in ("py:percent", "auto:percent")}
    if not formats & either or f"{layout.notebooks}///ipynb" not in formats:
        expected = jupytext_options(layout)["formats"]
        yield f'formats is not "{expected}": JupyterLab would pair other files'
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
        yield from (f"{str(key).removesuffix('/')}///{name}" for key, name in value.items())
    elif isinstance(value, str):
        yield from (part.strip() for part in value.split(","))


def _table(text: str) -> Mapping[str, Any] | None:
    tool = tomllib.loads(text).get("tool", {})
    table = tool.get("jupytext") if isinstance(tool, Mapping) else None
    return table if isinstance(table, Mapping) else None
