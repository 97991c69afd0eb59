"""``nbship init`` on the console: the files of a workspace, then what the doctor repairs."""

from collections.abc import Sequence
from pathlib import Path

from nbship import config
from nbship.core.clone.diagnosis import diagnose
from nbship.core.clone.task_file import FILE
from nbship.core.scaffold.new_workspace import Extras, FileChange
from nbship.edges.workspace.root import find_root, pyproject_of
from nbship.errors import WorkspaceError
from nbship.frontends.console import Console
from nbship.verbs import doctor, init
from nbship.verbs.operations.set_up.examine import examine
from nbship.verbs.operations.set_up.new_files import plan_files

_NO_GIT = "git init && nbship doctor --fix"


def run_init(console: Console, root: Path, extras: Extras, *, is_dry: bool) -> None:
    """Make a folder a workspace, print each change, and last the next command.

    Raises:
        WorkspaceError: the folder is inside another workspace; a file cannot be read, extended or
            written.
    """
    _refuse_inner(root)
    has_git = init.is_in_repository(root)
    layout = config.layout_of(pyproject_of(root))
    changes = plan_files(root, layout, extras)
    for change in changes:
        if not is_dry:
            init.write(root, change)
        console.step(change.verb, change.path, change.words)
    workspace = config.parse_workspace(root, _pyproject(changes))
    facts = examine(workspace)
    hides_notebooks = not init.has_notebooks_in_git(root, layout)
    for name, lines in doctor.planned(facts, hides_notebooks=hides_notebooks):
        if name != config.PYPROJECT:
            is_there = name.startswith(".git/") or (root / name).exists()
            console.step("extend" if is_there else "make", name, _summary(lines))
    if is_dry:
        console.line("nothing is written: without --dry-run, it is")
        return
    for _ in doctor.repair(workspace, facts, hides_notebooks=hides_notebooks):
        pass
    facts = examine(workspace)
    for finding in diagnose(facts):
        if finding.severity == "wrong":
            console.step("wrong", finding.code, finding.message, "error")
            for hint in finding.hints:
                console.more(f"→ {hint}")
    console.line(f"the folder is a workspace; next: {_next(changes) if has_git else _NO_GIT}")


def _next(changes: Sequence[FileChange]) -> str:
    """Return the command that comes next: `doit` alone may run a person's own tasks only."""
    has_own = any(change.path == FILE and change.verb == "extend" for change in changes)
    return "doit check build smoke" if has_own else "doit"


def _summary(lines: Sequence[str]) -> str:
    return f"{len(lines)} lines" if len(lines) > 1 else "a line"


def _refuse_inner(root: Path) -> None:
    """Refuse a folder that belongs to another workspace: its commands would find that one."""
    outer = find_root(root.resolve())
    if outer is not None and outer != root.resolve():
        raise WorkspaceError(
            f"this folder is in the workspace {outer}",
            hint=f"Add a notebook there: cd {outer}, then nbship new NAME",
        )


def _pyproject(changes: tuple[FileChange, ...]) -> str:
    found = next(change for change in changes if change.path == config.PYPROJECT)
    return found.text or found.old or ""
