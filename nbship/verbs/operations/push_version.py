"""The push of one notebook: plan, rehearse if the plan says so, confirm the plan, send."""

import json
from contextlib import suppress

from nbship.core.metadata.kernel_metadata import FILE_NAME
from nbship.core.metadata.parameters import parameter_values
from nbship.core.push import record as records
from nbship.core.push.guards import PushFacts
from nbship.core.push.plan import Plan, broken_precondition, final_plan, make_plan
from nbship.core.source.language import language_of
from nbship.core.source.nbjson import cells_digest, cells_of
from nbship.diagnostics import Place
from nbship.edges.git import repository
from nbship.edges.rehearsal import isolation
from nbship.edges.storage import locks
from nbship.edges.workspace import journal, smoke_results
from nbship.errors import GuardRefused, KaggleError, SourceError
from nbship.model.notebook import Built
from nbship.model.push import PushOptions, Record
from nbship.model.workspace import Context
from nbship.verbs.operations.build_artifact import build_artifact, describe
from nbship.verbs.operations.rehearse import rehearse, report_left_out, report_passed
from nbship.verbs.operations.run import Connection, Run
from nbship.verbs.operations.send import (
    PushRequest,
    latest_version,
    send,
    settle,
    settle_before,
)


def push_version(context: Context, name: str, connection: Connection, options: PushOptions) -> Run:
    """Build, rehearse these bytes, ask the guards, send, and record each step.

    Side effects: builds; may rehearse; makes a version on the server; writes the journal.

    Raises:
        SourceError: the notebook is not a Kaggle kernel, or is wrong.
        SmokeError: the rehearsal failed.
        GuardRefused: a guard refused and its flag was not given, or somebody else has pushed.
        KaggleError: the server refused, dropped sources, or could not be reached.
        OutcomeUnknown: the answer was lost, and a search on the server did not find the version.
    """
    built = _build_kernel(context, name)
    kernel = _kernel(built, connection)
    workspace = context.workspace
    with locks.locked(workspace.path(workspace.layout.lock("push", kernel))):
        reconcile(context, connection, kernel)
        plan = _allowed(make_plan(_facts(context, built, connection, options), options))
        if plan.rehearses:
            _rehearse(context, name)
            plan = _confirmed(plan, _facts(context, built, connection, options))
        elif plan.facts.smoked and not plan.facts.skip:
            context.report.step("smoke", name, "this artifact has passed before", "passed")
            report_left_out(context, name, plan.facts.left_out)
        for text in plan.notices:
            context.report.notice(text)
        request = _request(built, connection, options)
        pushed = send(_intend(context, built, connection, plan, request), request)
        with suppress(KaggleError):  # the push is done; the next one settles the open ones
            _report_settled(context, settle_before(pushed))
    _report_pushed(pushed)
    return pushed


def reconcile(context: Context, connection: Connection, kernel: str) -> None:
    """Settle earlier pushes of unknown outcome, by the versions that the server has.

    Raises:
        KaggleError: the server cannot be asked now.
    """
    pushes = journal.read(context.workspace)
    for record in records.unsettled(pushes, kernel=kernel, server=connection.remote.key):
        settled = settle(Run(context, connection, record))
        if settled.version:
            _report_settled(context, (settled,))
        else:
            context.report.notice(
                f"an earlier push of {record.name} had no answer; its version is not on the server "
                "so far"
            )


def _report_settled(context: Context, settled: tuple[Run, ...]) -> None:
    for run in settled:
        what = f"version {run.version}" if run.version else "nothing was pushed"
        context.report.notice(f"an earlier push of {run.name} is settled: {what}")


def _report_pushed(run: Run) -> None:
    run.report.step("push", run.name, f"{run.label} on {run.remote.name}", address=run.address)


def _build_kernel(context: Context, name: str) -> Built:
    built = build_artifact(context, name)
    if built.spec.kaggle is None:
        kind = "a Colab notebook" if built.spec.colab else "a local helper"
        raise SourceError(
            f"{name} is {kind}, which cannot be pushed",
            place=Place(built.source),
            hint="A table [tool.nbship.kaggle] in its header makes it a Kaggle kernel.",
        )
    is_new = "" if built.is_fresh else ", up to date"
    context.report.step("build", name, describe(built) + is_new)
    return built


def _kernel(built: Built, connection: Connection) -> str:
    spec = built.spec.kaggle
    return connection.target.kernel_id(spec, connection.remote.person) if spec else ""


def _request(built: Built, connection: Connection, options: PushOptions) -> PushRequest:
    metadata = json.loads(built.artifact.files[FILE_NAME])
    if built.spec.kaggle:
        metadata["id_no"] = connection.target.kernel_number(built.spec.kaggle)
    return PushRequest(metadata, built.artifact.text, runs=not options.no_run, waits=options.wait)


def _facts(
    context: Context, built: Built, connection: Connection, options: PushOptions
) -> PushFacts:
    """Gather the facts that the guards need. Sends two requests to the server."""
    kernel, artifact, remote = _kernel(built, connection), built.artifact, connection.remote
    status = remote.status(kernel)
    result = smoke_results.find(context.workspace, artifact.rehearsal, artifact.name)
    has_passed = result is not None and not result.skipped and not result.partial
    return PushFacts(
        name=artifact.name,
        target=connection.target,
        kernel=kernel,
        digest=artifact.digest,
        git=repository.state_of(context.workspace.root, built.inputs),
        status=status,
        base_version=latest_version(remote, kernel, was_there=status is not None),
        smoked=result.rung if result and has_passed else None,
        rung=isolation.find(context.workspace).rung,
        runs=not options.no_run,
        skip=built.spec.smoke.skip,
        partial=result.partial if result else "",
        left_out=result.left_out if result else (),
    )


def _rehearse(context: Context, name: str) -> None:
    result = rehearse(context, name)
    report_passed(context, name, result)


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
    )


def _intend(
    context: Context, built: Built, connection: Connection, plan: Plan, request: PushRequest
) -> Run:
    """Write the intent to the journal before the push, so that any outcome can be settled."""
    facts, server = plan.facts, connection.remote.key
    language = language_of(built.source).name
    record = Record(
        id=journal.new_id(),
        state="intended",
        at=journal.now(),
        name=facts.name,
        target=facts.target.name,
        server=server,
        kernel=facts.kernel,
        digest=facts.digest,
        cells=cells_digest(built.artifact.text),
        commit=facts.git.commit,
        base_version=facts.base_version,
        overrides=plan.overrides,
        line_map=built.artifact.line_map,
        runs=facts.runs,
        metadata=request.metadata,
        parameters=parameter_values(cells_of(request.text), language),
        inputs=records.known_inputs(journal.read(context.workspace), request.metadata, server),
    )
    journal.write(context.workspace, record)
    return Run(context, connection, record)
