"""A failed run or rehearsal, with its frames in the workspace."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame of a traceback that is in the workspace, at the line that it had when it ran."""

    path: str
    line: int
    function: str | None = None  # None at the top of a cell, a module or a script
    text: str = ""  # what the line said then
    cell: int | None = None  # the number that its cell ran under: In [cell]
    cell_line: int | None = None  # where that cell begins in the source


@dataclass(frozen=True, slots=True)
class Failure:
    """A crash brought back to the source: its frames there, from the outermost in.

    There are none where no frame of ours can be found in what was reported.
    """

    error: str  # "ZeroDivisionError: division by zero"
    frames: tuple[Frame, ...] = ()
    before: tuple[str, ...] = ()  # the last lines of the log before it
    causes: tuple["Failure", ...] = ()  # that came before it, the first of them first
    parts: tuple["Failure", ...] = ()  # that are in it, where it is a group

    @property
    def last(self) -> Frame | None:
        """The innermost frame: the line that failed."""
        return self.frames[-1] if self.frames else None
