"""The place of a failure in the source: from a traceback or a log to ``src_py/NAME.py:line``."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, replace
from functools import cached_property
from typing import Any

from nbship.core.artifact.bundle import folder_in_bundle
from nbship.core.failure.cell_line import failing_line
from nbship.core.failure.cell_lines import CellLines, shown_as
from nbship.core.failure.excerpt import Excerpt, excerpt_of
from nbship.core.failure.executed import ExecutedArtifact, in_script, sources_as_run
from nbship.core.failure.ipykernel_hash import cell_number
from nbship.core.failure.traceback import ParsedError, RawFrame, is_error_name, parse_errors
from nbship.core.source.nbjson import text_of
from nbship.model.failure import Failure, Frame
from nbship.model.run import LogEvent
from nbship.model.workspace import Origin
from nbship.sanitize import readable

UNSAID = "the run failed without an error message"
# The errors of the programs that run a notebook: they report that a cell failed, but not why.
_RUNNERS = (
    "papermill.exceptions.PapermillExecutionError",
    "nbclient.exceptions.CellExecutionError",
)
_MOST_FRAMES = 20  # a recursion may have a thousand
_R_ERROR = "Error in "
_R_ERRORS = re.compile(r"^Error(?: in .*)?:")
_R_SYNTAX_ERROR = re.compile(r"<text>:(?P<line>\d+):\d+: ")


def locate(
    traceback: str, artifact: ExecutedArtifact, *, error: str = "", cell: int | None = None
) -> Failure:
    """Return the failure in a traceback, with the frames in files of the workspace.

    The traceback may contain colours. If it has no such frame (``sys.exit()`` leaves none), the
    place is the line of the failing cell, which has the index ``cell``, that its text shows to be
    the one, or else the whole cell. ``error`` is the error as papermill reports it; it takes
    precedence over the one in the traceback.
    """
    lines = tuple(readable(line) for line in traceback.split("\n"))
    return _failure(Excerpt(lines), artifact, error, cell)


def locate_in_log(events: Sequence[LogEvent], artifact: ExecutedArtifact) -> Failure:
    """Return the failure in a run's log, with the frames in files of the workspace."""
    report = excerpt_of(events)
    cell = artifact.cell_of_count(report.count) if report.count and artifact.cells else None
    if not report.lines and cell is None:
        lines = [readable(event.text[:500]) for event in events if event.stream != "stdout"]
        return Failure(_r_error(lines) or UNSAID, before=report.before)
    return _failure(report, artifact, "", cell)


def in_cell(artifact: ExecutedArtifact, cell: int | None) -> tuple[Frame, ...]:
    """Return the frame of a cell that failed or was ended without an error of its own."""
    return _Places(artifact, cell).in_failing_cell("", ())


def _failure(report: Excerpt, artifact: ExecutedArtifact, error: str, cell: int | None) -> Failure:
    chain = parse_errors(report.lines)
    places = _Places(artifact, cell)
    crash = next((c for c in reversed(chain) if not c.error.startswith(_RUNNERS)), ParsedError())
    message = error or crash.error or _r_error(report.lines) or _bare_error(report) or UNSAID
    causes = [c for c in chain if c is not crash and not c.error.startswith(_RUNNERS)]
    return Failure(
        message,
        places.frames(crash.frames) or places.in_failing_cell(message, report.lines),
        report.before,
        tuple(Failure(cause.error, places.frames(cause.frames)) for cause in causes),
        tuple(Failure(part.error, places.frames(part.frames)) for part in crash.parts),
    )


def _bare_error(report: Excerpt) -> str:
    """Return the last line that looks like ``SomeError: what``, or an empty string.

    For an unknown magic, IPython's report is empty; the error is the last line before it.
    """
    for line in (*reversed(report.lines), *report.before[-1:]):
        name = line.partition(":")[0]
        if is_error_name(name) and name.replace(".", "").isidentifier() and name not in _RUNNERS:
            return line.strip()
    return ""


