"""Read a traceback: its errors one after the other, and of each the frames that may be ours.

Understood are the frames that IPython 5 to 9 and Python itself print, seen in real logs:

    Cell In[5], line 3, in train(x)                          IPython 8 and 9
    Input In [5], in <cell line: 3>()   ----> 3 train(x)     IPython 8.0 to 8.4
    /tmp/ipykernel_17/405.py in train(x)   ----> 4 x / 0     IPython 7, as on Kaggle
    <ipython-input-5-4f1d> in train(x)   ----> 4 x / 0       IPython 5 to 7, ipykernel 5
    File <timed exec>:3                                      below %%time
    File /tmp/nbship-x/src_py/sahel/audio.py:12, in read(p)  a bundled module, IPython 8 and 9
    /tmp/nbship-x/src_py/sahel/audio.py in read(p)           the same, IPython 7
    File "/tmp/nbship-x/src_py/sahel/audio.py", line 12      the same, Python
    File "/kaggle/src/script.py", line 7, in train           a script, wherever its world lies
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from nbship.core.artifact.bundle import FOLDER_PREFIX

_IN = r"(?:,? in (?P<function>[\w.<>-]+))?"
_AT = r'(?:", line (?P<{0}>\d+)|:(?P<{1}>\d+)(?=, in |$))?'
_OPENING = r"^\s*(?:File )?\"?"
_FOLDER = rf"[/~][^\"]*?/?{re.escape(FOLDER_PREFIX)}\w{{1,32}}/"
_BUNDLED = rf"{_FOLDER}(?P<path>src_py/(?:\w[\w-]*/)*\w[\w-]*\.py)"  # and nowhere else
_KERNELS = r"[/~][^\"]*?/ipykernel_\d+/(?P<hash>\d+)\.py"
_INPUTS = r"<ipython-input-(?P<count>\d+)-\w+>"
_FRAMES = (
    re.compile(rf"^\s*(?:Cell )?In ?\[(?P<count>\d+)\], line (?P<line>\d+){_IN}"),
    re.compile(rf"^\s*(?:Input|Cell) In ?\[(?P<count>\d+)\]{_IN}"),
    re.compile(_OPENING + _BUNDLED + _AT.format("line", "colon") + _IN),
    re.compile(r"^\s*File \"[^\"]*/src/script\.py\", line (?P<script>\d+)" + _IN),
    re.compile(_OPENING + _KERNELS + _AT.format("line", "colon") + _IN),
    re.compile(_OPENING + _INPUTS + _AT.format("line", "colon") + _IN),
    re.compile(_OPENING + r"<(?P<magic>timed (?:exec|eval))>" + _AT.format("line", "colon") + _IN),
)
_WARNING = re.compile(r":\d+: ")  # "...:12: UserWarning: slow" is no frame
_OTHERS = re.compile(r"^\s*File \"|^(?:File )?[/~<]\S* in [\w.<>-]+|^File \S+:\d+(?:, in |$)")
_ARROW = re.compile(r"^-+> ?(?P<line>\d+) ?(?P<text>.*)$")
_HEADING = re.compile(r"^(?P<name>[\w.]+) +Traceback \(most recent call last\)$")
_BEGINNING = "Traceback (most recent call last):"
_ERROR = re.compile(r"^(?P<name>[^\W\d][\w.]*)(?::(?: (?P<value>.*))?)?$")
_GROUPS = "Exception Group Traceback (most recent call last):"
_BAR = re.compile(r"^ *[|+] (?:(?=Exception Group)| ?(?! ))?|^ *\|$")
_RULE = re.compile(r"^ *(?:\+-)?\+-+(?: (?:\d+|\.\.\.) )?-+$")
_REMOTE = re.compile(r"^[\w.]*RemoteTraceback:?$")
_LINKS = (
    "During handling of the above exception, another exception occurred:",
    "The above exception was the direct cause of the following exception:",
)
_SOON = 3  # lines behind a link, in which the next error begins
_LONGEST = 4000  # characters of a line that are looked at
_MODULE_LEVEL = re.compile(r"<(?:module|cell line.*|cell)>?|async-def-wrapper")


@dataclass(slots=True)
class RawFrame:
    """A frame that may be ours, as the traceback says it; ``line`` counts from 1."""

    path: str | None = None  # of a bundled module
    count: int | None = None  # of the cell that ran as In [count]
    number: int | None = None  # of the cell whose text has this number: murmur.py
    magic: bool = False  # in what is below %%time
    is_scripts: bool = False
    is_pythons: bool = False  # the line's text follows, as Python itself shows it
    line: int | None = None
    function: str | None = None
    text: str = ""  # of the line, where the traceback shows it


@dataclass(slots=True)
class ParsedError:
    """One error of a chain: its line, the frames from the outermost in, what a group has in it."""

    error: str = ""
    spots: list[RawFrame] = field(default_factory=list)
    parts: list["ParsedError"] = field(default_factory=list)
    said: list[str] = field(default_factory=list)  # the lines below the error


def parse_errors(lines: Sequence[str]) -> list[ParsedError]:
    """Return the errors of a traceback's lines: the last is the one that was not caught.

    What a process of a pool says is counted to the error that it arrives as.
    """
    found: list[ParsedError] = []
    remote: list[RawFrame] = []
    for piece in _pieces(lines):
        crash = _read(piece)
        if _REMOTE.match(crash.error):
            remote = _read([line for line in crash.said if line.strip() != '"""']).spots
            continue
        crash.spots += remote
        remote = []
        if not crash.spots:  # what it quotes is better than nothing
            crash.spots = [spot for line in crash.said if (spot := _spot(line.rstrip()))]
        if crash.error or crash.spots:
            found.append(crash)
    return found


