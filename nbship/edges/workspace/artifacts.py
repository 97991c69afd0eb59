"""The artifacts on disk, and whether they are up to date. Only reads.

``doit build`` asks this for every notebook: nothing slow is imported here.
"""

import contextlib
import os
from collections.abc import Collection, Iterator
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import nbship
from nbship.core.artifact.manifest import Manifest, parse_manifest
from nbship.core.artifact.outdated import BuildFacts, Present, Reason, facts_of, outdated
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
    facts = build_facts(workspace, name)
    if facts is None:
        return None
    try:
        is_outdated = next(outdated(facts, _present(workspace, name)), None) is not None
    except Unreadable:
        return None
    return None if is_outdated else facts.digest


def build_facts(workspace: Workspace, name: str) -> BuildFacts | None:
    """Return what the manifest of an artifact says, None if there is none or it is damaged."""
    facts = cache_of(workspace).state(workspace.layout.manifest(name), _facts)
    return None if facts is None else BuildFacts(*facts)


def reasons(workspace: Workspace, name: str) -> tuple[Reason, ...]:
    """Return why the artifact on the disk must be built again; nothing if it is up to date."""
    facts = build_facts(workspace, name)
    if facts is None:
        return (Reason("not built"),)
    try:
        return tuple(outdated(facts, _present(workspace, name)))
    except Unreadable as error:
        return (Reason("refused", error.message.replace(f"{workspace.root}/", "")),)


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
    """Return the facts of a manifest in the order of their fields, as the cache keeps them."""
    manifest = parse_manifest(data)
    if manifest is None:
        return None
    facts = facts_of(manifest)
    return [getattr(facts, field) for field in BuildFacts.__slots__]


def _present(workspace: Workspace, name: str) -> Present:
    cache, folder = cache_of(workspace), workspace.layout.artifact(name)
    return Present(
        builder(),
        partial(sources.text_digest, workspace),
        partial(sources.is_local, workspace),
        lambda pattern: _bundled().names(workspace, pattern),
        lambda path: _bundled().digest(workspace, path),
        lambda file: cache.get(f"{folder}/{file}", sha256),
        lambda made: (other for other in cache.listing(folder)
                      if other not in made and workspace.path(f"{folder}/{other}").is_file()),
    )  # fmt: skip


def _bundled() -> ModuleType:
    from nbship.edges.workspace import bundled

    return bundled
