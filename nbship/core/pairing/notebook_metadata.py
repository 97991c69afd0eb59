"""The metadata of a paired notebook: the workspace and the source decide jupytext's entry."""

from collections.abc import Mapping
from typing import Any

from nbship.core.source.jupytext_api import Options, default_options, format_options
from nbship.core.source.preamble import is_utf_8_line

_ENTRY = "jupytext"
# The lines at the top of a source that jupytext keeps in the notebook's metadata.
_TOP_LINES = ("executable", "encoding")
_UTF_8 = "# -*- coding: utf-8 -*-"


def paired_metadata(
    metadata: Mapping[str, Any], top: Mapping[str, Any], extension: str, options: Options
) -> dict[str, Any]:
    """Return a notebook's metadata with the ``jupytext`` entry that JupyterLab needs.

    ``top`` are the metadata that jupytext reads in the source. The options of the workspace replace
    the notebook's own, with which JupyterLab would write another source than a sync. Their formats
    are those of Python, so that a notebook of another language names its own.
    """
    unwanted = {"formats", "text_representation", *_TOP_LINES, *format_options()}
    entry = {key: value for key, value in _entry(metadata).items() if key not in unwanted}
    entry |= default_options(options)
    entry |= {key: value for key, value in _entry(top).items() if _is_top_line(key, value)}
    if extension != ".py" and "formats" in options:
        language = extension.removeprefix(".")
        entry["formats"] = options["formats"].replace("///py:percent", f"///{language}:percent")
    others = {key: value for key, value in metadata.items() if key != _ENTRY}
    return others | ({_ENTRY: entry} if entry else {})


def with_encoding(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return metadata for a source that names its encoding at the top.

    Python reads no encoding in the line below.
    """
    return {**metadata, _ENTRY: {**_entry(metadata), "encoding": _UTF_8}}


def _is_top_line(key: str, value: Any) -> bool:
    is_line = key in _TOP_LINES and isinstance(value, str) and len(value.splitlines()) == 1
    return is_line and (key == "executable" or is_utf_8_line(value))


def _entry(metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    entry: Mapping[str, Any] = metadata.get(_ENTRY, {})
    return entry