def is_error_name(name: str) -> bool:
    """Whether a name looks like that of an exception."""
    last = name.rpartition(".")[2]
    return last.endswith(("Error", "Exception", "Interrupt", "Exit", "Warning", "Iteration"))


def is_link(line: str) -> bool:
    """Whether a line stands between two errors of one chain."""
    return line.strip(" |") in _LINKS


def _pieces(lines: Sequence[str]) -> Iterator[list[str]]:
    """Divide a chain at what Python puts between its errors."""
    piece: list[str] = []
    for number, line in enumerate(lines, 1):
        if is_link(line) and _goes_on(lines[number : number + _SOON]):
            yield piece
            piece = []
        else:
            piece.append(line[:_LONGEST])
    yield piece


def _goes_on(lines: Sequence[str]) -> bool:
    """Whether the next error of a chain begins; a message may hold the sentence before it, too."""
    bare = (_BAR.sub("", line[:_LONGEST], count=1).strip() for line in lines)
    first = next(filter(None, bare), "")
    begins = first in {_BEGINNING, _GROUPS} or _HEADING.match(first) or _OTHERS.match(first)
    return bool(begins) or _spot(first) is not None


def _read(lines: Sequence[str]) -> ParsedError:
    if any(_GROUPS in line for line in lines):
        whole, *parts = _divided(lines)
        crash = _Reader().read(whole)
        crash.parts = [part for piece in parts if (part := _Reader().read(piece)).error]
        return crash
    return _Reader().read(lines)


def _divided(lines: Sequence[str]) -> list[list[str]]:
    """Divide a group at its rules, and take away the bars at the left."""
    pieces: list[list[str]] = [[]]
    for line in lines:
        if _RULE.match(line):
            pieces.append([])
        else:
            pieces[-1].append(_BAR.sub("", line, count=1).replace(_GROUPS, _BEGINNING))
    return pieces


class _Reader:
    """Reads one error, line by line."""

    def __init__(self) -> None:
        self.crash = ParsedError()
        self.name = ""  # from IPython's heading
        self.is_open = False  # whether a traceback has begun, in which any error may follow
        self.spot: RawFrame | None = None  # the last frame, while its lines are read

    def read(self, lines: Sequence[str]) -> ParsedError:
        for line in lines:
            if self.crash.error:
                self.crash.said.append(line)
            else:
                self._take(line.rstrip())
        return self.crash

    def _take(self, line: str) -> None:
        heading = _HEADING.match(line)
        if heading or line == _BEGINNING:
            self.name, self.is_open = heading["name"] if heading else "", True
        elif arrow := _ARROW.match(line):
            if self.spot and not self.spot.text:
                self.spot.line = self.spot.line or int(arrow["line"])
                self.spot.text = arrow["text"].strip()
        elif spot := _spot(line):
            self.spot, self.is_open = spot, True
            self.crash.spots.append(spot)
        elif _OTHERS.match(line):
            self.spot, self.is_open = None, True
        elif error := self._error(line):
            self.crash.error = error
        elif self.spot and self.spot.is_pythons and not self.spot.text and line[:1] == " ":
            self.spot.text = line.strip()

    def _error(self, line: str) -> str:
        match = _ERROR.match(line)
        if match is None:
            return ""
        last = match["name"].rpartition(".")[2]
        if self.name:
            is_it = last == self.name.rpartition(".")[2]
        else:
            is_it = self.is_open or is_error_name(last) or bool(_REMOTE.match(line))
        return line.removesuffix(":").strip() if is_it and not match["value"] else line * is_it


def _spot(line: str) -> RawFrame | None:
    match = next((m for pattern in _FRAMES if (m := pattern.match(line))), None)
    if match is None or _WARNING.match(line, match.end()):
        return None
    groups = match.groupdict()
    line_number = groups.get("script") or groups.get("line") or groups.get("colon")
    is_bare = line_number is None and match.end() == len(line)  # IPython 8.0, not Python
    is_bare = is_bare and groups["function"] is None
    return RawFrame(
        path=groups.get("path"),
        count=_number(groups.get("count")),
        number=_number(groups.get("hash")),
        magic="magic" in groups,
        is_scripts="script" in groups,
        is_pythons='", line ' in match[0] or is_bare,
        line=_number(line_number),
        function=None if _is_top(groups["function"]) else groups["function"],
    )


def _is_top(function: str | None) -> bool:
    return function is None or _MODULE_LEVEL.match(function) is not None


def _number(text: str | None) -> int | None:
    return int(text) if text else None
