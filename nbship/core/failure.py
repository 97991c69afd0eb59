"""Bring a crash back to the source: from the text of a traceback to ``src_py/NAME.py:line``.

Understood are the frames that IPython 7 to 9 and Python itself print, seen in real logs:

    Cell In[5], line 3, in train(x)                          IPython 8 and 9
    Input In [5], in <cell line: 3>()   ----> 3 train(x)     IPython 8.0 to 8.4
    /tmp/ipykernel_17/405.py in train(x)   ----> 4 x / 0     IPython 7, as on Kaggle
    File /tmp/nbship-x/src_py/sahel/audio.py:12, in read(p)  a bundled module, IPython 8 and 9
    /tmp/nbship-x/src_py/sahel/audio.py in read(p)           the same, IPython 7
    File "/tmp/nbship-x/src_py/sahel/audio.py", line 12      the same, Python
    File "/kaggle/src/script.py", line 7, in train           a script, wherever its world lies
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbship.core.bundle import FOLDER_PREFIX
from nbship.core.log import readable
from nbship.core.notebook import text_of
from nbship.model.notebook import Failure
from nbship.model.workspace import LineMap, Origin

UNSAID = "the run failed without saying why"
INJECTED_TAG = "injected-parameters"  # papermill's tag for the cell that it adds

_BUNDLED = rf"{re.escape(FOLDER_PREFIX)}[^/\s]+/(?P<path>src_py/[^\s:\"]+\.py)"
_IN = r"(?:,? in (?P<function>[\w.<>]+))?"
_FRAMES = (
    re.compile(rf"(?:Cell )?In ?\[(?P<count>\d+)\], line (?P<line>\d+){_IN}"),
    re.compile(rf"Input In \[(?P<count>\d+)\]{_IN}"),
    re.compile(rf"{_BUNDLED}:(?P<line>\d+)\b(?!: ){_IN}"),  # "...:12: UserWarning" is no frame
    re.compile(rf"{_BUNDLED}\", line (?P<line>\d+){_IN}"),
    re.compile(rf"{_BUNDLED}{_IN}"),
    re.compile(r"/src/script\.py\", line (?P<script>\d+)" + _IN),
    re.compile(r"/ipykernel_\d+/\d+\.py\", line (?P<line>\d+)" + _IN),
    re.compile(r"/ipykernel_\d+/\d+\.py" + _IN),
)
_ARROW = re.compile(r"^-+> ?(?P<line>\d+) ?(?P<text>.*)$")
_GROUP = re.compile(r"^(?: *[|+](?:-+[+ \d-]*)? ?)+")  # the frame around an ExceptionGroup
# What runs the notebook says that something failed, and not what.
_RUNNERS = frozenset(
    {
        "papermill.exceptions.PapermillExecutionError",
        "nbclient.exceptions.CellExecutionError",
    }
)
_ENCOUNTERED = re.compile(r'Exception encountered at "In \[(?P<count>\d+)\]"')
_ERROR = re.compile(r"^(?P<name>[A-Za-z_][\w.]*)(?:: (?P<value>.*))?$")
_R_ERROR = "Error in "
_R_UNREAD = re.compile(r"<text>:(?P<line>\d+):\d+: ")
_HEADING = re.compile(r"^(?P<name>[\w.]+) +Traceback \(most recent call last\)$")
_MODULE_LEVEL = re.compile(r"<(?:module|cell line.*|cell)>?")


@dataclass(frozen=True, slots=True)
class Ran:
    """What ran: its cells as JSON, none of a script, and the map of each to its source."""

    cells: Sequence[Mapping[str, Any]]
    line_map: LineMap


@dataclass(slots=True)
class _Frame:
    """A frame while its lines are read; IPython 7 says the line number a line later."""

    path: str | None
    count: int | None
    line: int | None
    function: str | None
    text: str = ""
    is_scripts: bool = False

    @property
    def is_pythons(self) -> bool:
        """Whether Python itself printed this frame of a cell."""
        return self.line is not None and self.path is None and self.count is None


def with_injected(cells: Sequence[Mapping[str, Any]], line_map: LineMap) -> LineMap:
    """Return the map for a notebook into which papermill put its cell of parameters."""
    origins = iter(line_map)
    return tuple(None if _is_injected(cell) else next(origins, None) for cell in cells)


def locate(traceback: str, ran: Ran, *, error: str = "", cell: int | None = None) -> Failure:
    """Find the innermost frame that is ours; ``traceback`` may carry colours and other text.

    Without such a frame (``sys.exit()`` leaves none) it is the beginning of the failing cell:
    the one with the index ``cell``, or the one that the text says was encountered.
    """
    lines = [_GROUP.sub("", readable(line)) for line in traceback.splitlines()]
    current = _encountered(lines)
    failing = _cell_of_count(ran, current) if cell is None and current else cell
    places = [(place, frame) for frame in _frames(lines) if (place := _place(frame, ran, failing))]
    if not places:
        origin = _origin(ran, failing)
        error = error or _error_line(lines)
        return Failure(error, origin.path, _line_in(origin, error)) if origin else Failure(error)
    (path, line), frame = places[-1]
    function = frame.function if frame.function and not _is_top(frame.function) else None
    return Failure(error or _error_line(lines), path, line, function)


def _frames(lines: Sequence[str]) -> Iterator[_Frame]:
    frame: _Frame | None = None
    for text in lines:
        arrow = _ARROW.match(text)
        if arrow and frame:
            if not frame.text:  # else it is of a library's frame below
                frame.line = frame.line or int(arrow["line"])
                frame.text = arrow["text"].strip()
            continue
        match = next((m for pattern in _FRAMES if (m := pattern.search(text))), None)
        if match is None:
            if frame and frame.is_pythons and not frame.text:
                frame.text = text.strip()  # Python shows the line below its frame
            continue
        if frame:
            yield frame
        groups = match.groupdict()
        frame = _Frame(
            path=groups.get("path"),
            count=_number(groups.get("count")),
            line=_number(groups.get("script") or groups.get("line")),
            function=groups.get("function"),
            is_scripts=bool(groups.get("script")),
        )
    if frame:
        yield frame


def _place(frame: _Frame, ran: Ran, failing: int | None) -> tuple[str, int] | None:
    """Return the file and line of the workspace for a frame, or None for a frame not ours."""
    if frame.line is None:
        return None
    if frame.path:
        return frame.path, frame.line
    if frame.is_scripts:
        return None if ran.cells else _in_script(ran.line_map, frame.line)
    cell = _cell_of_count(ran, frame.count) if frame.count else _cell_of_line(ran, frame, failing)
    origin = _origin(ran, cell)
    return (origin.path, origin.line + frame.line - 1) if origin else None


def _line_in(origin: Origin, error: str) -> int:
    """Return the line that R names when it cannot read a cell, else the cell's first."""
    unread = _R_UNREAD.search(error)
    return origin.line + int(unread["line"]) - 1 if unread else origin.line