def _r_error(lines: Sequence[str]) -> str:
    """Return the last error of R, or an empty string; R breaks a long one after the colon."""
    for number, line in reversed([*enumerate(lines, 1)]):
        if line.startswith(_R_ERROR) or _R_ERRORS.match(line):
            more = lines[number : number + 1] if line.rstrip().endswith(":") else []
            return " ".join([line.strip(), *map(str.strip, more)])
    return ""


class _Places:
    """The map from frames to files of the workspace, for one artifact and its failing cell.

    What is looked up for each frame is indexed once, so that the time is linear in the traceback.
    """

    def __init__(self, artifact: ExecutedArtifact, failing: int | None) -> None:
        self._artifact = artifact
        self._failing = failing
        self._texts = sources_as_run(artifact)
        self._executed = artifact.executed()
        self._order = {cell: count for count, cell in enumerate(self._executed, 1)}
        self._cells: dict[int, CellLines] = {}
        self._known: dict[tuple[object, ...], Frame | None] = {}

    def frames(self, raw_frames: Sequence[RawFrame]) -> tuple[Frame, ...]:
        """Return the frames in the workspace, the outermost first; of a recursion, both ends."""
        first = self._first(raw_frames, _MOST_FRAMES + 1)
        if len(first) <= _MOST_FRAMES:
            return tuple(first)
        half = _MOST_FRAMES // 2
        last = self._first(reversed(raw_frames), half)
        return (*first[:half], *reversed(last))

    def in_failing_cell(self, error: str, report: Sequence[str]) -> tuple[Frame, ...]:
        """Return the line of the failing cell, if its text or R's error tells it, or the cell."""
        cell = self._failing
        origin = self._artifact.origin(cell)
        if origin is None or cell is None:
            return ()
        match = _R_SYNTAX_ERROR.search(error)
        text = text_of(self._artifact.cells[cell])
        line = int(match["line"]) if match else failing_line(text, error, report)
        if line is not None:
            return (self._in_cell(cell, origin, line, None),)
        return (replace(self._in_cell(cell, origin, 1, None), text="", is_whole_cell=True),)

    def _first(self, raw_frames: Iterable[RawFrame], most: int) -> list[Frame]:
        """Return the first frames in the workspace, without the repetitions of a recursion."""
        found: list[Frame] = []
        for raw in raw_frames:
            if len(found) == most:
                break
            key = astuple(raw)
            if key not in self._known:
                self._known[key] = self._frame(raw)
            frame = self._known[key]
            if frame and frame not in found[-1:]:
                found.append(frame)
        return found

    def _frame(self, raw: RawFrame) -> Frame | None:
        if raw.is_script:
            line_map = self._artifact.line_map
            place = None if self._artifact.cells else in_script(line_map, raw.line or 0)
            return place and Frame(*place, raw.function, self._line(*place) or raw.text)
        if raw.path:
            sources = self._artifact.sources
            if raw.line is None or raw.folder != folder_in_bundle(sources):
                return None  # a file of another program is below a folder of the same name
            path = f"{sources}/{raw.path}"
            return Frame(path, raw.line, raw.function, self._line(path, raw.line) or raw.text)
        cell, line = self._cell_and_line(raw)
        origin = self._artifact.origin(cell)
        if cell is None or origin is None:
            return None
        return self._in_cell(cell, origin, line, raw.function)

    def _in_cell(self, cell: int, origin: Origin, line: int, function: str | None) -> Frame:
        place = origin.path, max(origin.line, origin.line + line - origin.start)
        count = _count(self._artifact.cells[cell])
        count = self._order.get(cell) if count is None else count
        return Frame(*place, function, self._line(*place), count, origin.line)

    def _line(self, path: str, line: int) -> str:
        text = self._texts.get(path, [])
        return (text[line - 1] or "").strip() if 0 < line <= len(text) else ""

    def _cell_and_line(self, raw: RawFrame) -> tuple[int | None, int]:
        """Return the cell that contains a frame, and the line in that cell."""
        cell, above = self._cell(raw)
        if cell is None:
            return None, 1
        line = _line_in_cell(self._lines(cell), raw, above)
        if line is None:
            # Code below %%capture runs under the number of the next cell.
            cells = reversed(self._executed)
            cell = next((n for n in cells if _line_in_cell(self._lines(n), raw, 0)), cell)
            line = _line_in_cell(self._lines(cell), raw, 0)
        return cell, line or min(raw.line or 1, len(self._lines(cell).lines))

    def _cell(self, raw: RawFrame) -> tuple[int | None, int]:
        """Return the cell that a frame names, and how many of its first lines are not counted."""
        if raw.magic:
            return self._timed(raw.function), 1
        if raw.count is not None:
            return self._counted.get(raw.count), 0
        if found := self._numbered.get(raw.number):
            return found
        return self._failing if raw.function is None else self._with_line(raw), 0

    def _timed(self, function: str | None) -> int | None:
        """Return the ``%%time`` cell that contains a frame: the failing one, or the function's."""
        if function is not None:
            return self._timed_functions.get(_last(function))
        cell = self._failing
        return cell if cell in self._executed and self._is_timed(cell) else None

    def _is_timed(self, cell: int) -> bool:
        return text_of(self._artifact.cells[cell]).startswith("%%time")

    def _with_line(self, raw: RawFrame) -> int | None:
        """Return the cell that contains the frame's line; the failing cell takes precedence."""
        same = self._by_line.get((raw.line or 0, raw.text), []) if raw.text else []
        return self._failing if self._failing in same else next(iter(same), None)

    def _lines(self, cell: int) -> CellLines:
        if cell not in self._cells:
            self._cells[cell] = CellLines(text_of(self._artifact.cells[cell]))
        return self._cells[cell]

    @cached_property
    def _counted(self) -> Mapping[int, int]:
        """The cells by the number under which they ran."""
        cells = self._artifact.cells
        counts = {count: n for n in reversed(range(len(cells))) if (count := _count(cells[n]))}
        return dict(enumerate(self._executed, 1)) | counts

    @cached_property
    def _numbered(self) -> Mapping[int | None, tuple[int, int]]:
        """The cells by their number in file names, with the lines that are not counted.

        The code below a cell magic such as ``%%capture`` has a number of its own.
        """
        numbers: dict[int | None, tuple[int, int]] = {}
        for cell in self._executed:
            text = text_of(self._artifact.cells[cell])
            numbers[cell_number(text)] = cell, 0
            if text.startswith("%%"):
                numbers[cell_number(text.partition("\n")[2] + "\n")] = cell, 1
        return numbers

    @cached_property
    def _timed_functions(self) -> Mapping[str, int]:
        """The ``%%time`` cells by the functions that they define; the last one counts."""
        timed = filter(self._is_timed, self._executed)
        return {name: cell for cell in timed for name in self._lines(cell).functions}

    @cached_property
    def _by_line(self) -> Mapping[tuple[int, str], Sequence[int]]:
        """The executed cells by the number and the text of each line, as a traceback shows it."""
        cells: dict[tuple[int, str], list[int]] = {}
        for cell in self._executed:
            for number, line in enumerate(self._lines(cell).lines, 1):
                for shown in shown_as(line):
                    cells.setdefault((number, shown), []).append(cell)
        return cells


def _line_in_cell(cell: CellLines, raw: RawFrame, above: int) -> int | None:
    """Return the line of a frame in a cell; None if no line of the cell has its text.

    IPython does not count the blank lines at the top of a cell, nor the second line of a magic. So
    if the text of the counted line differs, the nearest line with that text is returned.
    """
    line = raw.line + above + cell.blank if raw.line else 1
    if raw.line is None and raw.function:
        return cell.definition(_last(raw.function))
    if raw.magic or not raw.text or _last(raw.function or "").startswith("<"):
        return line if line <= len(cell.lines) else None  # a comprehension shows another text
    return cell.nearest(raw.text, line)


def _count(cell: Mapping[str, Any]) -> int | None:
    count = cell.get("execution_count")
    return count if isinstance(count, int) else None


def _last(function: str) -> str:
    """Return the last part of a function's qualified name."""
    return function.rpartition(".")[2]
