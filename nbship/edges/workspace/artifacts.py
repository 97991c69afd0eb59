"""What build/ holds, and whether the contents of today would make it again. Only reads.

What is asked at each `doit build`, for each notebook: nothing slow is imported here.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbship
from nbship.core.artifact.manifest import Manifest, parse_manifest
from nbship.digest import sha256
from nbship.edges.storage import files
from nbship.edges.storage.stat_cache import cache_of
from nbship.edges.workspace import sources
from nbship.model.workspace import Workspace


def manifest_path(workspace: Workspace, name: str) -> Path:
    """Return where the manifest of a notebook's artifact is kept."""
    return workspace.path(workspace.layout.manifest(name))


def is_current(workspace: Workspace, name: str) -> bool:
    """Whether the artifact is complete, and made from the sources as they are now.

    Raises:
        NbshipError: as for ``current_digest``.
    """
    return current_digest(workspace, name) is not None


def current_digest(workspace: Workspace, name: str) -> str | None:
    """Return the digest of the artifact that is there; None where it is to be built again.

    Raises:
        SourceError: a module that it imports has become a notebook.
        WorkspaceError: a file is there but cannot be read.
    """
    facts_of_files, layout = cache_of(workspace), workspace.layout
    manifest = facts_of_files.get(layout.manifest(name), _facts)
    if manifest is None or manifest[0] != builder():
        return None
    _, inputs, absent, made, digest = manifest
    is_whole = (
        all(sources.text_digest(workspace, path) == known for path, known in inputs.items())
        and not any(sources.is_local(workspace, module) for module in absent)
        and not any(_is_file(workspace, name, other) for other in _others(workspace, name, made))
        and all(
            facts_of_files.get(f"{layout.artifact(name)}/{file}", sha256) == known
            for file, known in made.items()
        )
    )
    return digest if is_whole else None


def read_manifest(workspace: Workspace, name: str) -> Manifest | None:
    """Return what the artifact was made from; None where that is not known.

    Raises:
        WorkspaceError: a file is there but cannot be read.
    """
    return parse_manifest(files.read_bytes(manifest_path(workspace, name)) or b"")


@cache
def builder() -> str:
    """Name what makes artifacts: with another version of it, they are made again."""
    return f"nbship {nbship.__version__}, jupytext {version('jupytext')}"


def _facts(data: bytes) -> list[Any] | None:
    manifest = parse_manifest(data)
    if manifest is None:
        return None
    return [
        manifest.builder, dict(manifest.inputs), list(manifest.absent), dict(manifest.files),
        manifest.digest,
    ]  # fmt: skip


def _others(workspace: Workspace, name: str, made: Mapping[str, str]) -> Iterator[str]:
    listing = cache_of(workspace).listing(workspace.layout.artifact(name))
    return (other for other in listing if other not in made)


def _is_file(workspace: Workspace, name: str, other: str) -> bool:
    return workspace.path(f"{workspace.layout.artifact(name)}/{other}").is_file()
