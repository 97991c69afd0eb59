"""The examination of a machine, a clone and a workspace; changes none of them."""

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from nbship import config
from nbship.core.clone import jupytext_config, task_file
from nbship.core.clone.diagnosis import CloneFacts
from nbship.core.clone.git_attributes import readme_path
from nbship.core.metadata.data_sources import kernel_mount, mounts
from nbship.core.metadata.script_block import read_header
from nbship.core.metadata.spec import parse_spec
from nbship.core.workspace.catalogue import upstream_of
from nbship.edges.git import clone
from nbship.edges.kaggle import credentials
from nbship.edges.rehearsal import isolation, kernelspecs
from nbship.edges.storage import files
from nbship.edges.workspace import artifacts, journal, sources
from nbship.errors import SourceError, WorkspaceError
from nbship.model.workspace import Catalogue, Workspace

_INIT = "git init, then nbship doctor --fix"


def examine(workspace: Workspace) -> CloneFacts:
    """Return the facts about the machine, the clone and the workspace; changes none of them.

    Side effects: runs the filter and the diff driver that the clone's git config names.

    Raises:
        WorkspaceError: a file cannot be read.
    """
    root = workspace.root
    version = clone.version()
    catalogue, left_out = sources.read_notebooks(workspace)
    facts = CloneFacts(
        python=sys.version_info[:3],
        git=version,
        clone=None,
        no_clone="",
        no_clone_fix="",
        rules=None,
        pyproject=_text(root / config.PYPROJECT) or "",
        other_jupytext=next(
            (name for name in jupytext_config.OTHER_FILES if (root / name).is_file()), None
        ),
        kernels=kernelspecs.kernels(),
        machine=isolation.machine(workspace),
        editor=kernelspecs.editor_kernel(),
        stale=tuple(artifacts.stale_folders(workspace, catalogue, left_out)),
        tasks=_text(root / task_file.FILE),
        **_kaggle_facts(workspace, catalogue),
        layout=workspace.layout,
        old_journals=tuple(journal.others(workspace)),
        has_journal=os.path.lexists(workspace.path(workspace.layout.journal)),
        has_readme=os.path.lexists(workspace.path(readme_path(workspace.layout))),
        has_r=any(workspace.path(workspace.layout.sources).rglob("*.R")),
    )
    if version is None:
        return facts
    try:
        top = clone.top_of(root)
        rules = clone.rules_of(root, top or root, _environments(root), workspace.layout)
        if top is None:
            return replace(facts, rules=rules, no_clone="not a git repository", no_clone_fix=_INIT)
        return replace(facts, rules=rules, clone=clone.look(root, top, workspace.layout))
    except WorkspaceError as error:
        return replace(facts, no_clone=error.message, no_clone_fix=error.hint)


def _text(path: Path) -> str | None:
    data = files.read_bytes(path)
    return None if data is None else data.decode(errors="replace")


def _kaggle_facts(workspace: Workspace, catalogue: Catalogue) -> dict[str, Any]:
    """Return what rehearsals and pushes lack; nothing if no notebook is a kernel."""
    if not any(entry.kernel for entry in catalogue.values()):
        return {}
    lacking = tuple(dict.fromkeys(_lacking_samples(workspace, catalogue)))
    try:
        credentials.refuse_missing()
    except WorkspaceError as error:
        return {
            "no_credentials": error.message, "no_credentials_fix": error.hint, "lacking": lacking,
        }  # fmt: skip
    return {"lacking": lacking}


def _lacking_samples(workspace: Workspace, catalogue: Catalogue) -> Iterator[str]:
    """Yield each folder of samples that a kernel's rehearsal needs and that does not exist."""
    shown = workspace.inputs.relative_to(workspace.root).as_posix()
    for entry in catalogue.values():
        try:
            spec = parse_spec(read_header(sources.read(workspace, entry.path)))
        except SourceError:
            continue  # check tells it
        above = set(map(kernel_mount, upstream_of(catalogue, entry)))  # a rehearsal makes them
        for mount, _ in mounts(spec.kaggle) if spec.kaggle else ():
            if mount not in above and not (workspace.inputs / mount).is_dir():
                yield f"{shown}/{mount}"


def _environments(root: Path) -> list[str]:
    """Return the names of the Python environments in the workspace's folder."""
    return sorted(marker.parent.name for marker in root.glob("*/pyvenv.cfg"))
