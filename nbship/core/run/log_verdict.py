"""The outcome of a run, as far as its log alone shows it.

Kaggle's status may lag behind the run, or be unavailable for hours. The log of a notebook ends with
the conversion of the notebook to HTML; if the notebook failed, papermill has logged its exception
before that. The log of a script has no such end: only a traceback as its last lines shows that the
script failed.
"""

import re
from collections.abc import Sequence

from nbship.core.run.forms import TRACEBACK
from nbship.model.run import LogEvent, RunState
from nbship.sanitize import readable

_LAST = 40  # events at the end that are searched: warnings may follow the conversion
_CONVERTED = re.compile(r"\[NbConvertApp\] Writing \d+ bytes to __results__\.html")
_FAILED = re.compile(r"(?:papermill|nbclient)\.exceptions\.\w+")
_BEGINS = f"{TRACEBACK}:"
_ERROR = re.compile(r"[A-Za-z_][\w.]*(?:: .*)?")


def infer_outcome(events: Sequence[LogEvent], *, is_whole: bool) -> RunState | None:
    """Return how the run ended, or None if the log does not show it.

    ``is_whole`` means that the server has marked the end of the log.
    """
    lines = [(event.stream, readable(event.text)) for event in events]
    if any(_CONVERTED.match(line) for _, line in lines[-_LAST:]):
        return "error" if any(_FAILED.match(line) for _, line in lines) else "complete"
    return "error" if is_whole and _ends_in_a_traceback(lines) else None


def _ends_in_a_traceback(lines: Sequence[tuple[str, str]]) -> bool:
    starts = [number for number, (_, line) in enumerate(lines) if line == _BEGINS]
    if not starts:
        return False
    below = [line for _, line in lines[starts[-1] + 1 :] if line]
    unindented = [number for number, line in enumerate(below) if not line.startswith(" ")]
    return unindented == [len(below) - 1] and bool(_ERROR.fullmatch(below[-1]))
