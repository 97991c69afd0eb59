"""The adapter of jupytext, the authority on the percent format: no other module imports it.

The format: https://jupytext.readthedocs.io/en/latest/formats-scripts.html
"""

import json
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from nbship.lazy import FORMATS, MARKDOWN, SERVER, excluding
from nbship.model.jupytext_options import FILTERS

# Metadata that jupytext adds to cells about the layout of the text; a notebook does not keep them.
UNREAD = "incorrectly_encoded_metadata"
LAYOUT_METADATA = frozenset({
    "lines_to_next_cell", "lines_to_end_of_cell_marker", "cell_marker", UNREAD,
})  # fmt: skip


Options = Mapping[str, Any]  # [tool.jupytext] of the workspace's pyproject.toml


@dataclass(frozen=True, slots=True)
class Parsed:
    """The result of jupytext: nbformat cells, with layout metadata, and the notebook's metadata."""

    cells: tuple[Any, ...]
    metadata: Mapping[str, Any]


def parse_percent(
    text: str,
    extension: str = ".py",
    options: Options | None = None,
    *,
    is_validated: bool = False,
) -> Parsed:
    """Parse percent text with jupytext; the result is not verified.

    ``is_validated`` makes nbformat validate each cell, as it does in JupyterLab.

    Raises:
        ValueError: jupytext cannot read the text; the message is jupytext's own, in one line.
    """
    jupytext = _jupytext()
    with _errors_in_one_line(""), _accelerated(is_validated=is_validated):
        read = jupytext.reads(text, fmt=_format(extension), config=_config(options))
    return Parsed(tuple(read.cells), read.metadata)


