"""``doctor``: checks this machine and this clone, and repairs what it can."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from nbship import config
from nbship.core.clone import git_attributes, jupytext_config
from nbship.core.clone.diagnosis import CloneFacts
from nbship.core.clone.repairs import repairs_for, settings_for
from nbship.edges.git import clone
from nbship.edges.rehearsal import kernelspecs
from nbship.edges.storage import files
from nbship.edges.workspace import artifacts, sources
from nbship.errors import WorkspaceError
from nbship.model.workspace import Workspace

_INIT = "git init, then nbship doctor --fix"


def examine(workspace: Workspace) -> CloneFacts:
    """Return the facts about the machine, the clone and the workspace; changes none of them.

    Side effects: runs the filter and the diff driver that the clone's git config names.

    Raises:
        WorkspaceError: a file cannot be read.
    """
    root = workspace.root
    version = clone.version()
    facts = CloneFacts(
        python=sys.version_info[:3],
        git=version,
        clone=None,
        no_clone="",
        no_clone_fix="",
        rules=None,
        pyproject=(files.read_bytes(root / config.PYPROJECT) or b"").decode(errors="replace"),
        other_jupytext=next(
            (name for name in jupytext_config.OTHER_FILES if (root / name).is_file()), None
        ),
        kernels=kernelspecs.kernels(),
        stale=_stale_artifacts(workspace),
        has_r=any(workspace.path(workspace.layout.sources).rglob("*.R")),
    )
    if version is None:
        return facts
    try:
        top = clone.top_of(root)
        rules = clone.rules_of(root, top or root, _environments(root))
        if top is None:
            return replace(facts, rules=rules, no_clone="not a git repository", no_clone_fix=_INIT)
        return replace(facts, rules=rules, clone=clone.look(root, top))
    except WorkspaceError as error:
        return replace(facts, no_clone=error.message, no_clone_fix=error.hint)


def repair(workspace: Workspace, facts: CloneFacts) -> Iterator[str]:
    """Repair what can be repaired, and yield a line after each change; then name what cannot.

    Side effects: changes the clone's git config; adds lines to .gitattributes, .gitignore and
    pyproject.toml. A link is not replaced.

    Raises:
        WorkspaceError: a file or the config cannot be written.
    """
    repairs = repairs_for(facts, settings_for(sys.executable))
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


def _stale_artifacts(workspace: Workspace) -> tuple[str, ...]:
    """Return the folders of artifacts whose source is gone."""
    catalogue, left_out = sources.read_notebooks(workspace)
    return tuple(artifacts.stale_folders(workspace, catalogue, left_out))


def _environments(root: Path) -> list[str]:
    """Return the names of the Python environments in the workspace's folder."""
    return sorted(marker.parent.name for marker in root.glob("*/pyvenv.cfg"))
