"""``plan`` on the console, and plans in files."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import nbship
from nbship.core.drift.show import details, summary
from nbship.core.push.objections import about
from nbship.core.push.plan import Asked, Plan
from nbship.core.push.saved_plan import SavedPlan, parse_plan, render_plan, saved_plan
from nbship.core.run.watch_policy import duration
from nbship.edges.storage import files
from nbship.errors import NbshipError, WorkspaceError
from nbship.frontends.connect import connected
from nbship.frontends.console import Console
from nbship.model.push import PushOptions
from nbship.model.workspace import Context, Meaning
from nbship.verbs.plan import Planned, outlook, plan

_MEANINGS: Mapping[str, Meaning] = {"refuses": "error", "warns": "warning", "overridden": "warning"}
_SHORT = 12  # digits of a commit and a digest for people


def run_plan(
    context: Context, console: Console, name: str, given: PushOptions, options: Mapping[str, Any]
) -> str:
    """Print the plan of a push; return what the push would do.

    Side effects: writes the file of ``--out``.

    Raises:
        NbshipError: as ``plan`` does.
    """
    with connected(options["target"], context, console) as connection:
        planned = plan(context, name, connection, given)
    saved = saved_plan(planned.plan, nbship.__version__)
    if options["out"]:
        _save(options["out"], saved)
    if options["json"]:
        console.line(json.dumps(_entries(planned, saved), ensure_ascii=False))
    else:
        _print(console, name, planned)
        if options["out"]:
            push = connection.target.command("push", name)
            console.line(f"next: {push} --plan {options['out']}")
    return _outcome(planned)


def print_outlook(
    context: Context, console: Console, names: Sequence[str], given: PushOptions, target: str
) -> None:
    """Print for each of several kernels what its push would do, in one line.

    What cannot be planned is told, too: the push of that kernel says what is wrong.
    """
    with suppress(NbshipError), connected(target, context, console) as connection:
        for name in names:
            try:
                text, meaning = _in_a_line(outlook(context, name, connection, given))
            except NbshipError as error:
                text, meaning = f"would fail: {error.message}", "error"
            console.step("plan", name, text, meaning)


def _in_a_line(made: Plan) -> tuple[str, Meaning]:
    """Return what a push would do, and how it looks."""
    if made.nothing:
        return f"nothing to push: {made.nothing}", "plain"
    if made.refusals:
        return _verdict(made), "warning"
    facts, run = made.facts, made.awaited_run
    after = f"after {about(facts.latest)}" if facts.base_version else "a new kernel"
    waits = f"would wait for the run of version {run.latest.version}; " if run else ""
    return f"{waits}{_verdict(made)}: {facts.kernel}, {after}", "plain"


def read_plan(path: str) -> SavedPlan:
    """Return the plan in a file.

    Raises:
        WorkspaceError: there is no such file, or it has no plan of this format.
    """
    data = files.read_bytes(Path(path))
    if data is None:
        raise WorkspaceError(f"--plan {path}: no such file")
    saved = parse_plan(data)
    if saved is None:
        raise WorkspaceError(
            f"--plan {path} is no plan of this nbship",
            hint=f"Make one: doit plan:NAME --out {path}",
        )
    return saved


def _save(path: str, saved: SavedPlan) -> None:
    """Write a plan to a file, unless the file is something else: a file has one plan."""
    file = Path(path).resolve()
    data = files.read_bytes(file)
    before = parse_plan(data) if data is not None else None
    if data is not None and (before is None or before.name != saved.name):
        what = f"has the plan of {before.name}" if before else "is no plan"
        raise WorkspaceError(f"--out {path} {what}: it is not overwritten")
    files.write_file(file, render_plan(saved).encode())


def _print(console: Console, name: str, planned: Planned) -> None:
    facts = planned.plan.facts
    after = f"after {about(facts.latest)}" if facts.base_version else "a new kernel"
    where = f"{facts.kernel} on {planned.remote} (target {facts.target.name})"
    console.step("plan", name, f"{where}, {after}")
    for text in _lines(planned):
        console.more(text)
    if planned.drift is not None:
        for line, meaning in details(planned.drift):
            console.line(f"           {line}", meaning)
    for asked in planned.plan.guards:
        if asked.objection is not None:
            verdict = f"{asked.guard.name} {asked.verdict}"
            why = f": {asked.objection.message}"
            console.line(f"  {verdict}{why}", _MEANINGS[asked.verdict])
    console.line(f"a push {_outcome(planned)}")


def _lines(planned: Planned) -> Iterator[str]:
    facts, spec = planned.plan.facts, planned.spec
    commit = facts.git.commit
    yield f"artifact {facts.digest[:_SHORT]}, " + (
        f"commit {commit[:_SHORT]}" if commit else "no commit"
    )
    if planned.drift is not None:
        yield summary(planned.drift)
    elif planned.not_compared:
        yield f"not compared: {planned.not_compared}"
    yield from (f"kernel source {text}" for text in planned.plan.sources)
    if planned.inputs:
        yield f"inputs: {', '.join(each.words for each in planned.inputs)}"
    shape = spec.machine_shape or ("TPU" if spec.enable_tpu else "GPU" if spec.enable_gpu else "")
    if shape:
        left = "" if facts.hours_left is None else f", {facts.hours_left:.1f} h left this week"
        yield f"accelerator: {shape}{left}"
    if planned.seconds:
        yield f"the last complete run took {duration(planned.seconds[0])}"


def _outcome(planned: Planned) -> str:
    """Return what a push would do, to follow "a push"."""
    made = planned.plan
    return f"would push nothing: {made.nothing}" if made.nothing else _verdict(made)


def _verdict(made: Plan) -> str:
    """Return what a push of something would do, to follow "a push"."""
    if made.refusals:
        names = ", ".join(refusal.guard.name for refusal in made.refusals)
        return f"would be refused: {names}"
    return "would rehearse, then push" if made.rehearses else "would push"


def _entries(planned: Planned, saved: SavedPlan) -> dict[str, Any]:
    """Return the plan as JSON: the conditions, and what is shown beside them."""
    facts = planned.plan.facts
    entries = asdict(saved) | {
        "nothing": planned.plan.nothing,
        "inputs": [asdict(each) for each in planned.inputs],
        "sources": [asdict(each) for each in facts.follows],
        "seconds": planned.seconds[0] if planned.seconds else None,
        "hours_left": facts.hours_left,
        "drift": planned.drift.state if planned.drift else None,
    }
    return entries | {"guards": [_guard(asked) for asked in planned.plan.guards]}


def _guard(asked: Asked) -> dict[str, str]:
    message, hint = ("", "")
    if asked.objection is not None:
        message, hint = asked.objection.message, asked.objection.hint
    return {
        "name": asked.guard.name, "verdict": asked.verdict, "message": message, "hint": hint,
        "flag": asked.guard.flag,
    }  # fmt: skip
