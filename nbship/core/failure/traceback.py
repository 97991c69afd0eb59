"""The parser for tracebacks: the errors of a chain, each with the frames that may be ours.

It understands the frames that IPython 5 to 9 and Python print, as seen in real logs:

    Cell In[5], line 3, in train(x)                          IPython 8 and 9
    Input In [5], in <cell line: 3>()   ----> 3 train(x)     IPython 8.0 to 8.4
    /tmp/ipykernel_17/405.py in train(x)   ----> 4 x / 0     IPython 7, as on Kaggle
    <ipython-input-5-4f1d> in train(x)   ----> 4 x / 0       IPython 5 to 7, ipykernel 5
    File <timed exec>:3                                      below %%time
    File /tmp/nbship-x/src_py/sahel/audio.py:12, in read(p)  a bundled module, IPython 8 and 9
    /tmp/nbship-x/src_py/sahel/audio.py in read(p)           the same, IPython 7
    File "/tmp/nbship-x/src_py/sahel/audio.py", line 12      the same, Python
    File "/kaggle/src/script.py", line 7, in train           a script, below any folder
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from nbship.core.artifact.bundle import BUNDLE_FOLDER, FOLDER_PREFIX
from nbship.core.run.forms import REMOTE, TRACEBACK

_IN = r"(?:,? in (?P<function>[\w.<>-]+))?"
_AT = r'(?:", line (?P<{0}>\d+)|:(?P<{1}>\d+)(?=, in |$))?'
_OPENING = r"^\s*(?:File )?\"?"
_FOLDER = rf"[/~][^\"]*?/?{re.escape(FOLDER_PREFIX)}\w{{1,32}}/"
_ABOVE = r"(?:[\w.][\w.+@-]*/)*?"  # the folders above that of the modules
_BUNDLED = rf"{_FOLDER}(?P<folder>{_ABOVE}{BUNDLE_FOLDER})/(?P<path>(?:\w[\w-]*/)*\w[\w-]*\.py)"
_CELL_FILE = r"[/~][^\"]*?/ipykernel_\d+/(?P<hash>\d+)\.py"
_CELL_INPUT = r"<ipython-input-(?P<count>\d+)-\w+>"
_FRAMES = (
    re.compile(rf"^\s*(?:Cell )?In ?\[(?P<count>\d+)\], line (?P<line>\d+){_IN}"),
    re.compile(rf"^\s*(?:Input|Cell) In ?\[(?P<count>\d+)\]{_IN}"),
    re.compile(_OPENING + _BUNDLED + _AT.format("line", "colon") + _IN),
    re.compile(r"^\s*File \"[^\"]*/src/script\.py\", line (?P<script>\d+)" + _IN),
    re.compile(_OPENING + _CELL_FILE + _AT.format("line", "colon") + _IN),
    re.compile(_OPENING + _CELL_INPUT + _AT.format("line", "colon") + _IN),
    re.compile(_OPENING + r"<(?P<magic>timed (?:exec|eval))>" + _AT.format("line", "colon") + _IN),
)
_WARNING = re.compile(r":\d+: ")  # "...:12: UserWarning: slow" is not a frame
_OTHER_FRAME = re.compile(r"^\s*File \"|^(?:File )?[/~<]\S* in [\w.<>-]+|^File \S+:\d+(?:, in |$)")
_ARROW = re.compile(r"^-+> ?(?P<line>\d+) ?(?P<text>.*)$")
_HEADING = re.compile(rf"^(?P<name>[\w.]+) +{re.escape(TRACEBACK)}$")
_BEGINNING = f"{TRACEBACK}:"
_ERROR = re.compile(r"^(?P<name>[^\W\d][\w.]*)(?::(?: (?P<value>.*))?)?$")
_GROUP_BEGINNING = f"Exception Group {_BEGINNING}"
_BAR = re.compile(r"^ *[|+] (?:(?=Exception Group)| ?(?! ))?|^ *\|$")
_RULE = re.compile(r"^ *(?:\+-)?\+-+(?: (?:\d+|\.\.\.) )?-+$")
_REMOTE = re.compile(rf"^{REMOTE}:?$")
_LINKS = (
    "During handling of the above exception, another exception occurred:",
    "The above exception was the direct cause of the following exception:",
)
_SOON = 3  # lines after a link, within which the next error begins
_LONGEST = 4000  # characters of a line that are read
_MODULE_LEVEL = re.compile(r"<(?:module|cell line.*|cell)>?|async-def-wrapper")


@dataclass(slots=True)
class RawFrame:
    """A frame that may be ours, as the traceback gives it; ``line`` counts from 1."""

    path: str | None = None  # of a bundled module, relative to ``folder``
    folder: str = ""  # that of the modules, in the bundle
    count: int | None = None  # the frame is in the cell that ran as In [count]
    number: int | None = None  # the frame is in the cell with this number: ipykernel_hash.py
    magic: bool = False  # the frame is in the code below %%time
    is_script: bool = False  # the frame is in the script that ran
    is_python: bool = False  # the format is Python's: the line's text follows on the next line
    line: int | None = None
    function: str | None = None
    text: str = ""  # the text of the line, if the traceback shows it


@dataclass(slots=True)
class ParsedError:
    """One error of a chain: its message, its frames from the outermost in, a group's members."""

    error: str = ""
    frames: list[RawFrame] = field(default_factory=list)
    parts: list["ParsedError"] = field(default_factory=list)
    below: list[str] = field(default_factory=list)  # the lines below the error


