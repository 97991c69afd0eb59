"""The artifacts on disk, and whether they are up to date. Only reads.

``doit build`` asks this for every notebook: nothing slow is imported here.
"""

import contextlib
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbship
from nbship.core.artifact.manifest import Manifest, parse_manifest
from nbship.digest import sha256
from nbship.edges.storage import containment, files
from nbship.edges.storage.stat_cache import cache_of
from nbship.edges.storage.state_files import read_state
from nbship.edges.workspace import sources
from nbship.errors import Unreadable, WorkspaceError
from nbship.model.workspace import Workspace


def manifest_path(workspace: Workspace, name: str) -> Path:
    """Return the path of the build manifest of a notebook's artifact."""
    return workspace.path(workspace.layout.manifest(name))


def is_current(workspace: Workspace, name: str) -> bool:
    """Return whether the artifact is complete, and made from the sources as they are now."""
    return current_digest(workspace, name) is not None


def current_digest(workspace: Workspace, name: str) -> str | None:
    """Return the digest of the artifact on the disk, None if it must be built again.

    It must be built again also if a file of it, or one that it is made of, cannot be read: the
    build replaces the former, and says what is wrong with the latter.
    """
    manifest = cache_of(workspace).state(workspace.layout.manifest(name), _facts)
    if manifest is None or manifest[0] != builder():
        return None
    digest: str = manifest[4]
    try:
        return digest if _is_whole(workspace, name, manifest) else None
    except Unreadable:
        return None


def read_manifest(workspace: Workspace, name: str) -> Manifest | None:
    """Return the build manifest of an artifact, None if there is none or it is damaged."""
    return read_state(manifest_path(workspace, name), parse_manifest)


def stale_folders(
    workspace: Workspace, catalogue: Collection[str], left_out: Collection[str]
) -> Iterator[str]:
    """Yield the folders of artifacts whose source is gone.

    ``left_out`` are the paths below src_py/ that are not in the catalogue but may be sources.
    """
    for name in _stale_names(workspace, catalogue, left_out):
        if workspace.path(workspace.layout.artifact(name)).is_dir():
            yield workspace.layout.artifact(name)


def stale_paths(
    workspace: Workspace, catalogue: Collection[str], left_out: Collection[str]
) -> Iterator[str]:
    """Yield the files and folders of artifacts whose source is gone, and their manifests.

    Only files that are as nbship has made them are among them.
    """
    layout = workspace.layout
    for name in _stale_names(workspace, catalogue, left_out):
        manifest = read_manifest(workspace, name)
        if manifest is not None:
            folder = layout.artifact(name)
            for made, digest in manifest.files.items():
                with contextlib.suppress(WorkspaceError):
                    path = containment.contained(workspace.path(folder), made)
                    if sha256(files.read_bytes(path) or b"") == digest:
                        yield f"{folder}/{made}"
            yield folder
            yield layout.manifest(name)


def _stale_names(
    workspace: Workspace, catalogue: Collection[str], left_out: Collection[str]
) -> list[str]:
    """Return the sorted names of the artifacts that have a manifest and no source."""
    layout = workspace.layout
    manifests, _, suffix = layout.manifest("").rpartition("/")
    top = str(workspace.path(manifests))
    built = (
        f"{folder}/{file}".removeprefix(f"{top}/").removesuffix(suffix)
        for folder, _, names in os.walk(top)
        for file in names
        if file.endswith(suffix)
    )
    # A path that cannot be read may be a source, or a folder of sources.
    names = {layout.name_in(path) for path in left_out}
    folders = tuple(f"{path}/" for path in left_out)
    return sorted(
        name
        for name in built
        if name not in catalogue
        and name not in names
        and not layout.source(name).startswith(folders)
    )


@cache
def builder() -> str:
    """Return the versions that make artifacts: when they change, all artifacts are built again."""
    return f"nbship {nbship.__version__}, jupytext {version('jupytext')}"


def _facts(data: bytes) -> list[Any] | None:
    manifest = parse_manifest(data)
    if manifest is None:
        return None
    return [
        manifest.builder, dict(manifest.inputs), list(manifest.absent), dict(manifest.files),
        manifest.digest, dict(manifest.data), dict(manifest.patterns),
    ]  # fmt: skip


def _is_whole(workspace: Workspace, name: str, facts: Sequence[Any]) -> bool:
    """Return whether the files of an artifact, and all that it is made of, are as they were."""
    cache, layout = cache_of(workspace), workspace.layout
    _, inputs, absent, made, _, data, patterns = facts
    return (
        all(sources.text_digest(workspace, path) == expected for path, expected in inputs.items())
        and not any(sources.is_local(workspace, module) for module in absent)
        and (not (data or patterns) or _is_bundled(workspace, data, patterns))
        and not any(_is_file(workspace, name, other) for other in _others(workspace, name, made))
        and all(
            cache.get(f"{layout.artifact(name)}/{file}", sha256) == expected
            for file, expected in made.items()
        )
    )


def _is_bundled(
    workspace: Workspace, data: Mapping[str, str], patterns: Mapping[str, list[str]]
) -> bool:
    """Return whether the same files fit the header's patterns, with the same content."""
    from nbship.edges.workspace import bundled

    return all(
        bundled.names(workspace, pattern) == paths for pattern, paths in patterns.items()
    ) and all(bundled.digest(workspace, path) == expected for path, expected in data.items())


def _others(workspace: Workspace, name: str, made: Mapping[str, str]) -> Iterator[str]:
    listing = cache_of(workspace).listing(workspace.layout.artifact(name))
    return (other for other in listing if other not in made)


def _is_file(workspace: Workspace, name: str, other: str) -> bool:
    return workspace.path(f"{workspace.layout.artifact(name)}/{other}").is_file()
