"""``build``: makes the artifact of a notebook."""

from nbship.model.notebook import Built
from nbship.model.workspace import Context
from nbship.verbs.operations.build_artifact import build_artifact, describe


def build(context: Context, name: str) -> Built:
    """Bring ``build/NAME/`` up to date, and report its digest.

    Side effects: writes the artifact and its manifest.

    Raises:
        SourceError: the source, its header or a module is wrong; names the line.
        WorkspaceError: the disk cannot be written, or another process builds the same notebook for
            more than 30 s.
    """
    built = build_artifact(context, name)
    context.report.step("build", name, describe(built))
    return built
