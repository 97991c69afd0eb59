"""A failure in words: a few lines for a terminal, and Markdown to keep and to show to others."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from nbship.model.failure import Failure, Frame
from nbship.sanitize import readable

LONGEST = 500  # characters of an error in its first line
_MOST_CALLERS = 6
_MOST_OTHERS = 4
_SHORTEST_FENCE = 3

# What became of the line since it ran: its number now, that it is gone, or that nobody can say.
Now = int | Literal["gone", "same", "unknown"]


@dataclass(frozen=True, slots=True)
class FailureReport:
    """A failure, of what it is, what became of the line that failed, and where the log lies."""

    failure: Failure
    what: str  # "version 3 on Kaggle"
    source: str  # the notebook's own file: the place of a failure that has no line
    log_name: str  # what tells more, and where it lies
    log: str
    now: Now = "same"


def first_line(account: FailureReport) -> str:
    """Return the error in one plain line, with what failed."""
    failure = account.failure
    parts = "; ".join(in_a_line(part.error) for part in failure.parts)
    return f"{in_a_line(': '.join(filter(None, [failure.error, parts])))} ({account.what})"


def in_a_line(text: str) -> str:
    """Return text without line breaks and escapes, and not too long for a line."""
    return readable(" ".join(readable_lines(text).split()))[:LONGEST]


def readable_lines(text: str) -> str:
    """Return text whose lines a terminal may have."""
    return "\n".join(readable(line) for line in text.split("\n"))


def details(account: FailureReport) -> tuple[str, ...]:
    """Return the lines below the first: the source line, its cell, who called it, what else."""
    return tuple(line for line in _details(account) if line)


def _details(account: FailureReport) -> Iterator[str]:
    failure = account.failure
    last = failure.last
    if last is None:
        yield from (f"the last line of the log: {in_a_line(said)}" for said in failure.before[-1:])
        return
    yield in_a_line(last.text)
    yield _cell(last)
    yield _now(account.now, last.path)
    callers = failure.frames[-2::-1]
    yield from (f"called from {_where(frame)}" for frame in callers[:_MOST_CALLERS])
    if len(callers) > _MOST_CALLERS:
        yield f"and {len(callers) - _MOST_CALLERS} calls above"
    yield from (f"after {_brief(cause)}" for cause in failure.causes[-_MOST_OTHERS:])
    parts = [part for part in failure.parts if part.frames]  # the first line has the others
    yield from (f"in it: {_brief(part)}" for part in parts[:_MOST_OTHERS])


def _now(now: Now, path: str) -> str:
    match now:
        case "same":
            return ""
        case "gone":
            return f"changed since: {path} has no such line today"
        case "unknown":
            return "the line of the version that ran; it may have moved since"
        case line:
            return f"today it is {path}:{line}"


def _cell(frame: Frame) -> str:
    if frame.cell is None:
        return ""
    return f"in the cell In [{frame.cell}], which begins at line {frame.cell_line}"


def _where(frame: Frame) -> str:
    function = f" in {in_a_line(frame.function)}" if frame.function else ""
    cell = f" (In [{frame.cell}])" if frame.cell is not None else ""
    return f"{frame.path}:{frame.line}{function}{cell}"


def _brief(failure: Failure) -> str:
    where = f"{_where(failure.last)}: " if failure.last else ""
    return f"{where}{in_a_line(failure.error)}"


def markdown(account: FailureReport) -> str:
    """Return all that is known of a failure; nothing in it can break out of its block."""
    failure = account.failure
    last = failure.last
    place = _where(last) if last else account.source
    blocks = [
        f"# A failure in `{account.source}`, {account.what}",
        fenced(f"{place}: {failure.error}"),
        *_section("The line", [text for text in details(account)[:3] if last]),
        *_section("The calls, the innermost last", [_called(frame) for frame in failure.frames]),
        *_section("The errors before it", [_brief(cause) for cause in failure.causes]),
        *_section("The errors in it", [_brief(part) for part in failure.parts]),
        *_section("What the log said before", failure.before),
    ]
    return "\n\n".join([*blocks, f"{account.log_name}: `{account.log}`"]) + "\n"


def _called(frame: Frame) -> str:
    return f"{_where(frame)}\n    {in_a_line(frame.text)}".rstrip()


def _section(title: str, lines: Sequence[str]) -> list[str]:
    return [f"## {title}", fenced("\n".join(lines))] if lines else []


def fenced(text: str) -> str:
    """Return text without escapes in a fence that is longer than any in it."""
    text = readable_lines(text)
    longest = run = 0
    for sign in text:
        run = run + 1 if sign == "`" else 0
        longest = max(longest, run)
    fence = "`" * max(_SHORTEST_FENCE, longest + 1)
    return f"{fence}text\n{text}\n{fence}"
