"""Progress bars in a log: many states of one line → the state of now, and the line when it is done.

A state is a text with a carriage return and without a line end. The next text of the same stream
overwrites it, unless it stands on a line of its own.
"""

from dataclasses import dataclass, field

from nbship.model.run import LogEvent
from nbship.sanitize import readable

_LONGEST = 4096  # characters of a line that are shown


@dataclass(frozen=True, slots=True)
class Shown:
    """What to show of an event: lines that are done, and the bar that is not, or none."""

    lines: tuple[str, ...]
    bar: str = ""


@dataclass(slots=True)
class ProgressFolder:
    """The bars that go on, one for each stream."""

    _begun: dict[str, str] = field(default_factory=dict)

    def feed(self, event: LogEvent) -> Shown:
        """Take the next event and return what to show now."""
        text, begun = event.text, self._begun.pop(event.stream, "")
        is_over = begun.endswith("\r") or text.startswith("\r") or not text.strip("\r\n")
        lines = [begun] if begun and not is_over else []
        if not text.strip("\r\n"):
            text = begun + text
        if "\r" in text and not text.endswith("\n"):
            self._begun[event.stream] = text
        else:
            lines.append(text)
        return Shown(tuple(_line(line) for line in lines), self._bar())

    def rest(self) -> tuple[str, ...]:
        """Return the bars that nothing has followed, when the log is over."""
        begun, self._begun = self._begun, {}
        return tuple(_line(text) for text in begun.values())

    def _bar(self) -> str:
        *_, last = ["", *self._begun.values()]
        return _line(last)


def _line(text: str) -> str:
    return readable(text[-_LONGEST:] if "\r" in text else text[:_LONGEST])
