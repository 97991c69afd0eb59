"""Every error that nbship raises on purpose.

NbshipError           a mistake or a mishap, in one line
├── WorkspaceError    pyproject.toml or the machine does not fit: fix the set-up
│   └── Unreadable    a file exists and cannot be read
├── SourceError       a source or its metadata is wrong: fix the file at the place named
├── SmokeError        the rehearsal failed: fix the notebook
│   └── RehearsalStalled  it stopped in a library below nbship: another rehearsal may pass
├── GuardRefused      a guard refused: nothing was pushed
├── KaggleError       Kaggle refused, misbehaved or could not be reached
│   ├── ServerUnreachable  no server answers at the address; nothing was sent
│   ├── RequestRejected    the server refused; nothing happened
│   ├── SourcesDropped     Kaggle made a version without some of its sources
│   ├── NotPushed          the server was too busy, and no version was made
│   ├── DownloadRejected   a file is refused, and another attempt would not help
│   └── OutcomeUnknown     it is not known whether Kaggle took the push
│       └── Overloaded     the server is too busy; it may have taken the push
├── NotShipped        a ship did not begin with a notebook, because one upstream failed
└── RunFailed         the run on Kaggle failed
    └── RunCancelled  the run was cancelled, or took too long

Interrupted is no NbshipError: like every Ctrl-C, it ends the whole command. ChangedMeanwhile is
none either: it never reaches the user.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from nbship.diagnostics import NOWHERE, Diagnostic, Place

if TYPE_CHECKING:
    from nbship.model.push import Saved


# What each exit code of a command means; a larger one is worse, where several fail.
EXIT_CODES = {
    0: "done",
    1: "something is wrong here: a source, a finding of `check`, a failed rehearsal, a failed run",
    2: "the workspace, this machine or the command line is wrong",
    3: "a guard refused the push",
    4: "Kaggle refused, could not be reached, or did not deliver every output; or the outcome is "
    "unknown",
    5: "the run was cancelled, or took too long",
    130: "Ctrl-C",
}


class NbshipError(Exception):
    """A mistake or a mishap that the user can act on. Its diagnostic never changes."""

    exit_code = 1  # something is wrong here

    def __init__(  # noqa: PLR0913 - the fields of a diagnostic, by name
        self,
        message: str,
        *,
        place: Place | None = None,
        function: str = "",
        hint: str = "",
        hints: tuple[str, ...] = (),
        quote: str = "",
        code: str = "",
        near: str = "",
    ) -> None:
        """Make the error; ``hint`` is for one hint, ``hints`` for several."""
        super().__init__(message)
        self._diagnostic = Diagnostic(
            place or NOWHERE,
            code,
            message,
            hints=(hint, *hints) if hint else hints,
            function=function,
            quote=quote,
            near=near,
        )

    @property
    def diagnostic(self) -> Diagnostic:
        """What is wrong, where, and the way out."""
        return self._diagnostic

    @property
    def message(self) -> str:
        """What is wrong, in one line."""
        return self._diagnostic.message

    @property
    def place(self) -> Place | None:
        """Where it is wrong, None where it is at no line of a file."""
        place = self._diagnostic.place
        return place if place.path else None

    @property
    def hint(self) -> str:
        """What to do next, a line for each hint."""
        return self._diagnostic.hint

    def with_changes(self, **changes: Any) -> Self:
        """Return an equal error with other fields of its diagnostic."""
        changed = type(self).__new__(type(self), *self.args)
        changed.__dict__.update(self.__dict__)
        changed._diagnostic = replace(self._diagnostic, **changes)  # noqa: SLF001 - its own class
        return changed

    def __str__(self) -> str:
        """Return ``place in function: message``, the line that the user reads first."""
        return str(self._diagnostic)


class WorkspaceError(NbshipError):
    """The workspace or the machine does not fit."""

    exit_code = 2


class Unreadable(WorkspaceError):
    """A file exists and cannot be read; ``reason`` says why, without its path."""

    def __init__(self, path: object, reason: str) -> None:
        super().__init__(f"cannot read {path}: {reason}")
        self.reason = reason


class SourceError(NbshipError):
    """A source or its metadata is wrong."""


class SmokeError(NbshipError):
    """The rehearsal on this machine failed, on a rung and after some seconds."""

    rung = ""
    seconds: float | None = None

    def measured(self, rung: str, seconds: float) -> Self:
        """Return an equal error that has the rung, and the seconds until it came."""
        changed = self.with_changes()
        changed.__dict__.update(rung=rung, seconds=seconds)
        return changed


class RehearsalStalled(SmokeError):
    """The rehearsal stopped in a library below nbship, and not in the notebook's own code."""


class GuardRefused(NbshipError):
    """A guard refused the push; nothing was sent.

    ``is_full`` means that it is only for want of a free session.
    """

    exit_code = 3

    def __init__(
        self, message: str, *, hint: str = "", hints: tuple[str, ...] = (), is_full: bool = False
    ) -> None:
        super().__init__(message, hint=hint, hints=hints)
        self.is_full = is_full


class KaggleError(NbshipError):
    """Kaggle refused, misbehaved or could not be reached."""

    exit_code = 4


class ServerUnreachable(KaggleError):
    """No server answers at the address; nothing was sent."""


class RequestRejected(KaggleError):
    """The server refused; nothing happened.

    ``kind`` names a known reason (core/kaggle/messages.py). ``retry_after`` are the seconds for
    which the server asks to wait, None where it does not.
    """

    def __init__(
        self, message: str, *, hint: str, kind: str = "other", retry_after: float | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.kind = kind
        self.retry_after = retry_after


class SourcesDropped(KaggleError):
    """Kaggle made the version ``saved``, but without some of the sources that it asks for."""

    def __init__(self, message: str, *, hint: str, saved: "Saved") -> None:
        super().__init__(message, hint=hint)
        self.saved = saved


class NotPushed(KaggleError):
    """The server was too busy to answer, and a search showed that no version was made."""

    def __init__(self, message: str, *, hint: str, retry_after: float | None) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class DownloadRejected(KaggleError):
    """The server or nbship refuses a file; another attempt would not help."""


class OutcomeUnknown(KaggleError):
    """The answer to a push was lost, and the server did not show whether it happened."""


class Overloaded(OutcomeUnknown):
    """The server is too busy. It may have taken the push all the same."""

    def __init__(self, message: str, *, retry_after: float | None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class NotShipped(NbshipError):
    """A ship did not begin with a notebook; the exit code is that of the failure upstream."""

    def __init__(self, message: str, *, exit_code: int, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.exit_code = exit_code


class RunFailed(NbshipError):
    """The run on Kaggle failed."""


class RunCancelled(RunFailed):
    """The run on Kaggle was cancelled, or took too long."""

    exit_code = 5


class Interrupted(KeyboardInterrupt):
    """Ctrl-C, with what has become of the work, which the user reads in place of the usual line."""


class ChangedMeanwhile(Exception):
    """Another program has saved a file since it was read."""
