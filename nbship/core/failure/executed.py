"""The artifact that ran: its cells or its script, and the sources as they were at that time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nbship.core.artifact.bundle import BUNDLE_TAG, modules_in
from nbship.core.source.nbjson import text_of
from nbship.model.workspace import LineMap, Origin

INJECTED_TAG = "injected-parameters"  # papermill's tag for the cell that it adds
_SKIPPED_TAG = "skip-execution"  # nbclient does not run such a cell
Text = list[str | None]  # the lines of a source when it ran; None for a line that is not known


@dataclass(frozen=True, slots=True)
class ExecutedArtifact:
    """The artifact that ran: its cells as JSON, or the text of its script, and the line map.

    ``sources`` is the folder of the sources, in which its modules are.
    """

    cells: Sequence[Mapping[str, Any]]
    line_map: LineMap
    script: str = ""
    sources: str = field(kw_only=True)

    def origin(self, cell: int | None) -> Origin | None:
        """Return where the cell with this index begins in its source; None if it has no source."""
        return self.line_map[cell] if cell is not None and cell < len(self.line_map) else None

    def cell_of_count(self, count: int) -> int | None:
        """Return the index of the cell that ran as ``In [count]``, or None."""
        counted = [n for n, c in enumerate(self.cells) if c.get("execution_count") == count]
        executed = self.executed()
        by_order = executed[count - 1] if 0 < count <= len(executed) else None
        return counted[0] if counted else by_order

    def count_of_cell(self, cell: int) -> int | None:
        """Return the execution count of the cell with this index; None if it was not run."""
        executed = self.executed()
        count = self.cells[cell].get("execution_count")
        if isinstance(count, int):
            return count
        return executed.index(cell) + 1 if cell in executed else None

    def executed(self) -> list[int]:
        """Return the indices of the cells that are executed, in order; blank cells are not."""
        return [
            index
            for index, cell in enumerate(self.cells)
            if cell.get("cell_type") == "code" and text_of(cell).strip()
            if _SKIPPED_TAG not in tags_of(cell)
        ]


def with_injected(cells: Sequence[Mapping[str, Any]], line_map: LineMap) -> LineMap:
    """Return the line map of a notebook into which papermill injected its cell of parameters."""
    origins = iter(line_map)
    return tuple(None if INJECTED_TAG in tags_of(cell) else next(origins, None) for cell in cells)


def tags_of(cell: Mapping[str, Any]) -> Sequence[str]:
    """Return a cell's tags; an empty list if its metadata are malformed."""
    metadata = cell.get("metadata")
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    return tags if isinstance(tags, list) else []


def in_script(line_map: LineMap, line: int) -> tuple[str, int] | None:
    """Return the path and line in the source of a script's line; None for a line of the bundle.

    The bundle lies between two pieces of the script, and the line map has no entry for it.
    """
    before = [origin for origin in line_map if origin and origin.start <= line]
    if not before:
        return None
    found = before[-1].line + line - before[-1].start
    follows = [origin.line for origin in line_map[len(before) :] if origin]
    return None if follows and found >= follows[0] else (before[-1].path, found)


def sources_as_run(artifact: ExecutedArtifact) -> dict[str, Text]:
    """Return the sources and modules of an artifact by path, as far as the artifact holds them."""
    texts: dict[str, Text] = {}
    for index, cell in enumerate(artifact.cells):
        if BUNDLE_TAG in tags_of(cell):
            texts |= _unbundled(text_of(cell), artifact.sources)
        elif origin := artifact.origin(index):
            lines = text_of(cell).split("\n")[origin.start - 1 :]
            _put_lines(texts, origin.path, origin.line, lines)
    if artifact.script:
        texts |= _sources_of_script(artifact)
    return texts


def _sources_of_script(artifact: ExecutedArtifact) -> dict[str, Text]:
    lines = artifact.script.split("\n")
    texts: dict[str, Text] = {}
    bundled: list[str] = []
    for number, line in enumerate(lines, 1):
        place = in_script(artifact.line_map, number)
        if place is None:
            bundled.append(line)
        else:
            _put_lines(texts, *place, [line])
    return texts | _unbundled("\n".join(bundled), artifact.sources)


def _put_lines(texts: dict[str, Text], path: str, line: int, lines: Sequence[str]) -> None:
    text = texts.setdefault(path, [])
    text += [None] * (line - 1 + len(lines) - len(text))
    text[line - 1 : line - 1 + len(lines)] = lines


def _unbundled(text: str, sources: str) -> dict[str, Text]:
    """Return the modules of a bundle by their path in the workspace; empty for any other code."""
    return {f"{sources}/{path}": [*code.split("\n")] for path, code in modules_in(text).items()}
