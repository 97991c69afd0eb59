"""What a run has told of itself by its session line: kept in the record, and compared.

Side effects: reports; writes to the journal.
"""

from nbship.core.metadata.accelerators import asked_for
from nbship.core.run.session_line import SessionFacts, minor_of
from nbship.edges.workspace import journal
from nbship.verbs.operations.run import Run


def with_session(run: Run, facts: SessionFacts | None) -> Run:
    """Return the run with what its session line tells, if it has come."""
    if facts is None:
        return run
    return run.changed(
        session=facts.session,
        image=facts.image,
        runtime=facts.runtime,
        accelerator=facts.accelerator,
    )


def hear(run: Run, facts: SessionFacts) -> None:
    """Report what of the machine is not as it was asked for, and keep the number of the session.

    A push that the journal knows has it at once, so that ``stop`` needs no log.

    Raises:
        WorkspaceError: the journal cannot be written.
    """
    record = run.record
    asked = asked_for(record.metadata, facts.accelerator)
    if asked and not run.connection.target.is_local:
        run.report.notice(f"the run has found {facts.accelerator}; {asked} was asked for")
    here, there = minor_of(record.rehearsed), minor_of(facts.runtime)
    if here and there and here != there:
        run.report.notice(f"the run has Python {there}; its rehearsal had Python {here}")
    if record.digest and record.session != facts.session:
        journal.write(run.workspace, with_session(run, facts).record)
