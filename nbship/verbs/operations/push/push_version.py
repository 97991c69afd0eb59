"""The push of one notebook: plan, rehearse if the plan says so, confirm the plan, send."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

import nbship
from nbship.core.kaggle.resend_policy import Attempts
from nbship.core.metadata.kernel_metadata import FILE_NAME
from nbship.core.metadata.parameters import parameter_values
from nbship.core.push import record as records
from nbship.core.push.facts import PushFacts
from nbship.core.push.plan import Plan, broken_precondition, final_plan, make_plan, present
from nbship.core.push.saved_plan import SavedPlan, changes
from nbship.core.push.stamp import link_to, stamped
from nbship.core.source.language import language_of
from nbship.core.source.nbjson import cells_digest, cells_of
from nbship.edges.storage import locks
from nbship.edges.workspace import journal, smoke_results
from nbship.errors import GuardRefused, KaggleError, WorkspaceError
from nbship.model.notebook import Built
from nbship.model.push import PushOptions, Record, Stamp
from nbship.model.spec import KaggleSpec
from nbship.model.workspace import KAGGLE_BYTES, Context
from nbship.verbs.operations.build_artifact import describe
from nbship.verbs.operations.push.gather import built_for, gather
from nbship.verbs.operations.push.inputs import inputs_now
from nbship.verbs.operations.push.overtaken import tell_overtaken
from nbship.verbs.operations.push.send import PushRequest, send, settle, settle_before
from nbship.verbs.operations.push.wait import wait_for_run
from nbship.verbs.operations.rehearse import (
    rehearse_artifact,
    report_left_out,
    report_passed,
    report_passed_before,
)
from nbship.verbs.operations.run import Connection, Run


@dataclass(frozen=True, slots=True)
class Pushed:
    """The run of a version, and whether this push has made the version.

    ``newer`` are the inputs that a version which was there before has not read as they are now.
    """

    run: Run
    is_new: bool
    newer: tuple[str, ...] = ()


def push_version(
    context: Context,
    name: str,
    connection: Connection,
    options: PushOptions,
    saved: SavedPlan | None = None,
) -> Pushed:
    """Build, rehearse these bytes, ask the guards, send, and record each step.

    Nothing is sent if the kernel's latest version is what would be sent. A saved plan is done
    exactly, or refused.

    Side effects: builds; may rehearse; makes a version on the server; writes the journal.

    Raises:
        SourceError: the notebook is not a Kaggle kernel, or is wrong.
        SmokeError: the rehearsal failed.
        GuardRefused: a guard refused and its flag was not given, or somebody else has pushed.
        KaggleError: the server refused, dropped sources, or could not be reached.
        OutcomeUnknown: the answer was lost, and a search on the server did not find the version.
    """
    built, spec = built_for(context, connection, name)
    is_new = "" if built.is_fresh else ", up to date"
    context.report.step("build", name, describe(built) + is_new)
    with _turn(context, connection, spec.id, waits=options.ships):
        reconcile(context, connection, spec.id)
        plan = make_plan(gather(context, built, spec, connection, options), options)
        if saved is not None:
            _refuse_changes(saved, plan)
        if plan.nothing:
            context.report.step("push", name, f"nothing to push: {plan.nothing}")
            version = plan.facts.base_version
            # A watch imports what reads logs and outputs, for which a push would wait.
            from nbship.verbs.operations.watch_run import run_of

            found = run_of(context, name, connection, version)
            return Pushed(found, is_new=False, newer=plan.facts.newer)
        if options.ships and present(plan.facts):
            context.report.notice(f"{name} runs again: {_told(plan.facts)}")
        _allowed(plan)
        if plan.rehearses:
            result = rehearse_artifact(context, built, target=connection.target.name)
            report_passed(context, name, result)
            plan = _confirmed(plan, gather(context, built, spec, connection, options))
        elif plan.facts.smoked and not plan.facts.skip:
            report_passed_before(context, name)
            report_left_out(context, name, plan.facts.left_out)
        waited = Attempts(began=connection.remote.clock.seconds())
        while (run := plan.awaited_run) is not None:
            waited = wait_for_run(context.report, connection.remote, plan.facts, run, waited)
            plan = _confirmed(plan, gather(context, built, spec, connection, options))
        for text in plan.sources:
            context.report.notice(f"kernel source {text}")
        for text in plan.notices:
            context.report.notice(text)
        pushed = send(*_intend(context, built, spec, connection, plan))
        with suppress(KaggleError):  # the push is done; the next one settles the open ones
            _report_settled(context, settle_before(pushed))
            tell_overtaken(pushed)
    pushed.report.step(
        "push", name, f"{pushed.label} on {pushed.remote.name}", address=pushed.address
    )
    return Pushed(pushed, is_new=True)


@contextmanager
def _turn(context: Context, connection: Connection, kernel: str, *, waits: bool) -> Iterator[None]:
    """Hold the lock of a kernel; ``waits`` waits while another command pushes it.

    Raises:
        WorkspaceError: another command pushes it.
    """
    path = context.workspace.path(context.workspace.layout.lock("push", kernel))
    with ExitStack() as stack:
        try:
            stack.enter_context(locks.locked(path))
        except WorkspaceError as error:
            if not waits:
                raise
            context.report.notice(f"{error.message}: waiting for it, Ctrl-C ends the wait")
            longest = connection.remote.patience.session_wait  # it may wait for a session itself
            with context.report.working("push", kernel, "waits for another command"):
                stack.enter_context(locks.locked(path, longest))
        yield


def reconcile(context: Context, connection: Connection, kernel: str) -> None:
    """Settle earlier pushes of unknown outcome, by the versions that the server has.

    Raises:
        KaggleError: the server cannot be asked now.
    """
    for record in _unsettled(context, connection, kernel):
        settled = settle(Run(context, connection, record))
        if settled.version:
            _report_settled(context, (settled,))
    pushes, server = journal.read(context.workspace), connection.remote.key
    known = records.latest(pushes, kernel=kernel, server=server)
    if known is not None:
        _report_settled(context, settle_before(Run(context, connection, known)))
    for record in _unsettled(context, connection, kernel):
        context.report.notice(
            f"an earlier push of {record.name} had no answer; its version is not on the server "
            "so far"
        )


def _unsettled(context: Context, connection: Connection, kernel: str) -> tuple[Record, ...]:
    pushes = journal.read(context.workspace)
    return records.unsettled(pushes, kernel=kernel, server=connection.remote.key)


def _report_settled(context: Context, settled: tuple[Run, ...]) -> None:
    for run in settled:
        what = f"version {run.version}" if run.version else "nothing was pushed"
        context.report.notice(f"an earlier push of {run.name} is settled: {what}")


def _told(facts: PushFacts) -> str:
    """Return why a version that is there already is pushed again."""
    inputs = facts.inputs or {}
    newer = [f"{each} has version {inputs[each]} now" for each in facts.newer]
    return ", ".join(newer) or "--again"


def _refuse_changes(saved: SavedPlan, plan: Plan) -> None:
    """Refuse to do a saved plan under other conditions.

    Raises:
        GuardRefused: names each condition that has changed.
    """
    changed = list(changes(saved, plan, nbship.__version__))
    if changed:
        raise GuardRefused(
            f"push of {plan.facts.name} to {plan.facts.target.name} refused: {'; '.join(changed)}",
            hint="Nothing was pushed. Make a new plan: "
            f"{plan.facts.target.command('plan', plan.facts.name)} --out FILE",
        )


def _confirmed(plan: Plan, now: PushFacts) -> Plan:
    """Return the plan under the present facts: a rehearsal takes minutes.

    Raises:
        GuardRefused: a guard refuses now, or somebody else has pushed meanwhile.
    """
    changed = broken_precondition(plan, now)
    if changed:
        raise GuardRefused(
            f"push of {now.name} to {now.target.name} refused: {changed}",
            hint="Nothing was pushed. Look at the new version, then push again.",
        )
    return _allowed(final_plan(now, plan.options))


def _allowed(plan: Plan) -> Plan:
    """Return the plan if no guard refuses.

    Raises:
        GuardRefused: a guard refuses; the hints say what to do, and by which flag to push anyway.
    """
    if not plan.refusals:
        return plan
    reasons = "; ".join(refusal.objection.message for refusal in plan.refusals)
    raise GuardRefused(
        f"push of {plan.facts.name} to {plan.facts.target.name} refused: {reasons}",
        hints=tuple(
            f"{refusal.objection.hint} ({refusal.guard.flag} pushes anyway)"
            for refusal in plan.refusals
        ),
        is_full={refusal.guard.name for refusal in plan.refusals} == {"sessions"},
    )


def _intend(
    context: Context, built: Built, spec: KaggleSpec, connection: Connection, plan: Plan
) -> tuple[Run, PushRequest]:
    """Write the intent to the journal before the push, so that any outcome can be settled.

    Return the run, and the request with the stamp of its record.
    """
    facts, person, artifact = plan.facts, connection.person, built.artifact
    stamp = Stamp(
        commit=facts.git.commit or "",
        seen=facts.seen,
        digest=facts.sent,
        record=journal.new_id(),
        by=person.name,
        at=journal.now(),
    )
    text, line_map = stamped(
        artifact.text, artifact.line_map, stamp, built.source, _link(facts, spec, built.source)
    )
    if len(text.encode()) > KAGGLE_BYTES:  # the journal knows the version without a stamp
        text, line_map, stamp = artifact.text, artifact.line_map, replace(stamp, seen="")
    metadata = json.loads(artifact.files[FILE_NAME])
    language, server = language_of(built.source).name, connection.remote.key
    rehearsed = smoke_results.find(
        context.workspace, artifact.rehearsal, facts.name, facts.target.name
    )
    record = Record(
        id=stamp.record,
        state="intended",
        at=stamp.at,
        name=facts.name,
        target=facts.target.name,
        server=server,
        kernel=facts.kernel,
        digest=facts.digest,
        cells=cells_digest(text),
        commit=facts.git.commit,
        base_version=facts.base_version,
        overrides=plan.overrides,
        line_map=line_map,
        runs=facts.runs,
        person=person.name,
        user=person.user,
        sent=facts.sent,
        seen=stamp.seen,
        rehearsed=rehearsed.runtime if rehearsed else "",
        metadata=metadata,
        parameters=parameter_values(cells_of(artifact.text), language),
        inputs=_inputs(context, connection, facts, metadata),
    )
    journal.write(context.workspace, record)
    waits = plan.options.wait or plan.options.awaits_session
    request = PushRequest(metadata, text, runs=facts.runs, waits=waits)
    return Run(context, connection, record), request


def _inputs(
    context: Context, connection: Connection, facts: PushFacts, metadata: Mapping[str, Any]
) -> Mapping[str, int]:
    """Return the versions of the inputs that the run will read."""
    if facts.inputs is not None:
        return facts.inputs
    return inputs_now(connection.remote, metadata, journal.read(context.workspace))


def _link(facts: PushFacts, spec: KaggleSpec, source: str) -> str:
    """Return the address of the source's page, "" if not everybody who sees the kernel may see it.

    A private repository cannot be told from a public one, so that no public kernel has a link.
    """
    head, commit = facts.head, facts.git.commit
    if head is None or commit is None or not head.published or not spec.is_private:
        return ""
    return link_to(head.remote, commit, head.prefix + source)
