"""What `doit check` and `nbship check` share: the form that was asked for, and the last line."""

import os
from collections.abc import Collection

from nbship.core.checks.render import FORMATS, render, summary
from nbship.diagnostics import did_you_mean
from nbship.errors import SourceError, WorkspaceError
from nbship.frontends.console import Console
from nbship.model.workspace import Context
from nbship.verbs.check import check


def run_check(
    context: Context, console: Console, form: str, only: Collection[str] | None = None
) -> None:
    """Check, and print the findings in the form asked for.

    Raises:
        SourceError: there are findings; says how many.
        WorkspaceError: no such form; the workspace cannot be read.
    """
    form = form or ("github" if os.environ.get("GITHUB_ACTIONS") == "true" else "text")
    if form not in FORMATS:
        raise WorkspaceError(f"unknown format {form!r}{did_you_mean(form, FORMATS)}")
    findings = check(context, only)
    for line in render(findings, form):
        console.line(line)
    count = len(context.catalogue)
    if findings:
        raise SourceError(summary(findings, count))
    if form != "json":
        console.step("check", "all", f"{count} notebooks are valid")
