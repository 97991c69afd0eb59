"""The output of `doit check` and `nbship check`: the findings in one of three forms, and a summary.

It looks at sources, modules and the notebooks of git's index; other files are ignored.
"""

import os
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from nbship.core.checks.render import FORMATS, counted, is_failure, render, summary, text_lines
from nbship.core.checks.workspace import Review
from nbship.core.workspace.names import meant_names
from nbship.diagnostics import did_you_mean
from nbship.edges.workspace import sources
from nbship.errors import SourceError, WorkspaceError
from nbship.frontends.console import Console
from nbship.model.workspace import Context
from nbship.verbs.check import check

_SHOWN = 3  # files that the last line names


def run_check(
    context: Context,
    console: Console,
    form: str,
    paths: Collection[str] = (),
    *,
    is_strict: bool = False,
) -> None:
    """Check the whole workspace, or only the given paths, and print the findings.

    ``form`` is one of ``FORMATS``; an empty one means "github" in GitHub Actions, else "text". A
    path is that of a file or folder, relative to the working folder, or the name of a notebook.

    Raises:
        SourceError: there are errors, or with ``is_strict`` any findings; the message counts them.
        WorkspaceError: the form or a path does not exist; the workspace cannot be read.
    """
    form = form or ("github" if os.environ.get("GITHUB_ACTIONS") == "true" else "text")
    if form not in FORMATS:
        raise WorkspaceError(f"unknown format {form!r}{did_you_mean(form, FORMATS)}")
    with console.working("check", "all" if not paths else ""):
        review = check(context, frozenset(_paths_in_workspace(context, paths)) if paths else None)
    if form == "text":
        for line, meaning in text_lines(review.findings):
            console.line(line, meaning)
    else:
        for line in render(review.findings, form):
            console.line(line)
    if is_failure(review.findings, is_strict=is_strict):
        raise SourceError(summary(review.findings, len(review.notebooks)))
    if form != "json":
        warnings = f", with {counted(review.findings)}" if review.findings else ""
        name, verdict = _verdict(review, is_whole=not paths)
        console.step("check", name, f"{verdict}{warnings}", "passed")


def _paths_in_workspace(context: Context, paths: Iterable[str]) -> Iterator[str]:
    """Yield the paths relative to the root of the workspace, without those outside of it."""
    root = context.workspace.root
    for text in paths:
        path = Path(text)
        if not os.path.lexists(text):
            yield _path_of(context, text)
            continue
        # The workspace's root is resolved, so the folder is, too. The file may be a link that git
        # knows by its own name.
        path = path.resolve() if path.is_dir() else path.parent.resolve() / path.name
        if path.is_relative_to(root):
            yield path.relative_to(root).as_posix()


def _path_of(context: Context, name: str) -> str:
    """Return the path of a notebook or module by its name."""
    if name in context.catalogue:
        return context.catalogue[name].path
    module = sources.module_of(context.workspace, name)
    if module is None:
        meant = meant_names(name, context.catalogue)
        if len(meant) == 1:
            return context.catalogue[meant[0]].path
        if meant:
            raise WorkspaceError(
                f"check: {name!r} may be {', '.join(meant)}", hint="Write the whole name."
            )
        near = did_you_mean(context.workspace.layout.name_in(name), context.catalogue)
        raise WorkspaceError(f"check: no file or notebook {name!r}{near}")
    return module


def _verdict(review: Review, *, is_whole: bool) -> tuple[str, str]:
    """Return what a check without errors looked at, and that this is valid."""
    if is_whole:
        count = len(review.notebooks)
        return "all", "1 notebook is valid" if count == 1 else f"{count} notebooks are valid"
    seen = sorted(review.notebooks | review.others)
    if not seen:
        return "nothing", "none of these is a source, a module or a notebook in git's index"
    more = len(seen) - _SHOWN
    shown = ", ".join(seen[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
    return shown, "is valid" if len(seen) == 1 else "are valid"
