"""The plan of a push: its facts, the guards' refusals, and whether it rehearses first."""

from dataclasses import dataclass, replace

from nbship.core.push.guards import GUARDS, SMOKED, Guard, Objection, PushFacts, about
from nbship.model.push import PushOptions


@dataclass(frozen=True, slots=True)
class Refusal:
    """A guard that refuses a push, with its objection."""

    guard: Guard
    objection: Objection


@dataclass(frozen=True, slots=True)
class Plan:
    """What a push will do, and the facts under which that holds.

    The precondition is ``facts.base_version``: the plan is void when somebody else has pushed.
    """

    facts: PushFacts
    options: PushOptions
    rehearses: bool  # these bytes are rehearsed before they are pushed
    refusals: tuple[Refusal, ...]
    notices: tuple[str, ...]

    @property
    def nothing(self) -> str:
        """Why there is nothing to push, "" if there is something."""
        return "" if self.options.again else present(self.facts)

    @property
    def overrides(self) -> tuple[str, ...]:
        """The flags that were given, as the record keeps them."""
        return self.options.overrides


def make_plan(facts: PushFacts, options: PushOptions, guards: tuple[Guard, ...] = GUARDS) -> Plan:
    """Return the plan of a push under these facts.

    A plan that rehearses leaves out the guard ``smoked``, which is asked after the rehearsal. The
    other guards refuse before the minutes that a rehearsal takes. Where a rehearsal on this machine
    would not be enough for the target, none is made.
    """
    rehearses = (
        not facts.target.accepts(facts.smoked)
        and facts.target.accepts(facts.rung)
        and not facts.skip
        and SMOKED.flag not in options.overrides
    )
    asked = replace(facts, smoked=facts.rung) if rehearses else facts
    refusals, notices = ask_guards(asked, options, guards)
    return Plan(facts, options, rehearses, refusals, notices)


def final_plan(facts: PushFacts, options: PushOptions, guards: tuple[Guard, ...] = GUARDS) -> Plan:
    """Return the plan after the rehearsal: every guard is asked, and nothing is rehearsed again."""
    refusals, notices = ask_guards(facts, options, guards)
    return Plan(facts, options, rehearses=False, refusals=refusals, notices=notices)


def present(facts: PushFacts) -> str:
    """Return that the kernel's latest version is what would be pushed, "" if it is not.

    A version whose run has failed or was cancelled is pushed again, and one without a run if the
    push is to run it.
    """
    latest, status = facts.latest, facts.status
    is_same = (
        latest.made_by == "nbship"
        and latest.stamp is not None
        and latest.stamp.digest == facts.sent
        and bool(facts.sent)
    )
    if not is_same or (status is None and facts.runs):
        return ""
    if status is not None and not (status.is_active or status.state == "complete"):
        return ""
    state = status.state if status else "saved, not run"
    return f"{about(latest)} is this artifact already ({state})"


def ask_guards(
    facts: PushFacts, options: PushOptions, guards: tuple[Guard, ...] = GUARDS
) -> tuple[tuple[Refusal, ...], tuple[str, ...]]:
    """Return the refusals that hold, and a notice for each of the others.

    A refusal holds unless its flag was given or the guard only warns on the target.
    """
    refusals: list[Refusal] = []
    notices: list[str] = []
    for guard in guards:
        mode = guard.mode(facts.target)
        objection = None if mode == "skip" else guard.check(facts)
        if objection is None:
            continue
        if objection.is_mild:
            notices.append(objection.message)
        elif guard.flag in options.overrides:
            notices.append(f"{objection.message} (overridden by {guard.flag})")
        elif mode == "warn":
            notices.append(f"{objection.message} (allowed on the {facts.target.name} target)")
        else:
            refusals.append(Refusal(guard, objection))
    return tuple(refusals), tuple(notices)


def broken_precondition(plan: Plan, now: PushFacts) -> str:
    """Return what has changed on the server since the plan was made, "" if nothing has."""
    before, after = plan.facts.base_version, now.base_version
    if before == after:
        return ""
    return f"{now.kernel} has version {after} now, and had version {before} when the push began"
