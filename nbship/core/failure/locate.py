"""Bring a crash back to the source: from what was reported to ``src_py/NAME.py:line``."""

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

UNSAID = "the run failed without saying why"
# What runs the notebook says that something failed, and not what.
_RUNNERS = (
    "papermill.exceptions.PapermillExecutionError",
    "nbclient.exceptions.CellExecutionError",
)
_MOST_FRAMES = 20  # a recursion has a thousand
_R_ERROR = "Error in "
_R_ERRORS = re.compile(r"^Error(?: in .*)?:")
_R_UNREAD = re.compile(r"<text>:(?P<line>\d+):\d+: ")


def locate(
    traceback: str, ran: ExecutedArtifact, *, error: str = "", cell: int | None = None
) -> Failure:
    """Find the frames that are ours in a traceback, which may carry colours.

    Without such a frame (``sys.exit()`` leaves none) it is the beginning of the failing cell, the
    one with the index ``cell``. ``error`` is what failed in the words of who reports it.
    """
    lines = tuple(readable(line) for line in traceback.split("\n"))
    return _failure(Excerpt(lines), ran, error, cell)


def locate_in_log(events: Sequence[LogEvent], ran: ExecutedArtifact) -> Failure:
    """Find in a run's log why it failed, and the frames that are ours."""
    report = excerpt_of(events)
    cell = ran.cell_of_count(report.count) if report.count and ran.cells else None
    if not report.lines and cell is None:
        lines = [readable(event.text[:500]) for event in events if event.stream != "stdout"]
        return Failure(_r_error(lines) or UNSAID, before=report.before)
    return _failure(report, ran, "", cell)


def beginning(ran: ExecutedArtifact, cell: int | None, error: str = "") -> tuple[Frame, ...]:
    """Return the line where a cell begins, or the one that R names when it cannot read it."""
    return _Places(ran, cell).beginning(error)


def _failure(report: Excerpt, ran: ExecutedArtifact, error: str, cell: int | None) -> Failure:
    chain = parse_errors(report.lines)
    places = _Places(ran, cell)
    crash = next((c for c in reversed(chain) if not c.error.startswith(_RUNNERS)), ParsedError())
    said = error or crash.error or _r_error(report.lines) or _headless(report) or UNSAID
    causes = [c for c in chain if c is not crash and not c.error.startswith(_RUNNERS)]
    return Failure(
        said,
        places.frames(crash.spots) or places.beginning(said),
        report.before,
        tuple(Failure(cause.error, places.frames(cause.spots)) for cause in causes),
        tuple(Failure(part.error, places.frames(part.spots)) for part in crash.parts),
    )


def _headless(report: Excerpt) -> str:
    """Return the last line that looks like ``SomeError: what``.

    Of a magic that is not there IPython leaves an empty report, and has said why just before.
    """
    for line in (*reversed(report.lines), *report.before[-1:]):
        name = line.partition(":")[0]
        if is_error_name(name) and name.replace(".", "").isidentifier() and name not in _RUNNERS:
            return line.strip()
    return ""


def _r_error(lines: Sequence[str]) -> str:
    """Return R's last error; R breaks a long one behind the colon."""
    for number, line in reversed([*enumerate(lines, 1)]):
        if line.startswith(_R_ERROR) or _R_ERRORS.match(line):
            more = lines[number : number + 1] if line.rstrip().endswith(":") else []
            return " ".join([line.strip(), *map(str.strip, more)])
    return ""


