"""jupytext, the authority on the percent format: the one room that speaks to it.

The format: https://jupytext.readthedocs.io/en/latest/formats-scripts.html
"""

import json
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from nbship.lazy import ADDRESS_GRAMMARS, MARKDOWN, SERVER, excluding

# What jupytext notes for itself about the layout of the text; it is not the notebook's.
UNREAD = "incorrectly_encoded_metadata"
LAYOUT_METADATA = frozenset({
    "lines_to_next_cell", "lines_to_end_of_cell_marker", "cell_marker", UNREAD,
})  # fmt: skip

Options = Mapping[str, Any]  # [tool.jupytext], as it stands in the workspace's pyproject.toml


@dataclass(frozen=True, slots=True)
class Parsed:
    """What jupytext read: its cells (nbformat's, layout notes included) and their metadata."""

    cells: tuple[Any, ...]
    metadata: Mapping[str, Any]


def parse_percent(
    text: str,
    extension: str = ".py",
    options: Options | None = None,
    *,
    is_validated: bool = False,
) -> Parsed:
    """Let jupytext read percent text, of which nothing is checked here.

    ``is_validated`` lets nbformat look at each cell, as it does in JupyterLab.

    Raises:
        ValueError: jupytext cannot read it; the message is one line, in its words.
    """
    jupytext = _jupytext()
    try:
        with _hastened(is_validated=is_validated):
            read = jupytext.reads(text, fmt=_format(extension), config=_config(options))
    except Exception as error:  # noqa: BLE001 - jupytext lets any error of its YAML reader through
        raise ValueError(" ".join(str(error).split())) from None
    return Parsed(tuple(read.cells), read.metadata)


def render_percent(
    cells: Iterable[Mapping[str, Any]],
    metadata: Mapping[str, Any],
    extension: str = ".py",
    options: Options | None = None,
) -> str:
    """Return the text that a save in JupyterLab with jupytext would write; nothing is proved here.

    Raises:
        ValueError: jupytext cannot write it; the message is one line, in its words.
    """
    jupytext, v4 = _jupytext(), nbformat_v4()
    content = {"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    try:
        # A key that cannot be written is only warned of: the proof of the caller finds it.
        with warnings.catch_warnings(action="ignore"), _hastened():
            text: str = jupytext.writes(
                v4.nbjson.from_dict(content), fmt=_format(extension), config=_config(options)
            )
    except Exception as error:  # noqa: BLE001 - of metadata of any shape, as in parse_percent
        raise ValueError(" ".join(str(error).split())) from None
    return text


def written_metadata(metadata: Mapping[str, Any], options: Options | None) -> dict[str, Any]:
    """Return what of a cell's metadata belongs into the percent text, by jupytext's filters.

    A key that the format cannot hold is among it, for the caller to miss afterwards.
    """
    _jupytext()
    from jupytext.cell_metadata import _IGNORE_CELL_METADATA, is_valid_metadata_key
    from jupytext.metadata_filter import filter_metadata

    kept = filter_metadata(
        dict(metadata), (options or {}).get("cell_metadata_filter"), _IGNORE_CELL_METADATA
    )
    lost = {key: value for key, value in metadata.items() if not is_valid_metadata_key(key)}
    return {key: value for key, value in (kept | lost).items() if key not in LAYOUT_METADATA}


def default_options(options: Options) -> dict[str, Any]:
    """Return what jupytext notes of its options in a paired notebook's own metadata."""
    noted: dict[str, Any] = {}
    _made_config(_shown(options)).set_default_format_options(noted, read=True)
    return noted


def check_options(options: Options) -> None:
    """Let jupytext say whether it knows these options.

    Raises:
        ValueError: it does not; the message is one line.
    """
    try:
        _config(options)
    except Exception as error:  # noqa: BLE001 - traitlets' errors, jupytext's own, wrong types
        raise ValueError(" ".join(str(error).split())) from None


def _format(extension: str) -> dict[str, str]:
    return {"extension": extension, "format_name": "percent"}


def _config(options: Options | None) -> Any:
    return None if options is None else _made_config(_shown(options))


def _shown(options: Options) -> str:
    return json.dumps(options, default=str)


@cache
def _made_config(options: str) -> Any:
    _jupytext()
    from jupytext.config import validate_jupytext_configuration_file

    return validate_jupytext_configuration_file("pyproject.toml", json.loads(options))


@cache
def _jupytext() -> Any:
    """Import jupytext, and nbformat with it, without what only others need."""
    with excluding(SERVER, MARKDOWN, ADDRESS_GRAMMARS):
        import jupytext
    return jupytext


def nbformat_v4() -> Any:
    """Return nbformat's room for the format that Jupyter writes; it has no types."""
    _jupytext()
    import nbformat.v4

    return nbformat.v4


def percent_of_ipynb(text: str) -> str:
    """Return an .ipynb as percent text without outputs, in its own language, for people to read.

    Nothing is checked: what is shown need not be a notebook that can be built.

    Raises:
        ValueError: it is no notebook; the message is one line.
    """
    jupytext = _jupytext()
    from jupytext.formats import auto_ext_from_metadata
    from nbformat import converter, reader

    try:
        with warnings.catch_warnings(), _hastened():
            warnings.simplefilter("ignore")
            # Neither has types.
            notebook = reader.reads(text)  # type: ignore[no-untyped-call]
            notebook = converter.convert(notebook, 4)  # type: ignore[no-untyped-call]
            extension = auto_ext_from_metadata(notebook.metadata) or ".py"
            # What a metadata filter leaves out is what `[tool.jupytext]` leaves out of a source.
            notebook.metadata["jupytext"] = {
                "notebook_metadata_filter": "-all",
                "cell_metadata_filter": "all,-trusted,-execution,-collapsed,-scrolled",
            }
            return str(
                jupytext.writes(notebook, {"extension": extension, "format_name": "percent"})
            )
    except Exception as error:  # noqa: BLE001 - each shape of JSON fails in its own way
        raise ValueError(" ".join(str(error).split())) from None


@contextmanager
def _hastened(*, is_validated: bool = False) -> Iterator[None]:
    """Spare jupytext two thirds of its time, by two things that change nothing of what it says.

    nbformat does not validate each cell as it is made: the artifact is, once, as a whole. And a
    line without a quote, which most are, is not read letter by letter in search of one.
    """
    from jupytext.stringparser import StringParser
    from nbformat.v4 import nbbase

    validate, read_line = nbbase.validate, StringParser.read_line

    def read_quick(self: Any, line: str) -> None:
        if "'" in line or '"' in line:
            read_line(self, line)
        elif self.python:
            self.single = None  # Python's short strings end with their line

    if not is_validated:
        nbbase.validate = lambda *_, **__: None
    StringParser.read_line = read_quick
    try:
        yield
    finally:
        nbbase.validate, StringParser.read_line = validate, read_line
