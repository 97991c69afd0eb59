"""The guards of a push, asked for a test."""

from nbship.core.push.guards import GUARDS, Guard, PushFacts
from nbship.core.push.plan import Refusal, ask_guards, notices, refusals
from nbship.model.push import PushOptions


def ask(
    facts: PushFacts, options: PushOptions, guards: tuple[Guard, ...] = GUARDS
) -> tuple[tuple[Refusal, ...], tuple[str, ...]]:
    """Return the refusals that hold, and the notices."""
    said = ask_guards(facts, options, guards)
    return refusals(said), tuple(notices(facts.target, said))
