"""Every error that nbship raises on purpose, and the place and the way out that each carries.

NbshipError           what went wrong, in one line
├── WorkspaceError    pyproject.toml or the machine does not fit: fix the set-up
├── SourceError       a source or its metadata is wrong: fix the file at the place named
├── SmokeError        the rehearsal failed: fix the notebook
├── GuardRefused      a guard said no: nothing was pushed
├── KaggleError       Kaggle refused, misbehaved or could not be reached
│   └── OutcomeUnknown  nobody can say yet whether Kaggle took the push
└── RunFailed         the run on Kaggle did not end well
"""

from dataclasses import dataclass

RUN_CANCELLED = 5  # the exit code of a run that was cancelled or took too long


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file of the workspace, as editors print and open it.

    ``path`` is relative to the workspace and has forward slashes; ``line`` and ``column`` count
    from 1 and are None where the whole file, or the whole line, is meant.
    """

    path: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        """Return ``path:line:column`` as far as it is known."""
        parts = [self.path, self.line, self.column]
        return ":".join(str(part) for part in parts if part is not None)


class NbshipError(Exception):
    """A mistake or a mishap that a person can act on: one line, a place, what to do next."""

    exit_code = 1  # of the nbship command; doit's is 1, or one of those above 3

    def __init__(
        self,
        message: str,
        *,
        place: Place | None = None,
        function: str = "",
        hint: str = "",
        quote: str = "",
        code: str = "",
        near: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.function = function  # that ``place`` is in
        self.hint = hint  # what to do next
        self.quote = quote  # the source line that ``place`` names, and what belongs to it
        self.code = code  # what check calls it: core/findings.py
        self.near = near  # what check's line and column point at, from ``place`` on

    def __str__(self) -> str:
        """Return ``place in function: message``, the line that a person reads first."""
        where = f"{self.place} in {self.function}" if self.function else str(self.place)
        return f"{where}: {self.message}" if self.place else self.message


class WorkspaceError(NbshipError):
    """The workspace or the machine does not fit."""

    exit_code = 2


class SourceError(NbshipError):
    """A source or its metadata is wrong."""

    exit_code = 2


class SmokeError(NbshipError):
    """The rehearsal on this machine failed."""


class GuardRefused(NbshipError):
    """A guard refused the push; nothing was sent."""


class KaggleError(NbshipError):
    """Kaggle refused, misbehaved or could not be reached."""

    exit_code = 4


class OutcomeUnknown(KaggleError):
    """The answer to a push was lost, and looking did not tell whether it happened."""


class RunFailed(NbshipError):
    """The run on Kaggle ended in an error or was cancelled."""
