"""``plan``: what a push of a notebook would do, and which guards would refuse; changes nothing."""

from collections.abc import Iterator
from dataclasses import dataclass

from nbship.core.drift.examine import Drift
from nbship.core.metadata.data_sources import kernel_id
from nbship.core.push.plan import Plan, make_plan
from nbship.edges.workspace import journal, pairs
from nbship.errors import KaggleError, SourceError
from nbship.model.notebook import Built
from nbship.model.push import PushOptions
from nbship.model.spec import KaggleSpec
from nbship.model.workspace import Context
from nbship.verbs.operations.drift.compare import drift_of
from nbship.verbs.operations.push.gather import built_for, gather
from nbship.verbs.operations.remote import Remote
from nbship.verbs.operations.run import Connection

UNKNOWN = "version unknown"


@dataclass(frozen=True, slots=True)
class Input:
    """A data source, the number of its latest version, and the state of that; as far as known."""

    source: str
    version: int | None = None
    state: str = ""

    @property
    def words(self) -> str:
        """The input for people: "awa/prep (version 3, complete)"."""
        version = f"version {self.version}" if self.version else ""
        known = ", ".join(filter(None, (version, self.state)))
        return f"{self.source} ({known})" if known else self.source


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan, and what a person wants to know beside it.

    ``drift`` compares the source with the kernel's latest version, None if there is none, or if
    ``not_compared`` says why it cannot be. ``inputs`` are the data sources with what is known of
    their versions, and ``seconds`` the times of earlier complete runs, the last one first.
    """

    plan: Plan
    built: Built
    spec: KaggleSpec
    remote: str
    drift: Drift | None = None
    not_compared: str = ""
    inputs: tuple[Input, ...] = ()
    seconds: tuple[float, ...] = ()


def outlook(context: Context, name: str, connection: Connection, options: PushOptions) -> Plan:
    """Return the plan of a push alone, without what a person wants to know beside it.

    Side effects and errors: those of ``plan``.
    """
    return make_plan(
        gather(context, *built_for(context, connection, name), connection, options), options
    )


def plan(context: Context, name: str, connection: Connection, options: PushOptions) -> Planned:
    """Return the plan of a push.

    Side effects: builds; sends requests that change nothing.

    Raises:
        SourceError: the notebook is not a Kaggle kernel, or is wrong.
        KaggleError: the service cannot be asked.
    """
    built, spec = built_for(context, connection, name)
    made = make_plan(gather(context, built, spec, connection, options), options)
    drift, reason = None, ""
    if made.facts.base_version:
        try:
            drift = drift_of(context, pairs.read(context.workspace, name), connection)
        except SourceError as error:  # a version that no source can hold is no obstacle to a plan
            reason = error.message
    server = connection.remote.key
    runs = [
        record.seconds
        for record in reversed(journal.read(context.workspace))
        if (record.kernel, record.server, record.state) == (spec.id, server, "complete")
    ]
    return Planned(
        made,
        built,
        spec,
        connection.remote.name,
        drift,
        reason,
        tuple(_inputs(connection.remote, spec)),
        tuple(seconds for seconds in runs if seconds is not None),
    )


def _inputs(remote: Remote, spec: KaggleSpec) -> Iterator[Input]:
    """Yield the data sources with their latest versions, kernels with the state of the last run.

    A competition has no version, and the id of a model contains it.
    """
    for source in filter(None, spec.kernel_sources):
        yield _kernel(remote, source)
    for source in filter(None, spec.dataset_sources):
        yield _dataset(remote, source)
    for source in filter(None, (*spec.competition_sources, *spec.model_sources)):
        yield Input(source)


def _kernel(remote: Remote, source: str) -> Input:
    try:
        found, status = remote.get(kernel_id(source)), remote.status(kernel_id(source))
    except KaggleError:
        return Input(source, state=UNKNOWN)
    if found is None or not found.latest:
        return Input(source, state="no version")
    return Input(source, found.latest, status.state if status else "never run")


def _dataset(remote: Remote, source: str) -> Input:
    try:
        version, state = remote.dataset_version(source), remote.dataset_state(source)
    except KaggleError:
        version, state = None, None
    return Input(source, version, UNKNOWN if version is None else state or "")
