"""A plan in a file: what a person has read, and under which conditions it may be done.

A push with a saved plan does exactly that, or refuses and names what has changed.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, get_args

from nbship.core.push.plan import Plan, Verdict

FORMAT = 1  # of the file; a change of its keys makes it another
_SHORT = 12  # digits of a digest for people
_VERDICTS = get_args(Verdict)


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """The conditions of a plan; ``guards`` gives the verdict of each guard by its name."""

    format: int
    nbship: str
    name: str
    target: str
    kernel: str
    base_version: int
    artifact: str
    sent: str
    commit: str
    runs: bool
    rehearses: bool
    overrides: tuple[str, ...]
    guards: Mapping[str, str]


def saved_plan(plan: Plan, nbship: str) -> SavedPlan:
    """Return the conditions of a plan; ``nbship`` is the version that has made it."""
    facts = plan.facts
    return SavedPlan(
        FORMAT,
        nbship,
        facts.name,
        facts.target.name,
        facts.kernel,
        facts.base_version,
        facts.digest,
        facts.sent,
        facts.git.commit or "",
        facts.runs,
        plan.rehearses,
        plan.overrides,
        {asked.guard.name: asked.verdict for asked in plan.guards},
    )


def render_plan(saved: SavedPlan) -> str:
    """Return the text of the file."""
    return json.dumps(asdict(saved), indent=1, ensure_ascii=False) + "\n"


def parse_plan(data: bytes) -> SavedPlan | None:
    """Return the plan in a file, None if the file has none of this format."""
    try:
        entries = json.loads(data)
        values = {field.name: entries[field.name] for field in fields(SavedPlan)}
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    if values["format"] != FORMAT or not _is_whole(values):
        return None
    return SavedPlan(**{**values, "overrides": tuple(values["overrides"])})


def changes(saved: SavedPlan, plan: Plan, nbship: str) -> Iterator[str]:
    """Yield what is not as it was when a plan was saved; nothing if it may be done."""
    now = saved_plan(plan, nbship)
    for what, before, after in (
        ("nbship", saved.nbship, now.nbship),
        ("the notebook", saved.name, now.name),
        ("the target", saved.target, now.target),
        ("the kernel", saved.kernel, now.kernel),
    ):
        if before != after:
            yield f"{what} is {after} now, and was {before} in the plan"
    if saved.artifact != now.artifact:
        yield f"the artifact is {now.artifact[:_SHORT]} now, and was {saved.artifact[:_SHORT]}"
    elif saved.sent != now.sent:
        yield "the metadata is not that of the plan"
    if saved.base_version != now.base_version:
        yield (
            f"{now.kernel} has version {now.base_version} now, and had version {saved.base_version}"
        )
    for name in {**saved.guards, **now.guards}:
        before, after = saved.guards.get(name, "not asked"), now.guards.get(name, "not asked")
        if before != after:
            yield f"the guard {name} {_says(after)} now, and {_said(before)} in the plan"


def _says(verdict: str) -> str:
    return {"overridden": "is overridden", "not asked": "is not asked"}.get(verdict, verdict)


def _said(verdict: str) -> str:
    words = {
        "passes": "passed", "warns": "warned", "refuses": "refused",
        "overridden": "was overridden",
    }  # fmt: skip
    return words.get(verdict, "was not asked")


def _is_whole(values: Mapping[str, Any]) -> bool:
    """Return whether every value has its type."""
    kinds = {"base_version": int, "runs": bool, "rehearses": bool, "overrides": list,
             "guards": dict, "format": int}  # fmt: skip
    has_types = all(type(value) is kinds.get(name, str) for name, value in values.items())
    return (
        has_types
        and all(isinstance(flag, str) for flag in values["overrides"])
        and all(verdict in _VERDICTS for verdict in values["guards"].values())
    )