class _Places:
    """The way from a frame to the workspace, for what ran and the cell that failed."""

    def __init__(self, ran: ExecutedArtifact, failing: int | None) -> None:
        self._ran = ran
        self._failing = failing
        self._texts = sources_as_run(ran)
        self._numbers: dict[int | None, tuple[int, int]] | None = None

    def frames(self, spots: Sequence[RawFrame]) -> tuple[Frame, ...]:
        """Return the frames of the workspace, from the outermost in; of a recursion, its ends."""
        found: list[Frame] = []
        for spot in spots:
            frame = self._frame(spot)
            if frame and frame not in found[-1:]:
                found.append(frame)
        half = _MOST_FRAMES // 2
        return tuple(found if len(found) <= _MOST_FRAMES else [*found[:half], *found[-half:]])

    def beginning(self, error: str) -> tuple[Frame, ...]:
        """Return the failing cell's beginning, or the line that R names when it cannot read it."""
        origin = self._ran.origin(self._failing)
        if origin is None or self._failing is None:
            return ()
        unread = _R_UNREAD.search(error)
        return (self._in_cell(self._failing, origin, int(unread["line"]) if unread else 1, None),)

    def _frame(self, spot: RawFrame) -> Frame | None:
        if spot.is_scripts:
            place = None if self._ran.cells else in_script(self._ran.line_map, spot.line or 0)
            return place and Frame(*place, spot.function, self._line(*place) or spot.text)
        if spot.path:
            if spot.line is None:
                return None
            text = self._line(spot.path, spot.line) or spot.text
            return Frame(spot.path, spot.line, spot.function, text)
        cell, line = self._in_which(spot)
        origin = self._ran.origin(cell)
        if cell is None or origin is None:
            return None
        return self._in_cell(cell, origin, line, spot.function)

    def _in_cell(self, cell: int, origin: Origin, line: int, function: str | None) -> Frame:
        place = origin.path, origin.line + line - 1
        return Frame(
            *place, function, self._line(*place), self._ran.count_of_cell(cell), origin.line
        )

    def _line(self, path: str, line: int) -> str:
        text = self._texts.get(path, [])
        return (text[line - 1] or "").strip() if 0 < line <= len(text) else ""

    def _in_which(self, spot: RawFrame) -> tuple[int | None, int]:
        """Return the cell that a frame is in, and the line in it."""
        cell, above = self._cell(spot)
        line = None if cell is None else self._settled(cell, spot, above)
        if cell is not None and line is None:
            # Below %%capture the cell has the next one's number.
            others = [n for n in reversed(self._ran.executed()) if self._settled(n, spot, 0)]
            cell = next(iter(others), cell)
            line = self._settled(cell, spot, 0)
        return cell, line or min(spot.line or 1, len(self._lines(cell)))

    def _cell(self, spot: RawFrame) -> tuple[int | None, int]:
        """Return the cell that a frame names, and how many of its lines the frame leaves out."""
        if spot.magic:
            return self._timed(spot.function), 1
        if spot.count is not None:
            return self._ran.cell_of_count(spot.count), 0
        if found := self._numbered().get(spot.number):
            return found
        return self._failing if spot.function is None else self._with_line(spot), 0

    def _timed(self, function: str | None) -> int | None:
        """Return the cell below whose ``%%time`` a frame is: the failing one, or the function's."""
        timed = {n: text_of(self._ran.cells[n]) for n in self._ran.executed()}
        timed = {n: text for n, text in timed.items() if text.startswith("%%time")}
        if function is None:
            return self._failing if self._failing in timed else None
        defines = re.compile(rf"^\s*(?:async )?def {re.escape(_last(function))}\b", re.MULTILINE)
        return next((n for n in reversed(timed) if defines.search(timed[n])), None)

    def _numbered(self) -> Mapping[int | None, tuple[int, int]]:
        """Return each cell by its number in file names; below ``%%capture`` the rest has one."""
        if self._numbers is None:
            self._numbers = {}
            for cell in self._ran.executed():
                text = text_of(self._ran.cells[cell])
                self._numbers[cell_number(text)] = cell, 0
                if text.startswith("%%"):
                    self._numbers[cell_number(text.partition("\n")[2] + "\n")] = cell, 1
        return self._numbers

    def _with_line(self, spot: RawFrame) -> int | None:
        """Return the cell that has the line which is shown: the failing one before others."""
        same = [n for n in self._ran.executed() if self._has_line(n, spot)]
        return self._failing if self._failing in same else next(iter(same), None)

    def _has_line(self, cell: int, spot: RawFrame) -> bool:
        lines, line = self._lines(cell), spot.line or 0
        return bool(spot.text) and 0 < line <= len(lines) and _shows(spot.text, lines[line - 1])

    def _settled(self, cell: int, spot: RawFrame, above: int) -> int | None:
        """Return a frame's line in a cell, None where the cell has none with its text.

        IPython does not count the blank lines at a cell's top, nor a command's second line. Where
        the line that is shown is not the one that is counted, it is the nearest that is.
        """
        lines = self._lines(cell)
        blank = next((n for n, text in enumerate(lines) if text.strip()), 0)
        line = spot.line + above + blank if spot.line else 1
        if spot.line is None and spot.function:
            defines = f"def {_last(spot.function)}("
            return next((n for n, text in enumerate(lines, 1) if defines in text), 1)
        if spot.magic or not spot.text or _last(spot.function or "").startswith("<"):
            return line if line <= len(lines) else None  # of a comprehension the text is another
        same = [n for n, text in enumerate(lines, 1) if _shows(spot.text, text)]
        return min(same, key=lambda n: abs(n - line), default=None)

    def _lines(self, cell: int | None) -> list[str]:
        return text_of(self._ran.cells[cell]).split("\n") if cell is not None else []


def _shows(shown: str, line: str) -> bool:
    """Whether a line is the one that is shown, which may be without its comment."""
    return line.strip() == shown or line.split("#", maxsplit=1)[0].strip() == shown


def _last(function: str) -> str:
    """Return a function's name without what it is nested in."""
    return function.rpartition(".")[2]
