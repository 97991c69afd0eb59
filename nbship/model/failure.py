"""A failure of a run or a rehearsal, with its frames in the workspace."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame of a traceback that is in the workspace, at its line in the version that ran."""

    path: str
    line: int
    function: str | None = None  # None at the top of a cell, a module or a script
    text: str = ""  # of the line, in the version that ran
    cell: int | None = None  # the execution count of its cell: In [cell]
    cell_line: int | None = None  # the line of the source at which that cell begins
    is_whole_cell: bool = False  # ``line`` is where the cell begins: the failing line is not known


@dataclass(frozen=True, slots=True)
class Failure:
    """An error with its frames in the sources, from the outermost to the innermost.

    ``frames`` is empty if no frame of the traceback is in the workspace.
    """

    error: str  # "ZeroDivisionError: division by zero"
    frames: tuple[Frame, ...] = ()
    before: tuple[str, ...] = ()  # the last lines of the log before the error
    causes: tuple["Failure", ...] = ()  # the errors that led to it, in the order in which they rose
    parts: tuple["Failure", ...] = ()  # the errors inside an exception group

    @property
    def last(self) -> Frame | None:
        """The innermost frame: the line that failed."""
        return self.frames[-1] if self.frames else None
