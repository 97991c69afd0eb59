"""Progress bars in a log: the latest state while a bar is running, then its last line.

A state is a text with a carriage return and without a line end. The next text of the same stream
overwrites it if there is a carriage return between the two. A line end alone completes the state;
any other text begins a new line.
"""

from dataclasses import dataclass, field

from nbship.model.run import LogEvent
from nbship.sanitize import readable

_LONGEST = 4096  # characters of a line that are shown


@dataclass(frozen=True, slots=True)
class Shown:
    """What to show after an event: complete lines, and the latest bar (empty if there is none)."""

    lines: tuple[str, ...]
    bar: str


@dataclass(slots=True)
class ProgressFolder:
    """The incomplete bars, one for each stream."""

    _partial: dict[str, str] = field(default_factory=dict)  # stream -> text

    def feed(self, event: LogEvent) -> Shown:
        """Add the next event and return what to show now."""
        text, partial = event.text, self._partial.pop(event.stream, "")
        is_overwritten = partial.endswith("\r") or text.startswith("\r")
        is_line_end = not text.strip("\r\n")
        lines = [partial] if partial and not is_overwritten and not is_line_end else []
        if is_line_end:
            text = partial[-_LONGEST:] + text
        if "\r" in text and not text.endswith("\n"):
            self._partial[event.stream] = text
        else:
            lines.append(text)
        return Shown(tuple(_line(line) for line in lines), self._bar())

    def rest(self) -> tuple[str, ...]:
        """Return the bars that are still incomplete at the end of the log, and forget them."""
        partial, self._partial = self._partial, {}
        return tuple(_line(text) for text in partial.values())

    def _bar(self) -> str:
        *_, last = ["", *self._partial.values()]
        return _line(last)


def _line(text: str) -> str:
    return readable(text[-_LONGEST:] if "\r" in text else text[:_LONGEST])
