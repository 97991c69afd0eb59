"""``smoke``: rehearses a notebook on this machine."""

from nbship.edges.workspace import smoke_results
from nbship.model.notebook import SmokeResult
from nbship.model.workspace import Context


def smoke(context: Context, name: str, until: str = "", *, forks: bool = True) -> SmokeResult:
    """Rehearse the artifact of a notebook, and report how long it took, or why it is skipped.

    ``until`` names the last cell to run, "" for all. Unless it ``forks``, a kernel starts from its
    beginning.

    Side effects: builds; runs the notebook's code; writes below .nbship/.

    Raises:
        SourceError: a package, a data source or a parameter that the notebook asks for is missing.
        SmokeError: the notebook failed, or took longer than its timeout.
        WorkspaceError: ``until`` names no cell.
    """
    result = smoke_results.current_result(context.workspace, name)
    if result is None or not result.skipped:  # a skip is said each time, without a slow import
        from nbship.verbs.operations.rehearse import rehearse

        result = rehearse(context, name, until, forks=forks)
    if result.skipped:
        context.report.step("smoke", name, f"skipped: {result.skipped}", "warning")
    else:
        from nbship.verbs.operations.rehearse import report_passed

        report_passed(context, name, result)
    return result
