"""The place of a failure in the source: from a traceback or a log to ``src_py/NAME.py:line``."""

import re
from collections.abc import Mapping, Sequence

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
    place is the beginning of the failing cell, which has the index ``cell``. ``error`` is the error
    as papermill reports it; it takes precedence over the one in the traceback.
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


def beginning(artifact: ExecutedArtifact, cell: int | None, error: str = "") -> tuple[Frame, ...]:
    """Return the frame where a cell begins, or the line in it that an R syntax error names."""
    return _Places(artifact, cell).beginning(error)


def _failure(report: Excerpt, artifact: ExecutedArtifact, error: str, cell: int | None) -> Failure:
    chain = parse_errors(report.lines)
    places = _Places(artifact, cell)
    crash = next((c for c in reversed(chain) if not c.error.startswith(_RUNNERS)), ParsedError())
    message = error or crash.error or _r_error(report.lines) or _bare_error(report) or UNSAID
    causes = [c for c in chain if c is not crash and not c.error.startswith(_RUNNERS)]
    return Failure(
        message,
        places.frames(crash.frames) or places.beginning(message),
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
    """The map from frames to files of the workspace, for one artifact and its failing cell."""

    def __init__(self, artifact: ExecutedArtifact, failing: int | None) -> None:
        self._artifact = artifact
        self._failing = failing
        self._texts = sources_as_run(artifact)
        self._numbers: dict[int | None, tuple[int, int]] | None = None

    def frames(self, raw_frames: Sequence[RawFrame]) -> tuple[Frame, ...]:
        """Return the frames in the workspace, the outermost first; of a recursion, both ends."""
        found: list[Frame] = []
        for raw in raw_frames:
            frame = self._frame(raw)
            if frame and frame not in found[-1:]:
                found.append(frame)
        half = _MOST_FRAMES // 2
        return tuple(found if len(found) <= _MOST_FRAMES else [*found[:half], *found[-half:]])

    def beginning(self, error: str) -> tuple[Frame, ...]:
        """Return the frame where the failing cell begins, or the line that R's error names."""
        origin = self._artifact.origin(self._failing)
        if origin is None or self._failing is None:
            return ()
        match = _R_SYNTAX_ERROR.search(error)
        return (self._in_cell(self._failing, origin, int(match["line"]) if match else 1, None),)

    def _frame(self, raw: RawFrame) -> Frame | None:
        if raw.is_script:
            line_map = self._artifact.line_map
            place = None if self._artifact.cells else in_script(line_map, raw.line or 0)
            return place and Frame(*place, raw.function, self._line(*place) or raw.text)
        if raw.path:
            if raw.line is None:
                return None
            text = self._line(raw.path, raw.line) or raw.text
            return Frame(raw.path, raw.line, raw.function, text)
        cell, line = self._cell_and_line(raw)
        origin = self._artifact.origin(cell)
        if cell is None or origin is None:
            return None
        return self._in_cell(cell, origin, line, raw.function)

    def _in_cell(self, cell: int, origin: Origin, line: int, function: str | None) -> Frame:
        place = origin.path, origin.line + line - 1
        return Frame(
            *place, function, self._line(*place), self._artifact.count_of_cell(cell), origin.line
        )

    def _line(self, path: str, line: int) -> str:
        text = self._texts.get(path, [])
        return (text[line - 1] or "").strip() if 0 < line <= len(text) else ""

    def _cell_and_line(self, raw: RawFrame) -> tuple[int | None, int]:
        """Return the cell that contains a frame, and the line in that cell."""
        cell, above = self._cell(raw)
        line = None if cell is None else self._line_in_cell(cell, raw, above)
        if cell is not None and line is None:
            # Code below %%capture runs under the number of the next cell.
            cells = reversed(self._artifact.executed())
            cell = next((n for n in cells if self._line_in_cell(n, raw, 0)), cell)
            line = self._line_in_cell(cell, raw, 0)
        return cell, line or min(raw.line or 1, len(self._lines(cell)))

    def _cell(self, raw: RawFrame) -> tuple[int | None, int]:
        """Return the cell that a frame names, and how many of its first lines are not counted."""
        if raw.magic:
            return self._timed(raw.function), 1
        if raw.count is not None:
            return self._artifact.cell_of_count(raw.count), 0
        if found := self._numbered().get(raw.number):
            return found
        return self._failing if raw.function is None else self._with_line(raw), 0

    def _timed(self, function: str | None) -> int | None:
        """Return the ``%%time`` cell that contains a frame: the failing one, or the function's."""
        timed = {n: text_of(self._artifact.cells[n]) for n in self._artifact.executed()}
        timed = {n: text for n, text in timed.items() if text.startswith("%%time")}
        if function is None:
            return self._failing if self._failing in timed else None
        defines = re.compile(rf"^\s*(?:async )?def {re.escape(_last(function))}\b", re.MULTILINE)
        return next((n for n in reversed(timed) if defines.search(timed[n])), None)

    def _numbered(self) -> Mapping[int | None, tuple[int, int]]:
        """Return the cells by their number in file names, with the lines that are not counted.

        The code below a cell magic such as ``%%capture`` has a number of its own.
        """
        if self._numbers is None:
            self._numbers = {}
            for cell in self._artifact.executed():
                text = text_of(self._artifact.cells[cell])
                self._numbers[cell_number(text)] = cell, 0
                if text.startswith("%%"):
                    self._numbers[cell_number(text.partition("\n")[2] + "\n")] = cell, 1
        return self._numbers

    def _with_line(self, raw: RawFrame) -> int | None:
        """Return the cell that contains the frame's line; the failing cell takes precedence."""
        same = [n for n in self._artifact.executed() if self._has_line(n, raw)]
        return self._failing if self._failing in same else next(iter(same), None)

    def _has_line(self, cell: int, raw: RawFrame) -> bool:
        lines, line = self._lines(cell), raw.line or 0
        return bool(raw.text) and 0 < line <= len(lines) and _is_same(raw.text, lines[line - 1])

    def _line_in_cell(self, cell: int, raw: RawFrame, above: int) -> int | None:
        """Return the line of a frame in a cell; None if no line of the cell has its text.

        IPython does not count the blank lines at the top of a cell, nor the second line of a magic.
        So if the text of the counted line differs, the nearest line with that text is returned.
        """
        lines = self._lines(cell)
        blank = next((n for n, text in enumerate(lines) if text.strip()), 0)
        line = raw.line + above + blank if raw.line else 1
        if raw.line is None and raw.function:
            defines = f"def {_last(raw.function)}("
            return next((n for n, text in enumerate(lines, 1) if defines in text), 1)
        if raw.magic or not raw.text or _last(raw.function or "").startswith("<"):
            return line if line <= len(lines) else None  # a comprehension shows another text
        same = [n for n, text in enumerate(lines, 1) if _is_same(raw.text, text)]
        return min(same, key=lambda n: abs(n - line), default=None)

    def _lines(self, cell: int | None) -> list[str]:
        return text_of(self._artifact.cells[cell]).split("\n") if cell is not None else []


def _is_same(shown: str, line: str) -> bool:
    """Return whether a traceback shows this line; it may leave out the line's comment."""
    return line.strip() == shown or line.split("#", maxsplit=1)[0].strip() == shown


def _last(function: str) -> str:
    """Return the last part of a function's qualified name."""
    return function.rpartition(".")[2]
