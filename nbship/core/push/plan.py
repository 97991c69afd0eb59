"""The plan of a push: its facts, the guards' refusals, and whether it rehearses first."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from nbship.core.push.facts import Objection, PushFacts
from nbship.core.push.guards import GUARDS, ONE_RUN, SMOKED, Guard
from nbship.core.push.objections import about, going_on
from nbship.model.push import GoingOn, PushOptions
from nbship.model.target import Target

Verdict = Literal["passes", "warns", "refuses", "overridden", "not asked"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A guard that refuses a push, with its objection."""

    guard: Guard
    objection: Objection


@dataclass(frozen=True, slots=True)
class Asked:
    """What a guard says to a push; a guard that passes, or is not asked, has no objection."""

    guard: Guard
    verdict: Verdict
    objection: Objection | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a push will do, and the facts under which that holds.

    The precondition is ``facts.base_version``: the plan is void when somebody else has pushed.
    """

    facts: PushFacts
    options: PushOptions
    rehearses: bool  # these bytes are rehearsed before they are pushed
    guards: tuple[Asked, ...]

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """The guards that refuse, with their objections; not those for whose end it waits."""
        return refusals(asked for asked in self.guards if not self._is_awaited(asked))

    @property
    def notices(self) -> tuple[str, ...]:
        """What the other guards have to say."""
        told = (asked for asked in self.guards if not self._is_awaited(asked))
        return tuple(notices(self.facts.target, told))

    @property
    def sources(self) -> tuple[str, ...]:
        """Which kernel of this workspace each kernel source means on a personal target."""
        return tuple(
            f"{each.source}: the shared kernel, because {each.why}"
            if each.why
            else f"{each.source}: your own, {each.copy}"
            for each in self.facts.follows
        )

    @property
    def awaited_run(self) -> GoingOn | None:
        """The run for whose end the push waits, None if it waits for none."""
        is_awaited = any(a.guard is ONE_RUN and self._is_awaited(a) for a in self.guards)
        return going_on(self.facts) if is_awaited else None

    def _is_awaited(self, asked: Asked) -> bool:
        """Return whether the push waits until the guard does not object any more."""
        awaits_session = self.options.awaits_session and asked.guard is not ONE_RUN
        waits = self.options.wait or awaits_session
        return waits and asked.guard.ends and asked.verdict in {"refuses", "warns"}

    @property
    def nothing(self) -> str:
        """Why there is nothing to push, "" if there is something.

        A ship runs again what has newer inputs; of a run that goes on, it waits for the end first.
        """
        is_new = self.options.again or (self.options.ships and self._has_ended_before_its_inputs)
        return "" if is_new else present(self.facts)

    @property
    def _has_ended_before_its_inputs(self) -> bool:
        status = self.facts.status
        return bool(self.facts.newer) and not (status is not None and status.is_active)

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
    return Plan(facts, options, rehearses, ask_guards(asked, options, guards))


def final_plan(facts: PushFacts, options: PushOptions, guards: tuple[Guard, ...] = GUARDS) -> Plan:
    """Return the plan after the rehearsal: every guard is asked, and nothing is rehearsed again."""
    return Plan(facts, options, rehearses=False, guards=ask_guards(facts, options, guards))


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
    return f"{about(latest)}, is this artifact already ({state})"


def ask_guards(
    facts: PushFacts, options: PushOptions, guards: tuple[Guard, ...] = GUARDS
) -> tuple[Asked, ...]:
    """Return what each guard says.

    A guard refuses unless its flag was given, it only warns on the target, or its objection is
    mild.
    """
    return tuple(_ask(guard, facts, options) for guard in guards)


def _ask(guard: Guard, facts: PushFacts, options: PushOptions) -> Asked:
    mode = guard.mode(facts.target)
    if mode == "skip":
        return Asked(guard, "not asked")
    objection = guard.check(facts)
    if objection is None:
        return Asked(guard, "passes")
    if objection.is_mild:
        return Asked(guard, "warns", objection)
    if guard.flag in options.overrides:
        return Asked(guard, "overridden", objection)
    return Asked(guard, "warns" if mode == "warn" else "refuses", objection)


def refusals(guards: Iterable[Asked]) -> tuple[Refusal, ...]:
    """Return the guards that refuse, with their objections."""
    return tuple(
        Refusal(asked.guard, asked.objection)
        for asked in guards
        if asked.objection and asked.verdict == "refuses"
    )


def notices(target: Target, guards: Iterable[Asked]) -> Iterator[str]:
    """Yield a notice for each guard that objects and does not refuse."""
    for asked in guards:
        if asked.objection is None or asked.verdict == "refuses":
            continue
        why = ""
        if asked.verdict == "overridden":
            why = f" (overridden by {asked.guard.flag})"
        elif not asked.objection.is_mild:
            why = f" (allowed on the {target.name} target)"
        yield f"{asked.objection.message}{why}"


def broken_precondition(plan: Plan, now: PushFacts) -> str:
    """Return what has changed on the server since the plan was made, "" if nothing has."""
    before, after = plan.facts.base_version, now.base_version
    if before == after:
        return ""
    return f"{now.kernel} has version {after} now, and had version {before} when the push began"
