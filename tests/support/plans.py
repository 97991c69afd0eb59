"""The guards of a push, asked for a test; and for each guard, facts under which it objects."""

from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any

from nbship.core.push.facts import PushFacts
from nbship.core.push.guards import GUARDS, Guard
from nbship.core.push.plan import Refusal, ask_guards, notices, refusals
from nbship.core.push.sessions import Sessions
from nbship.model.git import GitState, Head
from nbship.model.push import Latest, PushOptions, Stamp
from nbship.model.run import RunStatus
from nbship.model.target import BUILT_IN, Rung, Target

CLEAN = GitState("c0ffee")
STAMP = Stamp("c0ffee" * 6, "seen", "sent", "r1", "awa", "2026-11-26T18:00:00+00:00")


def facts(
    *,
    name: str = "trainer",
    target: str = "main",
    git: GitState = CLEAN,
    status: RunStatus | None = None,
    smoked: Rung | None = "shim",
) -> PushFacts:
    return PushFacts(
        name,
        BUILT_IN[target],
        "ous-sow/trainer",
        "0123456789abcdef",
        git,
        status,
        Latest(),
        smoked,
    )


# For each guard, the facts under which it objects.
VIOLATIONS: dict[str, dict[str, Any]] = {
    "clean-tree": {"git": GitState("c0ffee", ("src_py/a.py",))},
    "half-merged": {"head": Head(operation="merge")},
    "upstream": {"head": Head(published=False)},
    "branch": {"head": Head(branches=("wip",)), "branches": ("main", "release/*")},
    "same-id": {"first_id": "ous-sow/trainer", "header_id": "ous-sow/other"},
    "one-run": {"status": RunStatus("running")},
    "web-edit": {"latest": Latest(3, "somebody", seen="theirs")},
    "ahead": {"latest": Latest(3, "nbship", STAMP, "after", seen="theirs")},
    "smoked": {"smoked": None},
    "sources": {"missing": ("awa/gone (no such kernel)",)},
    "quota": {"hours_left": 0.5, "reserve": 1.0},
    "sessions": {"sessions": Sessions(2, 2)},
}
# Pairs that cannot be: a version has one maker.
APART = {frozenset({"web-edit", "ahead"})}


def violated(names: Iterable[str], target: Target = BUILT_IN["main"]) -> PushFacts:
    """Return facts under which these guards object, and no other."""
    given: dict[str, Any] = {"target": target, "seen": "ours"}
    for name in names:
        changes = dict(VIOLATIONS[name])
        allowed = changes.pop("branches", None)
        if allowed:
            given["target"] = replace(target, branches=allowed)
        if "head" in changes and "head" in given:
            changed = {
                item.name: getattr(changes["head"], item.name)
                for item in fields(Head)
                if getattr(changes["head"], item.name) != getattr(Head(), item.name)
            }
            changes["head"] = replace(given["head"], **changed)
        given |= changes
    return replace(facts(), **given)


def ask(
    facts: PushFacts, options: PushOptions, guards: tuple[Guard, ...] = GUARDS
) -> tuple[tuple[Refusal, ...], tuple[str, ...]]:
    """Return the refusals that hold, and the notices."""
    said = ask_guards(facts, options, guards)
    return refusals(said), tuple(notices(facts.target, said))
