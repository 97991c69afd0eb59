"""push: send an artifact to a target as a new version, under guards, and record what happened."""

import json
from contextlib import suppress
from dataclasses import replace
from typing import NoReturn

from nbship.core.metadata.kernel_metadata import FILE_NAME
from nbship.core.push import record as records
from nbship.core.push.guards import PushFacts, Refusal, ask_guards
from nbship.core.source.nbjson import cells_digest
from nbship.edges.git import repository
from nbship.edges.kaggle.client import Kaggle
from nbship.edges.storage import locks
from nbship.edges.workspace import journal
from nbship.edges.workspace.smoke_results import find
from nbship.errors import GuardRefused, KaggleError, Place, SourceError
from nbship.model.notebook import Built
from nbship.model.push import PushOptions, Record
from nbship.model.workspace import Context
from nbship.verbs.build import build, describe
from nbship.verbs.operations.send import PushRequest, latest_version, send, settle, settle_before


def push(context: Context, name: str, kaggle: Kaggle, target: str, options: PushOptions) -> Record:
    """Build, rehearse these very bytes, ask the guards, send, and record each step.

    Side effects: builds; may rehearse; makes a version on the server; writes runs/journal.jsonl.

    Raises:
        SourceError: the notebook is no Kaggle kernel, or is wrong.
        SmokeError: the rehearsal failed.
        GuardRefused: a guard said no and its flag was not given.
        KaggleError: the server refused, dropped sources, or could not be reached.
        OutcomeUnknown: the answer was lost and looking did not tell either.
    """
    built = _build_kernel(context, name)
    report, workspace = context.report, context.workspace
    kernel = _kernel(built)
    lock = workspace.state / "locks" / f"{kernel.replace('/', '.')}.push"
    with locks.locked(lock):
        reconcile(context, kaggle, kernel)
        facts = _facts(context, built, kaggle, target, options)
        if facts.is_smoked:
            report.step("smoke", name, "these bytes have passed before")
        elif not options.allow_unsmoked:
            # The guards that cost nothing speak before minutes are spent on a rehearsal.
            _ask(context, built, replace(facts, is_smoked=True), options)
            from nbship.verbs.smoke import smoke

            result = smoke(context, name)
            report.step("smoke", name, f"passed in {result.seconds:g} s")
            facts = _facts(context, built, kaggle, target, options)
        _ask(context, built, facts, options, tell=True)
        record = _intend(context, built, kaggle, facts, options)
        pushed = send(context, kaggle, record, _order(built, options))
        with suppress(KaggleError):  # the push is done; the next one settles what is open
            _tell(context, settle_before(context, kaggle, pushed))
        return pushed


def reconcile(context: Context, kaggle: Kaggle, kernel: str) -> None:
    """Settle earlier pushes whose outcome nobody knows, by looking at what the server has.

    Raises:
        KaggleError: the server cannot be asked now.
    """
    known = journal.read(context.workspace)
    for record in records.unsettled(known, kernel=kernel, server=kaggle.server.key):
        settled = settle(context, kaggle, record)
        if settled.version:
            _tell(context, (settled,))
        else:
            context.report.notice(
                f"an earlier push of {record.name} had no answer, and it is not there, or not yet"
            )


def _tell(context: Context, settled: tuple[Record, ...]) -> None:
    for record in settled:
        what = f"version {record.version}" if record.version else "nothing was pushed"
        context.report.notice(f"an earlier push of {record.name} is settled: {what}")


def _build_kernel(context: Context, name: str) -> Built:
    built = build(context, name)
    if built.spec.kaggle is None:
        kind = "a Colab notebook" if built.spec.colab else "a local helper"
        raise SourceError(
            f"{name} is {kind}: it is built and smoked, never pushed",
            place=Place(built.source),
            hint="A [tool.nbship.kaggle] table in its header would make it a Kaggle kernel.",
        )
    is_new = "" if built.is_fresh else ", up to date"
    context.report.step("build", name, describe(built) + is_new)
    return built


def _kernel(built: Built) -> str:
    return built.spec.kaggle.id if built.spec.kaggle else ""


def _is_smoked(context: Context, built: Built) -> bool:
    artifact = built.artifact
    return find(context.workspace, artifact.digest, artifact.name) is not None


def _order(built: Built, options: PushOptions) -> PushRequest:
    metadata = json.loads(built.artifact.files[FILE_NAME])
    return PushRequest(metadata, built.artifact.text, runs=not options.no_run, waits=options.wait)


def _facts(
    context: Context, built: Built, kaggle: Kaggle, target: str, options: PushOptions
) -> PushFacts:
    kernel = _kernel(built)
    return PushFacts(
        name=built.artifact.name,
        target=target,
        kernel=kernel,
        digest=built.artifact.digest,
        git=repository.state_of(context.workspace.root, built.inputs),
        status=kaggle.status(kernel),
        is_smoked=_is_smoked(context, built),
        runs=not options.no_run,
    )


def _ask(
    context: Context, built: Built, facts: PushFacts, options: PushOptions, *, tell: bool = False
) -> None:
    refusals, notices = ask_guards(facts, options)
    if refusals:
        _refuse(built, facts, refusals)
    if tell:
        for text in notices:
            context.report.notice(text)


def _refuse(built: Built, facts: PushFacts, refusals: tuple[Refusal, ...]) -> NoReturn:
    said = "; ".join(refusal.message for refusal in refusals)
    ways = "\n  → ".join(f"{refusal.hint} ({refusal.flag} pushes anyway)" for refusal in refusals)
    raise GuardRefused(
        f"push of {built.artifact.name} to {facts.target} refused: {said}", hint=ways
    )


def _intend(
    context: Context, built: Built, kaggle: Kaggle, facts: PushFacts, options: PushOptions
) -> Record:
    """Put the intent on the disk before the act: whatever happens then, it can be settled."""
    base = latest_version(kaggle, facts.kernel, was_there=facts.status is not None)
    return journal.write(
        context.workspace,
        Record(
            id=journal.new_id(),
            state="intended",
            at=journal.now(),
            name=built.artifact.name,
            target=facts.target,
            server=kaggle.server.key,
            kernel=facts.kernel,
            digest=built.artifact.digest,
            cells=cells_digest(built.artifact.text),
            commit=facts.git.commit,
            base_version=base,
            overrides=options.overrides,
            line_map=built.artifact.line_map,
            runs=facts.runs,
        ),
    )
