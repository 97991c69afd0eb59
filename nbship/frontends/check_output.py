"""The output of `doit check` and `nbship check`: the findings in one of three forms, and a summary.

It covers sources, committed notebooks and folders; other files are ignored.
"""

import os
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from nbship.core.checks.render import FORMATS, render, summary
from nbship.core.source.language import SUFFIXES
from nbship.diagnostics import did_you_mean
from nbship.errors import SourceError, WorkspaceError
from nbship.frontends.console import Console
from nbship.model.workspace import Context
from nbship.verbs.check import check

_SHOWN = 3  # paths that the summary names
_CHECKED = (*SUFFIXES, ".ipynb")


def run_check(context: Context, console: Console, form: str, paths: Collection[str] = ()) -> None:
    """Check the whole workspace, or only the given paths, and print the findings.

    ``form`` is one of ``FORMATS``; an empty one means "github" in GitHub Actions, else "text". A
    path is that of a file or folder, relative to the working folder, or the name of a notebook.

    Raises:
        SourceError: there are findings; the message counts them.
        WorkspaceError: the form or a path does not exist; the workspace cannot be read.
    """
    form = form or ("github" if os.environ.get("GITHUB_ACTIONS") == "true" else "text")
    if form not in FORMATS:
        raise WorkspaceError(f"unknown format {form!r}{did_you_mean(form, FORMATS)}")
    only = frozenset(_paths_in_workspace(context, paths)) if paths else None
    findings = check(context, only)
    for line in render(findings, form):
        console.line(line)
    if findings:
        raise SourceError(summary(findings, len(context.catalogue)))
    if form != "json":
        console.step("check", *_verdict(context, only))


def _paths_in_workspace(context: Context, paths: Iterable[str]) -> Iterator[str]:
    """Yield the paths relative to the root of the workspace, without those outside of it."""
    root = context.workspace.root
    for text in paths:
        path = Path(text)
        if not os.path.lexists(path):
            if text not in context.catalogue:
                names = context.catalogue
                raise WorkspaceError(
                    f"check: no file or notebook {text!r}{did_you_mean(text, names)}"
                )
            yield context.catalogue[text].path
            continue
        # The workspace's root is resolved, so the folder is, too. The file may be a link that git
        # knows by its own name.
        path = path.resolve() if path.is_dir() else path.parent.resolve() / path.name
        if path.is_relative_to(root):
            yield path.relative_to(root).as_posix()


def _verdict(context: Context, only: Collection[str] | None) -> tuple[str, str]:
    """Return the name and the text of the summary of a check without findings."""
    if only is None:
        count = len(context.catalogue)
        return "all", "1 notebook is valid" if count == 1 else f"{count} notebooks are valid"
    root = context.workspace.root
    named = sorted(p for p in only if p.endswith(_CHECKED) or (root / p).is_dir())
    if not named:
        return "nothing", "no source or notebook was named"
    more = len(named) - _SHOWN
    shown = ", ".join(named[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
    return shown, "is valid" if len(named) == 1 else "are valid"
