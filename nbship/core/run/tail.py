"""The last lines of an output: bounded in number and in size, however long the output is."""

from collections import deque
from dataclasses import dataclass, field

_MOST_CHARACTERS = 16 << 20


@dataclass(slots=True)
class Tail:
    """The last lines that were added: at most so many lines, and so many characters."""

    most_lines: int
    most_characters: int = _MOST_CHARACTERS
    _lines: deque[str] = field(default_factory=deque)
    _size: int = 0

    def add(self, line: str) -> None:
        """Add a line, and forget the first ones where there are too many."""
        self._lines.append(line)
        self._size += len(line)
        while len(self._lines) > self.most_lines or self._size > self.most_characters:
            self._size -= len(self._lines.popleft())

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines, the oldest first."""
        return tuple(self._lines)
