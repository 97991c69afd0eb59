"""``smoke``: rehearses notebooks on this machine, several at the same time."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from nbship.core.source.language import R, language_of
from nbship.core.workspace.catalogue import entry_of, upstream_of
from nbship.core.workspace.room import has_room
from nbship.edges import machine
from nbship.edges.workspace import smoke_results
from nbship.errors import NbshipError
from nbship.model.notebook import SmokeResult
from nbship.model.workspace import Context

if TYPE_CHECKING:
    from nbship.edges.cluster.dask import Cluster

_MAY_FORK = ("kernel", "helper")  # kinds of notebooks

Tell = Callable[[str, SmokeResult | NbshipError], None]


@dataclass(frozen=True, slots=True)
class SmokeOptions:
    """How notebooks are rehearsed.

    ``until`` names the last cell to run, "" for all. Unless it ``forks``, a kernel starts from its
    beginning. ``jobs`` is how many run at the same time; None: as many as there is room for.
    ``cluster`` is the address of a Dask scheduler whose workers rehearse, "" for this machine.
    """

    until: str = ""
    forks: bool = True
    jobs: int | None = None
    cluster: str = ""


def smoke(context: Context, name: str, options: SmokeOptions) -> SmokeResult:
    """Rehearse the artifact of a notebook, and report how long it took, or why it is skipped.

    Side effects: builds; runs the notebook's code; writes below .nbship/.

    Raises:
        SourceError: a package, a data source or a parameter that the notebook asks for is missing.
        SmokeError: the notebook failed, or took longer than its timeout.
        WorkspaceError: ``until`` names no cell.
    """
    results: list[SmokeResult | NbshipError] = []
    smoke_several(context, [name], options, lambda _, result: results.append(result))
    [result] = results
    if isinstance(result, NbshipError):
        raise result
    return result


def smoke_several(
    context: Context, names: Sequence[str], options: SmokeOptions, tell: Tell
) -> None:
    """Rehearse several artifacts, each after those whose outputs it reads.

    ``tell`` is called with the result of each, which may be an error that ``smoke`` raises.

    Side effects: those of ``smoke``; starts threads.

    Raises:
        KeyboardInterrupt: Ctrl-C; nothing of what was started runs any more.
    """
    with ExitStack() as stack:
        cluster = None
        if options.cluster:
            from nbship.edges.cluster.dask import connected

            try:
                cluster = stack.enter_context(connected(options.cluster))
            except NbshipError as error:
                for name in names:
                    tell(name, error)
                return
        _smoke_several(context, names, options, cluster, tell)


def _smoke_several(
    context: Context,
    names: Sequence[str],
    options: SmokeOptions,
    cluster: "Cluster | None",
    tell: Tell,
) -> None:
    if options.forks and cluster is None and any(_may_fork(context, name) for name in names):
        from nbship.edges.rehearsal import isolation, zygotes

        with suppress(NbshipError):  # the first rehearsal that needs it says the error
            zygotes.begin(context.workspace, isolation.find(context.workspace))
    if len(names) == 1 or options.jobs == 1:
        for name in names:
            try:
                tell(name, _prepare(options, cluster, context, name)())
            except NbshipError as error:
                tell(name, error)
        return
    from nbship.verbs.operations.several.work import Work, do_at_once

    jobs = options.jobs or (cluster.threads if cluster else None)
    work = Work(partial(_prepare, options, cluster), tell, partial(_has_room, jobs))
    do_at_once(context, _above(context, names), work)


def _may_fork(context: Context, name: str) -> bool:
    """Return whether the kernel of a notebook may be forked, as far as a quick look tells.

    The rehearsal decides, when it has read all of the notebook.
    """
    entry = entry_of(context.catalogue, name)
    if entry.kind not in _MAY_FORK or language_of(entry.path) == R:
        return False
    known = smoke_results.current_result(context.workspace, name)
    return known is None or not known.skipped


def _prepare(
    options: SmokeOptions, cluster: "Cluster | None", context: Context, name: str
) -> Callable[[], SmokeResult]:
    """Build an artifact, and return what rehearses it; a skip is said here, in its turn.

    Nothing is rehearsed where the new artifact has a verdict, which comes from another machine, or
    is older than a change that was taken back.
    """
    known = smoke_results.current_result(context.workspace, name)
    if known is not None and known.skipped:  # without a slow import
        return _skipped(context, name, known)
    from nbship.verbs.operations.build_artifact import build_artifact
    from nbship.verbs.operations.rehearse import rehearse_artifact, report_passed

    built = build_artifact(context, name)
    if built.spec.smoke.skip:
        return _skipped(context, name, rehearse_artifact(context, built))
    if known is None and not options.until:
        kept = smoke_results.kept_result(context.workspace, context.catalogue, name)
        if kept is not None:
            return partial(_passed_before, context, name, kept)

    def rehearse() -> SmokeResult:
        if cluster is None:
            result = rehearse_artifact(context, built, options.until, forks=options.forks)
        else:
            from nbship.verbs.operations.cluster.rehearse_far import rehearse_far

            result = rehearse_far(context, cluster, built, options.until)
        report_passed(context, name, result)
        return result

    return rehearse


def _passed_before(context: Context, name: str, result: SmokeResult) -> SmokeResult:
    from nbship.verbs.operations.rehearse import report_passed_before

    report_passed_before(context, name)
    return result


def _skipped(context: Context, name: str, result: SmokeResult) -> Callable[[], SmokeResult]:
    context.report.step("smoke", name, f"skipped: {result.skipped}", "warning")
    return lambda: result


def _above(context: Context, names: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """Return for each notebook those of the names whose outputs it reads."""
    catalogue = context.catalogue
    above = {name: upstream_of(catalogue, entry_of(catalogue, name)).values() for name in names}
    return {name: tuple(each.name for each in above[name] if each.name in above) for name in names}


def _has_room(jobs: int | None, active: int) -> bool:
    if jobs is not None:
        return active < jobs
    return has_room(active, machine.processors(), machine.free_memory())
