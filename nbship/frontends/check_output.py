"""What `doit check` and `nbship check` print: the findings in one of three forms, and a last line.

Sources, committed notebooks and folders are looked at; other files are passed over.
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

_SHOWN = 3  # paths, by name
_CHECKED = (*SUFFIXES, ".ipynb")


def run_check(context: Context, console: Console, form: str, paths: Collection[str] = ()) -> None:
    """Check everything, or what the paths name, and print the findings in the form asked for.

    A path is that of a file or a folder, from the working folder on, or a notebook's name.

    Raises:
        SourceError: there are findings; says how many.
        WorkspaceError: no such form, no such path; the workspace cannot be read.
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
    """Yield paths as the workspace names its files, relative to its root; others are left out."""
    root = context.workspace.root
    for text in paths:
        path = Path(text)
        if not os.path.lexists(path):
            if text not in context.catalogue:
                known = context.catalogue
                raise WorkspaceError(
                    f"check: no file or notebook {text!r}{did_you_mean(text, known)}"
                )
            yield context.catalogue[text].path
            continue
        # The folder is resolved as the workspace's is; a link itself is git's to follow.
        path = path.resolve() if path.is_dir() else path.parent.resolve() / path.name
        if path.is_relative_to(root):
            yield path.relative_to(root).as_posix()


def _verdict(context: Context, only: Collection[str] | None) -> tuple[str, str]:
    """Return what was looked at, and that it is valid."""
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