def _in_script(line_map: LineMap, line: int) -> tuple[str, int] | None:
    """Return the place of a script's line; None in the bundle, which stands between two pieces."""
    begun = [origin for origin in line_map if origin and origin.start <= line]
    if not begun:
        return None
    found = begun[-1].line + line - begun[-1].start
    follows = [origin.line for origin in line_map[len(begun) :] if origin]
    return None if follows and found >= follows[0] else (begun[-1].path, found)


def _origin(ran: Ran, cell: int | None) -> Origin | None:
    return ran.line_map[cell] if cell is not None and cell < len(ran.line_map) else None


def _cell_of_count(ran: Ran, count: int) -> int | None:
    """Return the index of the cell that ran as ``In [count]``: blank cells are not run."""
    executed = _executed(ran)
    return executed[count - 1] if 0 < count <= len(executed) else None


def _cell_of_line(ran: Ran, frame: _Frame, failing: int | None) -> int | None:
    """IPython 7 does not say which cell: take the failing one, else the one with that line."""
    if frame.function is None or _is_top(frame.function):
        return failing
    same = [index for index in _executed(ran) if _line_is(ran.cells[index], frame)]
    return failing if failing in same else next(iter(same), None)


def _executed(ran: Ran) -> list[int]:
    return [
        index
        for index, cell in enumerate(ran.cells)
        if cell.get("cell_type") == "code" and text_of(cell).strip()
    ]


def _line_is(cell: Mapping[str, Any], frame: _Frame) -> bool:
    lines = text_of(cell).split("\n")
    line = frame.line or 0
    return bool(frame.text) and line <= len(lines) and lines[line - 1].strip() == frame.text


def _encountered(lines: Sequence[str]) -> int | None:
    counts = [int(match["count"]) for line in lines if (match := _ENCOUNTERED.search(line))]
    return counts[-1] if counts else None


def _error_line(lines: Sequence[str]) -> str:
    """Return the last line that looks like ``SomeError: what``, which is what Python ends with."""
    headed = {match["name"] for line in lines if (match := _HEADING.match(line))}
    for number, line in reversed([*enumerate(lines, 1)]):
        if line.startswith(_R_ERROR):  # R breaks a long one behind the colon
            more = lines[number : number + 1] if line.rstrip().endswith(":") else []
            return " ".join([line.strip(), *map(str.strip, more)])
        match = _ERROR.match(line)
        name = match["name"] if match else ""
        if name not in _RUNNERS and (name in headed or _is_error_name(name)):
            return line.strip()
    return UNSAID


def _is_error_name(name: str) -> bool:
    last = name.rpartition(".")[2]
    return last.endswith(("Error", "Exception", "Interrupt", "Exit", "Warning", "Iteration"))


def _is_top(function: str) -> bool:
    return _MODULE_LEVEL.match(function) is not None


def _is_injected(cell: Mapping[str, Any]) -> bool:
    return INJECTED_TAG in cell.get("metadata", {}).get("tags", [])


def _number(text: str | None) -> int | None:
    return int(text) if text else None
