"""``smoke``: rehearses a notebook on this machine."""

from nbship.model.notebook import SmokeResult
from nbship.model.workspace import Context
from nbship.verbs.operations.rehearse import rehearse


def smoke(context: Context, name: str) -> SmokeResult:
    """Rehearse the artifact of a notebook, and report how long it took.

    Side effects: builds; runs the notebook's code; writes below .nbship/.

    Raises:
        SourceError: a package, a data source or a parameter that the notebook asks for is missing.
        SmokeError: the notebook failed, or took longer than its timeout.
    """
    result = rehearse(context, name)
    context.report.step("smoke", name, f"passed in {result.seconds:g} s")
    return result
