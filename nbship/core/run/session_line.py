"""The session line in a run's log: the number of the session, and what it ran on.

``core/artifact/session`` makes the code that prints it, before any other code of the artifact.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from nbship.model.run import LogEvent
from nbship.sanitize import readable

_UNKNOWN = "unknown"  # a word that stands for nothing
_LONGEST = 1000  # characters of a line that is looked at
_BEGINS = "nbship: session "
_LINE = re.compile(
    _BEGINS + r"(\d{1,18}), image (\S+), ((?:Python|R) [\w.+-]+), accelerator (\S.*)"
)
_MINOR = re.compile(r"Python (\d+\.\d+)\b")


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """What a run told of itself: "" where it did not know.

    ``image`` is the Docker image, ``runtime`` the language with its version ("Python 3.12.11"), and
    ``accelerator`` what was found ("2 x Tesla T4", or "none").
    """

    session: int
    image: str
    runtime: str
    accelerator: str


def session_in(events: Iterable[LogEvent]) -> SessionFacts | None:
    """Return what the first session line of a log tells, None if there is none.

    A notebook may print the log of another run: only the first line is of this one.
    """
    for event in events:
        if event.stream == "stdout" and _BEGINS in event.text[:_LONGEST]:
            found = _LINE.fullmatch(readable(event.text[:_LONGEST]))
            if found:
                image, accelerator = (_known(found[2]), _known(found[4]))
                return SessionFacts(int(found[1]), image, found[3], accelerator)
    return None


def minor_of(runtime: str) -> str:
    """Return the version of Python in a runtime, as in "3.12"; "" for another language."""
    found = _MINOR.match(runtime)
    return found[1] if found else ""


def _known(word: str) -> str:
    return "" if word == _UNKNOWN else word
