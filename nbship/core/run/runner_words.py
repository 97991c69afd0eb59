"""The lines of the programs that run a notebook, in its log: papermill's report and nbconvert's.

They surround every run and every failure, and explain nothing that nbship does not say in its own
words. The live log leaves them out; ``log.txt`` has them.

As seen in logs of real runs: papermill ends a failed notebook with a traceback that begins in
``<string>``, repeats the error of the cell, and is the last thing that the notebook's process
writes to stderr. nbconvert follows, also after a run that is complete.
"""

import re
from dataclasses import dataclass, field

from nbship.core.run.forms import RUNNER_LINE, TRACEBACK
from nbship.model.run import LogEvent
from nbship.sanitize import readable

_LONGEST = 4096  # characters of a line that are read
_MOST_HELD = 8  # lines that are held back until a report is told from the notebook's own traceback
_BEGINS = f"{TRACEBACK}:"
_IN_STRING = '  File "<string>", line 1, in <module>'
_IN_PAPERMILL = re.compile(r'^  File "[^"]*/papermill/\w+\.py", line \d+')
_SOURCE = "    "  # begins a line of code in a traceback
_WARNS = re.compile(
    r"^\S*/(?:traitlets|nbconvert|nbclient|papermill|mistune)(?:/\S+)?\.py:\d+: \w*Warning: "
)


@dataclass(slots=True)
class RunnerWords:
    """The state of one log, line by line."""

    _held: list[LogEvent] = field(default_factory=list)  # the lines that may begin a report
    _is_report: bool = False
    _is_warning: bool = False  # the line before was a warning: its line of code follows

    def feed(self, event: LogEvent) -> tuple[LogEvent, ...]:
        """Add the next event, and return those that are known to be the notebook's own."""
        if event.stream != "stderr":
            return (event,)
        line = readable(event.text[:_LONGEST])
        if len(self._held) > 1 and _IN_PAPERMILL.match(line):
            self._is_report, self._held = True, []
        if self._is_report:
            return ()
        if self._held and self._may_be_report(line):
            self._held.append(event)
            return ()
        own = self.rest()
        if line == _BEGINS:
            self._held = [event]
            return own
        return own if self._is_runners(line) else (*own, event)

    def rest(self) -> tuple[LogEvent, ...]:
        """Return the events that are held back, at the end of the log."""
        held, self._held = tuple(self._held), []
        return held

    def _may_be_report(self, line: str) -> bool:
        """Return whether a line goes on as papermill's report does."""
        if len(self._held) == 1:
            return line == _IN_STRING
        return line.startswith(_SOURCE) and len(self._held) < _MOST_HELD

    def _is_runners(self, line: str) -> bool:
        if self._is_warning and line.startswith("  "):
            return True
        self._is_warning = _WARNS.match(line) is not None
        return self._is_warning or RUNNER_LINE.match(line) is not None
