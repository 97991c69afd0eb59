"""A double of the console: it keeps the lines that the user would read."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from nbship.model.workspace import Meaning


@dataclass
class RecordedReport:
    """A Report that keeps each line; ``log_mark`` and ``bar_mark`` are put before their lines."""

    log_mark: str = ""
    bar_mark: str = ""
    lines: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    works: list[str] = field(default_factory=list)

    def step(
        self,
        verb: str,
        name: str,
        text: str,
        meaning: Meaning = "plain",
        *,
        file: str = "",
        address: str = "",
    ) -> None:
        assert meaning != address
        self.lines.append(f"{verb} {name} {text}{file and ' '}{file}")

    def more(self, text: str, *, name: str = "") -> None:
        self.lines.append(f"{name and name + ' '}{text}")

    def notice(self, text: str, *, name: str = "") -> None:
        self.lines.append(f"{name and name + ': '}{text}")
        self.notices.append(self.lines[-1])

    def log(self, text: str, written: float | None = None, *, name: str = "") -> None:  # noqa: ARG002
        self.lines.append(f"{name and name + ' '}{self.log_mark}{text}")

    def progress(self, text: str) -> None:
        self.lines.append(f"{self.bar_mark}{text}")

    @contextmanager
    def working(self, verb: str, name: str, state: str = "", log: str = "") -> Iterator[None]:  # noqa: ARG002
        self.works.append(f"{verb} {name} {state}".rstrip())
        yield

    def cell(self, number: int, total: int) -> None:
        pass
