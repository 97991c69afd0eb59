"""A push with the run that it starts, as the operations on it need them."""

from dataclasses import dataclass, replace
from typing import Any

from nbship.core.metadata.destination import kernel_on
from nbship.edges.workspace import journal
from nbship.model.push import Record
from nbship.model.target import NOBODY, Person, Target
from nbship.model.workspace import Context, Report, Workspace
from nbship.verbs.operations.remote import Remote


@dataclass(frozen=True, slots=True)
class Connection:
    """A target, the service behind it, and who uses it."""

    target: Target
    remote: Remote
    person: Person = NOBODY


@dataclass(frozen=True, slots=True)
class Run:
    """One push of a notebook to one target, as its record describes it."""

    context: Context
    connection: Connection
    record: Record

    @property
    def workspace(self) -> Workspace:
        """The workspace of the notebook."""
        return self.context.workspace

    @property
    def report(self) -> Report:
        """Where to report to the user."""
        return self.context.report

    @property
    def remote(self) -> Remote:
        """The service that keeps the version and runs it."""
        return self.connection.remote

    @property
    def name(self) -> str:
        """The notebook's name."""
        return self.record.name

    @property
    def kernel(self) -> str:
        """The kernel's id."""
        return self.record.kernel

    @property
    def version(self) -> int:
        """The number of the version, 0 if it is not known."""
        return self.record.version or 0

    @property
    def label(self) -> str:
        """The version in messages: "version 3 of owner/slug"."""
        return f"version {self.record.version} of {self.kernel}"

    @property
    def address(self) -> str:
        """The address of the kernel's page; "" for a local Kaggle, which has none."""
        return "" if self.connection.target.is_local else self.record.url

    def command(self, verb: str) -> str:
        """Return the command line of a verb for this notebook and target."""
        return self.connection.target.command(verb, self.name)

    def changed(self, **changes: Any) -> "Run":
        """Return the run with changed fields of its record."""
        return replace(self, record=replace(self.record, **changes))


def kernel_of(context: Context, connection: Connection, kernel: str) -> str:
    """Return the id that a kernel of the workspace has on a target."""
    return kernel_on(connection.target, kernel, connection.person, kernels_of(context))


def kernels_of(context: Context) -> tuple[str, ...]:
    """Return the ids of the kernels of a workspace."""
    return tuple(entry.kernel for entry in context.catalogue.values() if entry.kernel)


def note(run: Run, **changes: Any) -> Run:
    """Return the run with a changed record, after writing the record to the journal.

    Side effects: appends to the journal.
    """
    changed = run.changed(**changes)
    journal.write(changed.workspace, changed.record)
    return changed
