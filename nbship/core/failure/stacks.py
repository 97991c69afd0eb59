"""The stacks of a kernel that hangs: the thread that runs the notebook, as a traceback.

Python's faulthandler writes a stack from the innermost frame out, without the lines' texts::

    Current thread 0x00007f (most recent call first):
      File "/tmp/ipykernel_17/405.py", line 4 in train
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nbship.core.artifact.bundle import FOLDER_PREFIX
from nbship.core.run.forms import TRACEBACK

_THREAD = re.compile(r"^(?:Current thread|Thread) 0x[0-9a-f]+.* \(most recent call first\):$")
_FRAME = re.compile(r'^  File "(?P<path>[^"]*)", line (?P<line>\d+) in (?P<function>.+)$')
_NOTEBOOK = re.compile(rf"/ipykernel_\d+/\d+\.py$|/{re.escape(FOLDER_PREFIX)}\w+/")
_SHOWN = 2  # parts of the path of a library


@dataclass(frozen=True, slots=True)
class Hang:
    """Where a kernel was: a traceback of the notebook's frames, and the library that it waits in.

    ``traceback`` is empty if no thread runs code of the notebook.
    """

    traceback: str = ""
    library: str = ""  # "recv in zmq/socket.py"


def hang_of(stacks: str) -> Hang:
    """Return where the thread is that runs the notebook; of several, the last one."""
    found = Hang()
    for frames in _threads(stacks):
        ours = [frame for frame in frames if _NOTEBOOK.search(frame["path"])]
        if ours:
            lines = (f'  File "{f["path"]}", line {f["line"]}, in {f["function"]}' for f in frames)
            traceback = "\n".join([f"{TRACEBACK}:", *reversed([*lines])])
            found = Hang(traceback, "" if frames[0] in ours else _library(frames[0]))
    return found


def _threads(stacks: str) -> Iterator[list[re.Match[str]]]:
    frames: list[re.Match[str]] = []
    for line in stacks.split("\n"):
        if _THREAD.match(line):
            yield frames
            frames = []
        elif frame := _FRAME.match(line):
            frames.append(frame)
    yield frames


def _library(frame: re.Match[str]) -> str:
    return f"{frame['function']} in {'/'.join(frame['path'].split('/')[-_SHOWN:])}"
