"""The edits of a source since its artifact was built: of its cells, or of keys of its header."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from nbship.core.artifact.outdated import Reason
from nbship.core.metadata.script_block import Header, read_header
from nbship.core.metadata.spec import parse_spec
from nbship.digest import sha256
from nbship.errors import SourceError
from nbship.model.workspace import Source

_CELLS, _HEADER = "cells", "header"
_OTHER_KEYS = "header"  # what has changed, where no key of kernel-metadata.json has


def source_parts(source: Source, header: Header) -> dict[str, str]:
    """Return the digests of a source's text without its script block, and of the block."""
    lines = source.text.split("\n")
    first, end = 0, 0
    if header.first is not None:
        first = header.first - 1
        end = first + len(header.lines) + 2
    cells, block = [*lines[:first], *lines[end:]], lines[first:end]
    return {_CELLS: sha256("\n".join(cells).encode()), _HEADER: sha256("\n".join(block).encode())}


def edits(source: Source, parts: Mapping[str, str], metadata: bytes | None) -> Iterator[Reason]:
    """Yield what has been edited in a source that is not the one of the last build.

    ``parts`` are the digests of ``source_parts`` at that build, none if they are not known;
    ``metadata`` is the kernel-metadata.json that it has made.
    """
    try:
        header = read_header(source)
        spec = parse_spec(header)
    except SourceError as error:
        yield Reason("refused", str(error))
        return
    now = source_parts(source, header)
    if now[_CELLS] != parts.get(_CELLS):
        yield Reason("source", source.path)
    if parts and now[_HEADER] != parts.get(_HEADER):
        keys = changed_keys(_table(metadata), asdict(spec.kaggle) if spec.kaggle else {})
        yield Reason("metadata", ", ".join(keys) or _OTHER_KEYS)


def changed_keys(before: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the sorted keys whose values differ in two tables of kernel-metadata.json.

    The name of the file with the code is not among them: it follows from the source's.
    """
    old, new = (json.loads(json.dumps(dict(table))) for table in (before, now))
    keys = {*old, *new} - {"code_file"}
    return tuple(sorted(key for key in keys if old.get(key) != new.get(key)))


def _table(data: bytes | None) -> Mapping[str, Any]:
    try:
        table = json.loads(data or b"{}")
    except (ValueError, RecursionError):
        return {}
    return table if isinstance(table, dict) else {}
