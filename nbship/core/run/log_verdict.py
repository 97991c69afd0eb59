"""Whether a log shows by itself that its run has ended, and how.

Kaggle's status may lag behind, or fail for hours. The log of a notebook ends with the conversion of
the notebook to HTML, also after a failure, which papermill has told before. The log of a script has
no such end: only a traceback as its last words shows one.
"""

import re
from collections.abc import Sequence

from nbship.model.run import LogEvent, RunState
from nbship.sanitize import readable

_LAST = 40  # events: warnings may follow
_CONVERTED = re.compile(r"\[NbConvertApp\] Writing \d+ bytes to __results__\.html")
_FAILED = re.compile(r"(?:papermill|nbclient)\.exceptions\.\w+")
_TRACEBACK = "Traceback (most recent call last):"
_ERROR = re.compile(r"[A-Za-z_][\w.]*(?:: .*)?")


def infer_outcome(events: Sequence[LogEvent], *, is_whole: bool) -> RunState | None:
    """Return how the run ended, None where the log does not show it.

    ``is_whole`` says that the server has called this the end of the log.
    """
    lines = [(event.stream, readable(event.text)) for event in events]
    if any(_CONVERTED.match(line) for _, line in lines[-_LAST:]):
        return "error" if any(_FAILED.match(line) for _, line in lines) else "complete"
    return "error" if is_whole and _ends_in_a_traceback(lines) else None


def _ends_in_a_traceback(lines: Sequence[tuple[str, str]]) -> bool:
    begun = [number for number, (_, line) in enumerate(lines) if line == _TRACEBACK]
    if not begun:
        return False
    told = [line for _, line in lines[begun[-1] + 1 :] if line]
    ends = [number for number, line in enumerate(told) if not line.startswith(" ")]
    return ends == [len(told) - 1] and bool(_ERROR.fullmatch(told[-1]))
