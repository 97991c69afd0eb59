"""committed-outputs: a notebook in git's index with outputs.

The tag and the metadata key ``keep_output`` are nbstripout's: https://github.com/kynan/nbstripout
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from shlex import quote
from typing import Any

from nbship.core.checks.facts import WorkspaceFacts
from nbship.diagnostics import Diagnostic, Place

_OUTPUTS = re.compile(rb'(?<!\\)"outputs"\s*:\s*')
_KEEP = "keep_output"


def committed_outputs(facts: WorkspaceFacts) -> Iterator[Diagnostic]:
    """Yield a finding for each notebook in git's index that has outputs, at the first output."""
    for path, data in facts.git.notebooks.items():
        if not all(data.startswith(b"[]", match.end()) for match in _OUTPUTS.finditer(data)):
            yield from _outputs_in(path, data)


def _outputs_in(path: str, data: bytes) -> Iterator[Diagnostic]:
    import json

    try:
        notebook = json.loads(data)
    except (ValueError, RecursionError):
        return  # not a notebook, or one with a merge conflict, which git reports
    cells = _cells_with_outputs(notebook)
    if cells:
        more = f", and {len(cells) - 1} more" if len(cells) > 1 else ""
        yield Diagnostic(
            _first_output(path, data),
            "committed-outputs",
            f"git's index has outputs of this notebook: cell {cells[0]}{more}",
            (
                f"Take them out of git; the file keeps them: git add --renormalize {quote(path)}",
                "If that changes nothing, set git's filter first: nbship doctor --fix",
            ),
        )


def _cells_with_outputs(notebook: Any) -> Sequence[int]:
    """Return the numbers, from 1, of the cells with outputs that are not marked to be kept."""
    if not isinstance(notebook, dict) or _keeps_output(notebook.get("metadata")):
        return []
    cells = notebook.get("cells")
    return [
        number
        for number, cell in enumerate(cells if isinstance(cells, list) else [], 1)
        if isinstance(cell, dict)
        and cell.get("outputs")
        and not _keeps_output(cell.get("metadata"))
    ]


def _keeps_output(metadata: Any) -> bool:
    if not isinstance(metadata, Mapping):
        return False
    tags = metadata.get("tags")
    return bool(metadata.get(_KEEP)) or (isinstance(tags, list) and _KEEP in tags)


def _first_output(path: str, data: bytes) -> Place:
    matches = (m for m in _OUTPUTS.finditer(data) if not data.startswith(b"[]", m.end()))
    at = next(matches).start()
    line_start = data.rfind(b"\n", 0, at) + 1
    return Place(
        path, data.count(b"\n", 0, at) + 1, len(data[line_start:at].decode(errors="replace")) + 1
    )