def parse_errors(lines: Sequence[str]) -> list[ParsedError]:
    """Return the errors of a traceback's lines; the last one is the error that was not caught.

    The frames of an error in a worker process are added to the error that the pool raises for it.
    """
    found: list[ParsedError] = []
    remote: list[RawFrame] = []
    for piece in _pieces([line[:_LONGEST] for line in lines]):
        crash = _read(piece)
        if _REMOTE.match(crash.error):
            remote = _read(crash.below).frames
            continue
        crash.frames += remote
        remote = []
        if not crash.frames:  # the message may quote another traceback
            crash.frames = [frame for line in crash.below if (frame := _parse_frame(line.rstrip()))]
        if crash.error or crash.frames:
            found.append(crash)
    return found


def is_error_name(name: str) -> bool:
    """Return whether a name looks like that of an exception."""
    last = name.rpartition(".")[2]
    return last.endswith(("Error", "Exception", "Interrupt", "Exit", "Warning", "Iteration"))


def is_link(line: str) -> bool:
    """Return whether a line is one that Python prints between two errors of a chain."""
    return line.strip(" |") in _LINKS


def _pieces(lines: Sequence[str]) -> Iterator[list[str]]:
    """Divide a chain at the lines that Python prints between its errors."""
    piece: list[str] = []
    for number, line in enumerate(lines, 1):
        if is_link(line) and _goes_on(lines[number : number + _SOON]):
            yield piece
            piece = []
        else:
            piece.append(line)
    yield piece


def _goes_on(lines: Sequence[str]) -> bool:
    """Return whether the next error of a chain begins; a message may contain the linking line."""
    bare = (_BAR.sub("", line, count=1).strip() for line in lines)
    first = next(filter(None, bare), "")
    if first in {_BEGINNING, _GROUP_BEGINNING} or _HEADING.match(first):
        return True
    return _OTHER_FRAME.match(first) is not None or _parse_frame(first) is not None


def _read(lines: Sequence[str]) -> ParsedError:
    if any(_GROUP_BEGINNING in line for line in lines):
        whole, *parts = _divided(lines)
        crash = _Reader().read(whole)
        crash.parts = [part for piece in parts if (part := _Reader().read(piece)).error]
        return crash
    return _Reader().read(lines)


def _divided(lines: Sequence[str]) -> list[list[str]]:
    """Divide an exception group at its horizontal rules, and remove the bars at the left."""
    pieces: list[list[str]] = [[]]
    for line in lines:
        if _RULE.match(line):
            pieces.append([])
        else:
            pieces[-1].append(_BAR.sub("", line, count=1).replace(_GROUP_BEGINNING, _BEGINNING))
    return pieces


class _Reader:
    """The state while one error is read, line by line."""

    def __init__(self) -> None:
        self.crash = ParsedError()
        self.name = ""  # the error's name in IPython's heading
        self.is_open = False  # a traceback has begun: the next error may have any name
        self.frame: RawFrame | None = None  # the last frame, while its lines are read

    def read(self, lines: Sequence[str]) -> ParsedError:
        for line in lines:
            if self.crash.error:
                self.crash.below.append(line)
            else:
                self._take(line.rstrip())
        return self.crash

    def _take(self, line: str) -> None:
        heading = _HEADING.match(line)
        if heading or line == _BEGINNING:
            self.name, self.is_open = heading["name"] if heading else "", True
        elif arrow := _ARROW.match(line):
            if self.frame and not self.frame.text:
                self.frame.line = self.frame.line or int(arrow["line"])
                self.frame.text = arrow["text"].strip()
        elif frame := _parse_frame(line):
            self.frame, self.is_open = frame, True
            self.crash.frames.append(frame)
        elif _OTHER_FRAME.match(line):
            self.frame, self.is_open = None, True
        elif error := self._error(line):
            self.crash.error = error
        elif self.frame and self.frame.is_python and not self.frame.text and line[:1] == " ":
            self.frame.text = line.strip()

    def _error(self, line: str) -> str:
        match = _ERROR.match(line)
        if match is None:
            return ""
        last = match["name"].rpartition(".")[2]
        if self.name:
            is_error = last == self.name.rpartition(".")[2]
        else:
            is_error = self.is_open or is_error_name(last) or bool(_REMOTE.match(line))
        if not is_error:
            return ""
        return line if match["value"] else line.removesuffix(":").strip()


def _parse_frame(line: str) -> RawFrame | None:
    match = next((m for pattern in _FRAMES if (m := pattern.match(line))), None)
    if match is None or _WARNING.match(line, match.end()):
        return None
    groups = match.groupdict()
    line_number = groups.get("script") or groups.get("line") or groups.get("colon")
    is_bare = line_number is None and match.end() == len(line)  # IPython 8.0, not Python
    is_bare = is_bare and groups["function"] is None
    return RawFrame(
        path=groups.get("path"),
        folder=groups.get("folder") or "",
        count=_number(groups.get("count")),
        number=_number(groups.get("hash")),
        magic="magic" in groups,
        is_script="script" in groups,
        is_python='", line ' in match[0] or is_bare,
        line=_number(line_number),
        function=None if _is_module_level(groups["function"]) else groups["function"],
    )


def _is_module_level(function: str | None) -> bool:
    return function is None or _MODULE_LEVEL.match(function) is not None


def _number(text: str | None) -> int | None:
    return int(text) if text else None
