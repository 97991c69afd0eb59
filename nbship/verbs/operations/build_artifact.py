"""The build of one artifact, skipped if the inputs have not changed."""

from functools import cache

from nbship.core.artifact.assemble import artifact_digest
from nbship.core.artifact.compile import Compiled, compile_notebook
from nbship.core.artifact.manifest import Manifest, render_manifest
from nbship.core.metadata.script_block import read_header
from nbship.core.metadata.spec import parse_spec
from nbship.core.workspace.catalogue import entry_of, refuse_shared
from nbship.digest import sha256
from nbship.edges.storage import containment, files, locks
from nbship.edges.workspace import artifacts, bundled, sources
from nbship.model.notebook import Artifact, Built
from nbship.model.workspace import Context, Workspace

_PATIENCE = 30.0  # seconds to wait for another process that builds the same artifact


def build_artifact(context: Context, name: str) -> Built:
    """Bring ``build/NAME/`` up to date with the source and the modules that it imports.

    Side effects: writes the artifact and its manifest.

    Raises:
        SourceError: the source, its header or a module is wrong; names the line.
        WorkspaceError: the disk cannot be written, or another process takes more than 30 s to
            build the same notebook.
    """
    workspace = context.workspace
    refuse_shared(context.catalogue, name, workspace.layout)
    lock = workspace.path(workspace.layout.lock("build", name))
    with locks.locked(lock, patience=_PATIENCE):
        return up_to_date(workspace, name) or _build(context, name)


def up_to_date(workspace: Workspace, name: str) -> Built | None:
    """Return the artifact on the disk if its inputs have not changed, else None."""
    manifest = artifacts.read_manifest(workspace, name)
    if manifest is None or not artifacts.is_current(workspace, name):
        return None
    folder = workspace.path(workspace.layout.artifact(name))
    artifact = Artifact(
        name, files.read_folder(folder), manifest.digest, manifest.line_map, manifest.rehearsal
    )
    if artifact_digest(artifact.files) != manifest.digest:
        return None
    source = next(iter(manifest.inputs))
    spec = parse_spec(read_header(sources.read(workspace, source)))
    return Built(artifact, spec, _paths(manifest), is_fresh=False)


def describe(built: Built) -> str:
    """Return the digest and the size of an artifact, for the line that reports a build."""
    size = len(built.artifact.text.encode())
    return f"artifact {built.artifact.digest[:12]}, {size:,} bytes"


def compile_source(context: Context, name: str) -> Compiled:
    """Compile a notebook from the sources as they are now, without writing a file.

    Raises:
        SourceError: the source, its header or a module is wrong; names the line.
    """
    workspace = context.workspace
    source = sources.read(workspace, entry_of(context.catalogue, name).path)
    return compile_notebook(
        name,
        source,
        lambda module: sources.find_module(workspace, module),
        cache(lambda pattern: bundled.collect(workspace, pattern)),
        sources=workspace.layout.sources,
    )


def _build(context: Context, name: str) -> Built:
    workspace, layout = context.workspace, context.workspace.layout
    compiled = compile_source(context, name)
    artifact, folder = compiled.artifact, workspace.path(layout.artifact(name))
    files.heal_folder(folder)
    if files.read_folder(folder) != dict(artifact.files):
        last = artifacts.read_manifest(workspace, name)
        containment.refuse_others(folder, {*artifact.files, *(last.files if last else ())})
        files.write_folder(folder, artifact.files)
    manifest = Manifest(
        builder=artifacts.builder(),
        inputs=compiled.inputs,
        absent=compiled.absent,
        files={file: sha256(data) for file, data in artifact.files.items()},
        parameters=compiled.spec.given,
        skip=compiled.spec.smoke.skip,
        line_map=artifact.line_map,
        data=compiled.data,
        patterns=compiled.patterns,
        parts=compiled.parts,
        rehearsal=artifact.rehearsal,
    )
    files.write_cache(workspace.path(layout.manifest(name)), render_manifest(manifest))
    return Built(artifact, compiled.spec, _paths(compiled), is_fresh=True)


def _paths(made_from: Compiled | Manifest) -> tuple[str, ...]:
    """Return the paths of all inputs, the notebook's own first; a module may be in both tables."""
    return tuple(dict.fromkeys((*made_from.inputs, *made_from.data)))