def render_percent(
    cells: Iterable[Mapping[str, Any]],
    metadata: Mapping[str, Any],
    extension: str,
    options: Options | None,
) -> str:
    """Return the text that a save in JupyterLab with jupytext would write; it is not verified.

    Raises:
        ValueError: jupytext cannot write the cells; the message is jupytext's own, in one line.
    """
    jupytext, v4 = _jupytext(), nbformat_v4()
    content = {"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    # jupytext only warns of a key that it cannot write; the caller's verification finds it.
    with _errors_in_one_line(""), warnings.catch_warnings(action="ignore"), _accelerated():
        text: str = jupytext.writes(
            v4.nbjson.from_dict(content), fmt=_format(extension), config=_config(options)
        )
    return text


def written_metadata(metadata: Mapping[str, Any], options: Options | None) -> dict[str, Any]:
    """Return the metadata of a cell that belong into percent text, by jupytext's filters.

    Keys that the format cannot hold are included, so that the caller notices their loss, unless the
    filter names them.
    """
    _jupytext()
    from jupytext.cell_metadata import _IGNORE_CELL_METADATA, is_valid_metadata_key
    from jupytext.metadata_filter import filter_metadata

    cell_filter = (options or {}).get("cell_metadata_filter")
    kept = filter_metadata(dict(metadata), cell_filter, _IGNORE_CELL_METADATA)
    excluded = {word.strip() for word in str(cell_filter).split(",")}
    invalid = {
        key: value
        for key, value in metadata.items()
        if not is_valid_metadata_key(key) and f"-{key}" not in excluded
    }
    return {key: value for key, value in (kept | invalid).items() if key not in LAYOUT_METADATA}


def default_options(options: Options) -> dict[str, Any]:
    """Return the options that jupytext writes into the metadata of a paired notebook."""
    written: dict[str, Any] = {}
    _parsed_config(_as_json(options)).set_default_format_options(written, read=True)
    return written


def check_options(options: Options) -> None:
    """Check with jupytext that it accepts these options.

    Raises:
        ValueError: jupytext rejects an option; the message is one line.
    """
    with _errors_in_one_line(""):
        _config(options)


def _format(extension: str) -> dict[str, str]:
    return {"extension": extension, "format_name": "percent"}


def _config(options: Options | None) -> Any:
    return None if options is None else _parsed_config(_as_json(options))


def _as_json(options: Options) -> str:
    return json.dumps(options, default=str)


@cache
def _parsed_config(options: str) -> Any:
    _jupytext()
    from jupytext.config import validate_jupytext_configuration_file

    return validate_jupytext_configuration_file("pyproject.toml", json.loads(options))


@cache
def _jupytext() -> Any:
    """Import jupytext and nbformat, without the dependencies that nbship does not need."""
    with excluding(SERVER, MARKDOWN, *FORMATS):
        import jupytext
    return jupytext


def nbformat_v4() -> Any:
    """Return the untyped module ``nbformat.v4``, for the format that Jupyter writes."""
    _jupytext()
    import nbformat.v4

    return nbformat.v4


def percent_of_notebook(content: Mapping[str, Any]) -> str:
    """Return a notebook of nbformat 4 as percent text without outputs, in its own language.

    The text is for people; it is not verified.

    Raises:
        ValueError: jupytext cannot write it; the message is one line.
    """
    jupytext = _jupytext()
    from jupytext.formats import auto_ext_from_metadata

    metadata = {**content["metadata"], "jupytext": dict(FILTERS)}
    with _errors_in_one_line(""), warnings.catch_warnings(action="ignore"), _accelerated():
        notebook = nbformat_v4().nbjson.from_dict({**content, "metadata": metadata})
        extension = auto_ext_from_metadata(notebook.metadata) or ".py"
        text: str = jupytext.writes(notebook, fmt=_format(extension))
    return text


def upgraded_ipynb(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON of a notebook of nbformat 1 to 3 as nbformat 4.

    Raises:
        ValueError: nbformat cannot convert it; the message is one line.
    """
    _jupytext()
    from nbformat import converter, reader

    in_one_line = _errors_in_one_line(f"nbformat {raw['nbformat']} cannot be converted: ")
    with in_one_line, warnings.catch_warnings(action="ignore"), _accelerated():
        notebook = converter.convert(reader.reads(json.dumps(raw)), 4)
        upgraded: dict[str, Any] = json.loads(json.dumps(notebook))
    return upgraded


def opens_in_step(text: str, content: Mapping[str, Any], extension: str, options: Options) -> bool:
    """Return whether JupyterLab opens both files of a pair whatever their dates are.

    If the notebook is the newer one, jupytext opens neither file unless both give the same text. It
    completes the notebook's options from the workspace's only if the notebook is what is opened. If
    the source is what is opened, it is read in the workspace's preferred format. Without one,
    jupytext guesses: with a magic that is no comment, it reads all comments as comments, even
    magics.

    Raises:
        ValueError: jupytext cannot read or write one of them; the message is one line.
    """
    jupytext, form = _jupytext(), _format(extension)
    from jupytext.config import preferred_format

    with _errors_in_one_line(""), warnings.catch_warnings(action="ignore"), _accelerated():
        config = _config(options)
        opened = preferred_format(extension, config.preferred_jupytext_formats_read)
        read = [jupytext.reads(text, fmt=each, config=config) for each in (form, opened)]
        notebook = nbformat_v4().nbjson.from_dict(content)
        written = {jupytext.writes(each, fmt=form) for each in (*read, notebook)}
        completed = dict(notebook.metadata.get("jupytext", {}))
        _config(options).set_default_format_options(completed, read=True)
        notebook.metadata["jupytext"] = completed
        written.add(jupytext.writes(notebook, fmt=form))
    return len(written) == 1


def format_options() -> frozenset[str]:
    """Return the names of jupytext's options that a notebook's own metadata can set."""
    _jupytext()
    from jupytext.formats import _VALID_FORMAT_OPTIONS

    return frozenset(_VALID_FORMAT_OPTIONS)


@contextmanager
def _errors_in_one_line(before: str) -> Iterator[None]:
    """Raise any error of the block as a ValueError whose message is one line after ``before``.

    jupytext, its YAML reader and nbformat raise errors of any kind for odd metadata and options.
    """
    try:
        yield
    except Exception as error:  # noqa: BLE001 - they raise errors of any kind
        text = " ".join(str(error).split()) or type(error).__name__
        raise ValueError(f"{before}{text}") from None


@contextmanager
def _accelerated(*, is_validated: bool = False) -> Iterator[None]:
    """Make jupytext three times as fast inside the block, without a change of its results.

    Replaces two functions of nbformat and jupytext for the whole process. nbformat does not
    validate each cell when it is made, because the artifact is validated as a whole. And a line
    without a quote, as most are, is not searched for quotes character by character.
    """
    from jupytext.stringparser import StringParser
    from nbformat.v4 import nbbase

    validate, read_line = nbbase.validate, StringParser.read_line

    def read_line_fast(self: Any, line: str) -> None:
        if "'" in line or '"' in line:
            read_line(self, line)

    if not is_validated:
        nbbase.validate = lambda *_, **__: None
    StringParser.read_line = read_line_fast
    try:
        yield
    finally:
        nbbase.validate, StringParser.read_line = validate, read_line
