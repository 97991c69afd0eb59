"""failed: tell a person of a failure at its line, and keep all that is known of it."""

from pathlib import Path
from typing import TypeVar

from nbship.core.failure.report import FailureReport, details, first_line, markdown
from nbship.diagnostics import Place
from nbship.edges.storage import files
from nbship.errors import NbshipError, WorkspaceError
from nbship.model.workspace import Workspace

FAILURE = "failure.md"
Error = TypeVar("Error", bound=NbshipError)


def explain_failure(
    workspace: Workspace, kind: type[Error], account: FailureReport, folder: Path
) -> Error:
    """Return the error that names the line; the folder gets the whole account.

    Side effects: writes failure.md into ``folder``.
    """
    kept = folder / FAILURE
    try:
        files.write_file(kept, markdown(account).encode("utf-8", "replace"))
        kept_line = f"All that is known of it: {kept.relative_to(workspace.root).as_posix()}"
    except WorkspaceError as error:  # a full disk hides no failure
        kept_line = f"Not kept: {error.message}"
    last = account.failure.last
    return kind(
        first_line(account),
        place=Place(last.path, last.line) if last else Place(account.source),
        function=(last and last.function) or "",
        hints=(f"{account.log_name}: {account.log}", kept_line),
        quote="\n".join(details(account)),
    )
