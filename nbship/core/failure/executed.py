"""What ran: its cells or its script with the map to the source, and what its files said then."""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbship.core.artifact.bundle import BUNDLE_TAG
from nbship.core.source.nbjson import text_of
from nbship.model.workspace import LineMap, Origin

INJECTED_TAG = "injected-parameters"  # papermill's tag for the cell that it adds
_SKIPPED_TAG = "skip-execution"  # nbclient does not run such a cell
Text = list[str | None]  # the lines of a file as it was then; None where that is not known


@dataclass(frozen=True, slots=True)
class ExecutedArtifact:
    """What ran: its cells as JSON, or the text of a script, and the map of each to its source."""

    cells: Sequence[Mapping[str, Any]]
    line_map: LineMap
    script: str = ""

    def origin(self, cell: int | None) -> Origin | None:
        """Return where the cell with this index begins in the source."""
        return self.line_map[cell] if cell is not None and cell < len(self.line_map) else None

    def cell_of_count(self, count: int) -> int | None:
        """Return the index of the cell that ran as ``In [count]``."""
        counted = [n for n, c in enumerate(self.cells) if c.get("execution_count") == count]
        executed = self.executed()
        by_order = executed[count - 1] if 0 < count <= len(executed) else None
        return counted[0] if counted else by_order

    def count_of_cell(self, cell: int) -> int | None:
        """Return the number that the cell with this index ran under."""
        executed = self.executed()
        count = self.cells[cell].get("execution_count")
        if isinstance(count, int):
            return count
        return executed.index(cell) + 1 if cell in executed else None

    def executed(self) -> list[int]:
        """Return the indices of the cells that are run, in order: a blank one is not."""
        return [
            index
            for index, cell in enumerate(self.cells)
            if cell.get("cell_type") == "code" and text_of(cell).strip()
            if _SKIPPED_TAG not in tags_of(cell)
        ]


def with_injected(cells: Sequence[Mapping[str, Any]], line_map: LineMap) -> LineMap:
    """Return the map for a notebook into which papermill put its cell of parameters."""
    origins = iter(line_map)
    return tuple(None if INJECTED_TAG in tags_of(cell) else next(origins, None) for cell in cells)


def tags_of(cell: Mapping[str, Any]) -> Sequence[str]:
    """Return a cell's tags; of what is no list of them, none."""
    metadata = cell.get("metadata")
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    return tags if isinstance(tags, list) else []


def in_script(line_map: LineMap, line: int) -> tuple[str, int] | None:
    """Return the place of a script's line; None in the bundle, which stands between two pieces."""
    begun = [origin for origin in line_map if origin and origin.start <= line]
    if not begun:
        return None
    found = begun[-1].line + line - begun[-1].start
    follows = [origin.line for origin in line_map[len(begun) :] if origin]
    return None if follows and found >= follows[0] else (begun[-1].path, found)


def sources_as_run(ran: ExecutedArtifact) -> dict[str, Text]:
    """Return the files that what ran was made from, as far as it shows what they said."""
    texts: dict[str, Text] = {}
    for index, cell in enumerate(ran.cells):
        if BUNDLE_TAG in tags_of(cell):
            texts |= _unbundled(text_of(cell))
        elif origin := ran.origin(index):
            _lay(texts, origin.path, origin.line, text_of(cell).split("\n"))
    if ran.script:
        texts |= _texts_of_script(ran)
    return texts


def _texts_of_script(ran: ExecutedArtifact) -> dict[str, Text]:
    lines = ran.script.split("\n")
    texts: dict[str, Text] = {}
    bundled: list[str] = []
    for number, line in enumerate(lines, 1):
        place = in_script(ran.line_map, number)
        if place is None:
            bundled.append(line)
        else:
            _lay(texts, *place, [line])
    return texts | _unbundled("\n".join(bundled))


def _lay(texts: dict[str, Text], path: str, line: int, lines: Sequence[str]) -> None:
    text = texts.setdefault(path, [])
    text += [None] * (line - 1 + len(lines) - len(text))
    text[line - 1 : line - 1 + len(lines)] = lines


def _unbundled(text: str) -> dict[str, Text]:
    """Return the modules of a bundle by their path in the workspace; none of what is no bundle."""
    try:
        calls = [node for node in ast.parse(text).body if isinstance(node, ast.Expr)]
        # What is no call of ours has none of these, which is caught below.
        modules: dict[str, str] = ast.literal_eval(calls[0].value.args[0])  # type: ignore[attr-defined]
        return {f"src_py/{path}": [*said[1:].split("\n")] for path, said in modules.items()}
    except (SyntaxError, ValueError, LookupError, AttributeError, TypeError, RecursionError):
        return {}
