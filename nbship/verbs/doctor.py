"""``doctor``: checks this machine and this clone, and repairs what it can."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from nbship.core.clone import git_attributes
from nbship.core.clone.diagnosis import CloneFacts
from nbship.core.clone.kernelspec import is_right
from nbship.core.clone.repairs import repairs_for, settings_for
from nbship.core.source.language import EDITOR_KERNEL
from nbship.edges.git import clone
from nbship.edges.rehearsal import kernelspecs
from nbship.edges.storage import files
from nbship.errors import WorkspaceError
from nbship.model.workspace import Workspace


def planned(
    facts: CloneFacts, *, hides_notebooks: bool = False
) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield what ``repair`` would change: a file or git's config, and the lines that it gets."""
    repairs = repairs_for(facts, settings_for(sys.executable), hides_notebooks=hides_notebooks)
    if repairs.config:
        yield ".git/config", tuple(repairs.config)
    yield from repairs.files.items()


def repair(
    workspace: Workspace,
    facts: CloneFacts,
    *,
    hides_notebooks: bool = False,
    with_kernelspec: bool = False,
) -> Iterator[str]:
    """Repair what can be repaired, and yield a line after each change; then name what cannot.

    ``hides_notebooks`` means that git is to ignore the notebooks, as in a new workspace. The
    kernelspec of editors is outside the workspace: it is written only if asked for.

    Side effects: changes the clone's git config; adds lines to .gitattributes, .gitignore and
    pyproject.toml; writes the kernelspec. A link is not replaced.

    Raises:
        WorkspaceError: a file or the config cannot be written.
    """
    repairs = repairs_for(facts, settings_for(sys.executable), hides_notebooks=hides_notebooks)
    for key, value in repairs.config.items():
        clone.set_config(workspace.root, key, value)
        yield f"git config {key}: {value}"
    faults: list[WorkspaceError] = []
    for name, lines in repairs.files.items():
        try:
            _add_lines(workspace.root / name, lines)
        except WorkspaceError as error:
            faults.append(error)
        else:
            yield from (f"{name}: {line}" for line in lines if line)
    if with_kernelspec and facts.editor is not None and not is_right(facts.editor):
        try:
            yield f"{kernelspecs.install(facts.editor)}: the kernelspec {EDITOR_KERNEL}"
        except WorkspaceError as error:
            faults.append(error)
    for fault in faults:
        raise fault


def _add_lines(path: Path, lines: Sequence[str]) -> None:
    """Add lines to a file of settings.

    Raises:
        WorkspaceError: it is a link, or cannot be read or written.
    """
    if path.is_symlink():
        raise WorkspaceError(
            f"{path} is a link, and is not changed",
            hint=f"Replace the link by a file with these lines: {'; '.join(lines)}",
        )
    files.write_file(path, git_attributes.with_lines(files.read_bytes(path) or b"", lines))
