"""The guards of a push: each is one reason not to push, with its message and its override.

doit's options, the record's overrides and the documentation are made from ``GUARDS``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nbship.config import PYPROJECT
from nbship.diagnostics import NOWHERE, Diagnostic, Place, did_you_mean
from nbship.errors import WorkspaceError
from nbship.model.target import RUNGS, Rung, Target

if TYPE_CHECKING:  # doit reads the list of guards at every start, and needs none of these
    from nbship.model.git import GitState
    from nbship.model.push import PushOptions
    from nbship.model.run import RunStatus

_SHOWN = 3  # changed files in a message


@dataclass(frozen=True, eq=False, repr=False, slots=True)  # quicker to make at each start
class PushFacts:
    """The facts by which the guards decide."""

    name: str
    target: Target
    kernel: str
    digest: str
    git: "GitState"
    status: "RunStatus | None"  # of the kernel's latest run; None if it never ran
    base_version: int  # the number of the kernel's latest version, 0 if there is none
    smoked: Rung | None  # how far apart the rehearsal of this digest was that has passed
    rung: Rung = RUNGS[-1]  # how far apart a rehearsal on this machine is
    runs: bool = True  # the push starts a run
    skip: str = ""  # why the header lets no rehearsal be made
    partial: str = ""  # where the last rehearsal of this digest ended before the notebook did
    left_out: tuple[str, ...] = ()  # the cells that it did not run because of their tags


@dataclass(frozen=True, eq=False, repr=False, slots=True)  # quicker to make at each start
class Guard:
    """One reason not to push.

    ``flag`` overrides this guard alone. ``help`` is the flag's help text.
    """

    name: str
    flag: str
    help: str
    refuses: str  # completes "a push is refused if", for the documentation
    check: Callable[[PushFacts], Diagnostic | None]

    @property
    def option(self) -> str:
        """The name of the flag as a parameter: "allow_dirty"."""
        return self.flag.removeprefix("--").replace("-", "_")

    def is_soft(self, target: Target) -> bool:
        """Return whether this guard only warns on a target."""
        return target.softens(self.name)


def clean_tree(facts: PushFacts) -> Diagnostic | None:
    """Refuse sources that are not committed: later nobody could know what ran."""
    if facts.git.commit is None:
        message = "no git commit contains these sources"
    elif facts.git.changed:
        more = len(facts.git.changed) - _SHOWN
        shown = ", ".join(facts.git.changed[:_SHOWN])
        message = f"not committed: {shown}" + (f" and {more} more" if more > 0 else "")
    else:
        return None
    return _objection(message, "Commit first, so that git has what runs.")


def one_run_at_a_time(facts: PushFacts) -> Diagnostic | None:
    """Refuse while a run of the kernel goes on: a push does not stop it, and both cost quota."""
    if facts.status is None or not facts.status.is_active or not facts.runs:
        return None
    return _objection(
        f"{facts.kernel} is {facts.status.state}",
        f"Wait for it: {facts.target.command('watch', facts.name)}",
    )


def smoked(facts: PushFacts) -> Diagnostic | None:
    """Refuse an artifact if no rehearsal of exactly these bytes has passed.

    A notebook whose rehearsal is skipped has passed none, also if an earlier one has passed.
    """
    target = facts.target
    if target.accepts(None):
        return None
    if facts.skip:
        return _objection(
            f"its rehearsal is skipped: {facts.skip}",
            "Remove skip from [tool.nbship.smoke] of its header, and rehearse it.",
        )
    return None if target.accepts(facts.smoked) else _without_rehearsal(facts)


def _without_rehearsal(facts: PushFacts) -> Diagnostic:
    """Return why no rehearsal of these bytes is enough for the target."""
    target = facts.target
    asks = f"target {target.name!r} asks for a rehearsal in the {target.rehearsal}"
    if not target.accepts(facts.rung):
        return _objection(
            f"{asks}, which this machine does not have",
            "'nbship doctor' says how this machine gets it.",
        )
    from shlex import quote

    command = f"doit {quote(f'smoke:{facts.name}')}"
    if facts.smoked is not None:
        return _objection(
            f"{asks}, and that of the artifact {facts.digest[:12]} was in the {facts.smoked}",
            f"Rehearse it again: {command}",
        )
    if facts.partial:
        return _objection(
            f"its rehearsal was partial: {facts.partial}", f"Rehearse all of it: {command}"
        )
    return _objection(
        f"no rehearsal of the artifact {facts.digest[:12]} has passed", f"Rehearse it: {command}"
    )


def _objection(message: str, hint: str) -> Diagnostic:
    return Diagnostic(NOWHERE, "", message, (hint,))


SMOKED = Guard(
    "smoked",
    "--allow-unsmoked",
    "push without a passing rehearsal (recorded)",
    "these bytes have not passed a rehearsal",
    smoked,
)
GUARDS: tuple[Guard, ...] = (
    Guard(
        "clean-tree",
        "--allow-dirty",
        "push what is not committed (recorded)",
        "a file that the artifact was built from is not committed",
        clean_tree,
    ),
    Guard(
        "one-run",
        "--allow-running",
        "push although a run of the kernel goes on (recorded)",
        "a run of the kernel is queued or running",
        one_run_at_a_time,
    ),
    SMOKED,
)


def refuse_unknown_guards(target: Target) -> None:
    """Refuse a target that names a guard which does not exist.

    Raises:
        WorkspaceError: a guard is unknown; names the nearest known one.
    """
    names = [guard.name for guard in GUARDS]
    for name in target.guards:
        if name not in names:
            raise WorkspaceError(
                f"unknown guard {name!r} in [tool.nbship.targets.{target.name}]"
                f"{did_you_mean(name, names)}",
                place=Place(PYPROJECT),
            )


def push_options(
    flags: Mapping[str, bool], *, wait: bool = False, no_run: bool = False
) -> "PushOptions":
    """Return the options of a push; ``flags`` gives the guards' parameters by their names."""
    from nbship.model.push import PushOptions

    given = tuple(guard.flag for guard in GUARDS if flags.get(guard.option))
    return PushOptions(overrides=given, wait=wait, no_run=no_run)
