"""Support for the tests of failures: executed cells, and the place found in a traceback."""

from dataclasses import dataclass

from nbship.core.failure.executed import ExecutedArtifact
from nbship.core.failure.locate import locate, locate_in_log
from nbship.model.failure import Failure
from nbship.model.run import LogEvent
from nbship.model.workspace import Origin
from tests.support.usual import executed_artifact

TRAINER = "src_py/trainer.py"
DIVISION = "ZeroDivisionError: division by zero"


@dataclass(frozen=True, slots=True)
class Found:
    """An error and the line found for it, if any."""

    error: str
    path: str | None = None
    line: int | None = None
    function: str | None = None


def ran(*texts: str) -> ExecutedArtifact:
    """Return an artifact that ran these code cells; they begin at lines 100, 200 and so on."""
    cells = [{"cell_type": "code", "source": text, "metadata": {}} for text in texts]
    return executed_artifact(
        cells, tuple(Origin(TRAINER, 100 * n) for n in range(1, len(texts) + 1))
    )


def at(error: str, line: int, function: str | None = None, path: str = TRAINER) -> Found:
    return Found(error, path, line, function)


def brought(
    traceback: str, ran: ExecutedArtifact, *, error: str = "", cell: int | None = None
) -> Found:
    """Return the error and the line found in a traceback."""
    return _found(locate(traceback, ran, error=error, cell=cell))


def logged(text: str, ran: ExecutedArtifact) -> Found:
    """Return the error and the line found in a log's error output."""
    return _found(locate_in_log(events(text), ran))


def events(text: str, stream: str = "stderr") -> list[LogEvent]:
    """Return text as the events of a log, one for each line."""
    return [LogEvent(stream, 0.0, line) for line in text.splitlines(keepends=True)]


def _found(failure: Failure) -> Found:
    last = failure.last
    return Found(failure.error, *((last.path, last.line, last.function) if last else ()))
