"""The guards of a push: each is one reason not to push, with its message and its override."""

from collections.abc import Callable
from dataclasses import dataclass

from nbship.model.git import GitState
from nbship.model.push import PushOptions
from nbship.model.run import RunStatus
from nbship.model.target import command

_SHOWN = 3
LOCAL = "local"


@dataclass(frozen=True, slots=True)
class PushFacts:
    """What is known when the guards are asked."""

    name: str
    target: str
    kernel: str
    digest: str
    git: GitState
    status: RunStatus | None  # of the kernel's latest run; None where it never ran
    is_smoked: bool  # a rehearsal of this digest passed
    runs: bool = True  # the push starts a run


@dataclass(frozen=True, slots=True)
class Refusal:
    """One guard's no, and the flag that overrides this guard alone."""

    message: str
    hint: str
    flag: str


Guard = Callable[[PushFacts], Refusal | None]


def clean_tree(facts: PushFacts) -> Refusal | None:
    """Refuse what git does not have: nobody could tell later what ran."""
    if facts.git.commit is None:
        message = "no git commit holds these sources"
    elif facts.git.changed:
        more = len(facts.git.changed) - _SHOWN
        shown = ", ".join(facts.git.changed[:_SHOWN])
        message = f"not committed: {shown}" + (f" and {more} more" if more > 0 else "")
    else:
        return None
    return Refusal(message, "Commit first: git is what runs.", "--allow-dirty")


def one_run_at_a_time(facts: PushFacts) -> Refusal | None:
    """Refuse while a run of the kernel goes on: a push does not stop it, and both cost quota."""
    if facts.status is None or not facts.status.is_active or not facts.runs:
        return None
    return Refusal(
        f"{facts.kernel} is {facts.status.state}",
        f"Wait for it: {command('watch', facts.name, facts.target)}",
        "--allow-running",
    )


def smoked(facts: PushFacts) -> Refusal | None:
    """Refuse an artifact whose very bytes were not rehearsed."""
    if facts.is_smoked:
        return None
    return Refusal(
        f"no passing smoke for the artifact {facts.digest[:12]}",
        f"Rehearse it: doit smoke:{facts.name}",
        "--allow-unsmoked",
    )


GUARDS: tuple[Guard, ...] = (clean_tree, one_run_at_a_time, smoked)


def ask_guards(
    facts: PushFacts, options: PushOptions, guards: tuple[Guard, ...] = GUARDS
) -> tuple[tuple[Refusal, ...], tuple[str, ...]]:
    """Return the refusals that stand, and what to tell of those that do not.

    A refusal stands unless its own flag was given. On the local target, where one tries things,
    an uncommitted change is only worth a notice.
    """
    standing: list[Refusal] = []
    notices: list[str] = []
    for refusal in filter(None, (guard(facts) for guard in guards)):
        if refusal.flag in options.overrides:
            notices.append(f"{refusal.message} (overridden by {refusal.flag})")
        elif facts.target == LOCAL and refusal.flag == "--allow-dirty":
            notices.append(f"{refusal.message} (fine on the local target)")
        else:
            standing.append(refusal)
    return tuple(standing), tuple(notices)
