"""The report of a failure: a few lines for a terminal, and Markdown for a file."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from nbship.model.failure import Failure, Frame
from nbship.sanitize import readable

LONGEST = 500  # characters of an error in its first line
_MOST_CALLERS = 6
_MOST_OTHERS = 4
_SHORTEST_FENCE = 3

# The line in the current file: its number, unchanged, removed or edited, or not known.
Now = int | Literal["gone", "same", "unknown"]


@dataclass(frozen=True, slots=True)
class FailureReport:
    """A failure with what failed, the failing line in the current file, and the path of the log."""

    failure: Failure
    what: str  # what failed: "version 3 on Kaggle"
    source: str  # the notebook's source: the place of a failure that has no line
    log_name: str  # the title of the file with more details
    log: str  # the path of that file
    now: Now = "same"
    taken: Collection[str] = ()  # the paths of the modules in the artifact that ran


def first_line(report: FailureReport) -> str:
    """Return the error and what failed, in one line."""
    failure = report.failure
    parts = "; ".join(in_a_line(part.error) for part in failure.parts)
    return f"{in_a_line(': '.join(filter(None, [failure.error, parts])))} ({report.what})"


def in_a_line(text: str) -> str:
    """Return text in one line, without escapes, cut to ``LONGEST`` characters."""
    return readable(" ".join(readable_lines(text).split()))[:LONGEST]


def readable_lines(text: str) -> str:
    """Return text whose lines are without escapes and control characters."""
    return "\n".join(readable(line) for line in text.split("\n"))


def details(report: FailureReport) -> tuple[str, ...]:
    """Return the lines below the first: the source line, its cell, its callers, other errors."""
    return tuple(line for line in _details(report) if line)


def _details(report: FailureReport) -> Iterator[str]:
    failure = report.failure
    last = failure.last
    if last is None:
        yield from (f"the last line of the log: {in_a_line(line)}" for line in failure.before[-1:])
        return
    yield in_a_line(last.text)
    yield _cell(last)
    yield _now(report.now, last.path)
    callers = failure.frames[-2::-1]
    yield from (f"called from {_where(frame)}" for frame in callers[:_MOST_CALLERS])
    if len(callers) > _MOST_CALLERS:
        yield f"and {len(callers) - _MOST_CALLERS} calls above"
    yield from (f"after {_brief(cause)}" for cause in failure.causes[-_MOST_OTHERS:])
    parts = [part for part in failure.parts if part.frames]  # the first line names the others
    yield from (f"in the group: {_brief(part)}" for part in parts[:_MOST_OTHERS])


def _now(now: Now, path: str) -> str:
    match now:
        case "same":
            return ""
        case "gone":
            return f"the current {path} does not contain this line"
        case "unknown":
            return "the line number is that of the version that ran; the line may have moved"
        case line:
            return f"in the current file: {path}:{line}"


def _cell(frame: Frame) -> str:
    name = "the cell" if frame.cell is None else f"the cell In [{frame.cell}]"
    if frame.is_whole_cell:
        return f"in {name}, which begins here; which of its lines failed is not known"
    return "" if frame.cell is None else f"in {name}, which begins at line {frame.cell_line}"


def _where(frame: Frame) -> str:
    function = f" in {in_a_line(frame.function)}" if frame.function else ""
    cell = f" (In [{frame.cell}])" if frame.cell is not None else ""
    return f"{frame.path}:{frame.line}{function}{cell}"


def _brief(failure: Failure) -> str:
    where = f"{_where(failure.last)}: " if failure.last else ""
    return f"{where}{in_a_line(failure.error)}"


def markdown(report: FailureReport) -> str:
    """Return a report as Markdown; no text of the failure can break out of its code block."""
    failure = report.failure
    last = failure.last
    place = _where(last) if last else report.source
    blocks = [
        f"# A failure in `{report.source}`, {report.what}",
        fenced(f"{place}: {failure.error}"),
        *_section(
            "The cell" if last and last.is_whole_cell else "The line",
            [text for text in details(report)[:3] if last],
        ),
        *_section("The calls, the innermost last", [_called(frame) for frame in failure.frames]),
        *_section("The errors before it", [_brief(cause) for cause in failure.causes]),
        *_section("The errors in the group", [_brief(part) for part in failure.parts]),
        *_section("The log before the failure", failure.before),
    ]
    return "\n\n".join([*blocks, f"{report.log_name}: `{report.log}`"]) + "\n"


def _called(frame: Frame) -> str:
    return f"{_where(frame)}\n    {in_a_line(frame.text)}".rstrip()


def _section(title: str, lines: Sequence[str]) -> list[str]:
    return [f"## {title}", fenced("\n".join(lines))] if lines else []


def fenced(text: str) -> str:
    """Return text without escapes in a code fence that is longer than any backticks in the text."""
    text = readable_lines(text)
    longest = run = 0
    for character in text:
        run = run + 1 if character == "`" else 0
        longest = max(longest, run)
    fence = "`" * max(_SHORTEST_FENCE, longest + 1)
    return f"{fence}text\n{text}\n{fence}"
