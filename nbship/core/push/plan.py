"""The plan of a push: its facts, the guards' refusals, and whether it rehearses first."""

from dataclasses import dataclass, replace

from nbship.core.push.guards import GUARDS, SMOKED, Guard, PushFacts, Refusal, ask_guards
from nbship.model.push import PushOptions


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
    def overrides(self) -> tuple[str, ...]:
        """The flags that were given, as the record keeps them."""
        return self.options.overrides


def make_plan(facts: PushFacts, options: PushOptions, guards: tuple[Guard, ...] = GUARDS) -> Plan:
    """Return the plan of a push under these facts.

    A plan that rehearses leaves out the guard ``smoked``, which is asked after the rehearsal. The
    other guards refuse before the minutes that a rehearsal takes.
    """
    rehearses = (
        facts.target.rehearsal and not facts.is_smoked and SMOKED.flag not in options.overrides
    )
    asked = replace(facts, is_smoked=True) if rehearses else facts
    refusals, notices = ask_guards(asked, options, guards)
    return Plan(facts, options, rehearses, refusals, notices)


def broken_precondition(plan: Plan, now: PushFacts) -> str:
    """Return what has changed on the server since the plan was made, "" if nothing has."""
    before, after = plan.facts.base_version, now.base_version
    if before == after:
        return ""
    return f"{now.kernel} has version {after} now, and had version {before} when the push began"
