"""The result of a rehearsed notebook: what papermill and its watchdog tell, and the verdict."""

import json
from dataclasses import dataclass, fields
from typing import Any

_SIGNALS = range(129, 193)  # the exit codes for the signals 1 to 64
_KINDS: dict[str, tuple[type, ...]] = {"passed": (bool,), "cell": (int, type(None))}


@dataclass(frozen=True, slots=True)
class RehearsalResult:
    """The result that papermill reports: passed, or the error and the cell at which it ended."""

    passed: bool = False
    error: str = ""
    traceback: str = ""
    cell: int | None = None  # the index of the cell in the executed notebook
    # "timeout", "cell", "lost", "start" or "died" of the watchdog; "running" of a cell that begins
    end: str = ""
    stacks: str = ""  # of the kernels at that time

    @property
    def is_final(self) -> bool:
        """Whether papermill wrote this at its end. If not, it was killed while a cell ran."""
        return self.end != "running"


def read_result(data: bytes) -> RehearsalResult | None:
    """Return the result in the last complete line of JSON that is one, or None without one."""
    for line in reversed(data.split(b"\n")[:-1]):
        try:
            told = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(told, dict) and "passed" in told:
            known = {field.name for field in fields(RehearsalResult)} & told.keys()
            found = {name: told[name] for name in known}
            if all(_is_of_kind(name, value) for name, value in found.items()):
                return RehearsalResult(**found)
    return None


def _is_of_kind(name: str, value: Any) -> bool:
    return type(value) in _KINDS.get(name, (str,))


def has_passed(code: int | None, result: RehearsalResult | None) -> bool:
    """Return whether a rehearsal has passed: its process says so in both of its ways.

    ``code`` is the exit code of papermill's process, None if it was ended.
    """
    return code == 0 and result is not None and result.passed


def disagreement(code: int | None, result: RehearsalResult | None) -> str:
    """Return how the exit code and the result do not fit together, or "" if they do."""
    if code is None:
        return ""
    how = ended_with(code)
    if result is None or not result.is_final:
        return f"papermill ended with {how}, and without a result"
    if result.passed and code != 0:
        return f"the cells passed, but papermill then ended with {how}"
    if not result.passed and code == 0:
        return f"papermill ended with {how}, but its result says that the notebook failed"
    return ""


def is_killed(code: int) -> bool:
    """Return whether an exit code, as a shell gives it, is that of a signal."""
    return code in _SIGNALS


def ended_with(code: int) -> str:
    """Return an exit code, as a shell gives it, in words."""
    return f"signal {code - _SIGNALS.start + 1}" if is_killed(code) else f"exit code {code}"
