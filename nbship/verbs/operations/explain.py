"""The error of a failed run or rehearsal: it names the line of the source and the full report."""

from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from nbship.core.failure.report import FailureReport, details, first_line, markdown
from nbship.core.failure.world import in_workspace, left_behind
from nbship.diagnostics import Place
from nbship.edges.storage import containment, files
from nbship.errors import NbshipError, WorkspaceError
from nbship.model.workspace import Workspace

FAILURE = "failure.md"
Error = TypeVar("Error", bound=NbshipError)


def explain_failure(
    workspace: Workspace, kind: type[Error], report: FailureReport, folder: Path, hint: str = ""
) -> Error:
    """Return an error of this kind that names the line of the failure; ``hint`` is its first hint.

    Side effects: writes the full report to failure.md in ``folder``.
    """
    sources = workspace.layout.sources
    way_out = left_behind(
        report.failure.error,
        report.source,
        lambda name: _is_file(workspace, name),
        sources,
        report.taken,
    )
    report = replace(report, failure=in_workspace(report.failure, sources))
    path = folder / FAILURE
    try:
        files.write_file(path, markdown(report).encode("utf-8", "replace"))
        saved = f"The full report: {path.relative_to(workspace.root).as_posix()}"
    except WorkspaceError as error:  # a full disk must not hide the failure
        saved = f"The full report was not saved: {error.message}"
    last = report.failure.last
    return kind(
        first_line(report),
        place=Place(last.path, last.line) if last else Place(report.source),
        function=(last and last.function) or "",
        hints=tuple(filter(None, (hint, way_out, f"{report.log_name}: {report.log}", saved))),
        quote="\n".join(details(report)),
    )


def _is_file(workspace: Workspace, name: str) -> bool:
    """Return whether a path that a notebook prints is a file in the workspace."""
    try:
        return containment.contained(workspace.root, name).is_file()
    except (WorkspaceError, OSError):
        return False
