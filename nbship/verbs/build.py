"""build: make the artifact of a notebook, unless the same contents have made it already."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from nbship.core.artifact import script as scripts
from nbship.core.artifact.assemble import artifact_digest, make_artifact
from nbship.core.artifact.imports import Reach, reach_modules
from nbship.core.artifact.manifest import Manifest, render_manifest
from nbship.core.metadata import script_block as headers
from nbship.core.metadata.spec import parse_spec
from nbship.core.source.language import R, language_of, refuse_other_kernelspec
from nbship.core.source.reader import read_notebook, refuse_accidental_commands
from nbship.core.workspace.catalogue import entry_of, refuse_shared
from nbship.digest import sha256
from nbship.edges.storage import files, locks
from nbship.edges.workspace import artifacts, sources
from nbship.model.notebook import Artifact, Built, Notebook
from nbship.model.spec import Spec
from nbship.model.workspace import Context, Source, Workspace

_PATIENCE = 30.0  # seconds for another process that builds the same: it makes what we would


def build(context: Context, name: str) -> Built:
    """Bring ``build/NAME/`` up to date with the source and the modules that it reaches.

    Side effects: writes below build/ and .nbship/.

    Raises:
        SourceError: the source, its header or a module is wrong; names the line.
        WorkspaceError: the disk cannot be written, or another process is long at building the
            same notebook.
    """
    workspace = context.workspace
    refuse_shared(context.catalogue, name)
    lock = workspace.state / "locks" / f"{name.replace('/', '.')}.build"
    with locks.locked(lock, patience=_PATIENCE):
        return up_to_date(workspace, name) or _build(context, name)


def up_to_date(workspace: Workspace, name: str) -> Built | None:
    """Return the artifact that is there if the contents it was made from are still the same.

    Raises:
        SourceError: a module that it imports has become a notebook.
    """
    manifest = artifacts.read_manifest(workspace, name)
    if manifest is None or not artifacts.is_current(workspace, name):
        return None
    artifact = Artifact(
        name, files.read_folder(workspace.build / name), manifest.digest, manifest.line_map
    )
    if artifact_digest(artifact.files) != manifest.digest:
        return None
    source = next(iter(manifest.inputs))
    spec = parse_spec(headers.read_header(sources.read(workspace, source)))
    return Built(artifact, spec, tuple(manifest.inputs), is_fresh=False)


def describe(built: Built) -> str:
    """Return what a person wants to know of an artifact."""
    size = len(built.artifact.text.encode())
    return f"artifact {built.artifact.digest[:12]}, {size:,} bytes"


@dataclass(frozen=True, slots=True)
class Made:
    """An artifact that is not on the disk yet, and what it was made from."""

    artifact: Artifact
    spec: Spec
    inputs: Mapping[str, str]  # path relative to the workspace → sha256 of its text
    absent: tuple[str, ...]  # import names that are not local


def make(context: Context, name: str) -> Made:
    """Make the artifact from what stands in src_py/ now; nothing is written.

    Raises:
        SourceError: the source, its header or a module is wrong; names the line.
    """
    workspace = context.workspace
    source = sources.read(workspace, entry_of(context.catalogue, name).path)
    header = headers.read_header(source)
    spec = parse_spec(header)
    notebook = _runnable(_without_header(read_notebook(name, source), header), source, spec)
    reach = _reach(workspace, notebook)
    # Hashed is what was read, not what stands there now: somebody may be typing.
    inputs = {source.path: sha256(source.text.encode())} | {
        f"src_py/{module.path}": sha256(module.text.encode()) for module in reach.modules
    }
    return Made(make_artifact(notebook, reach.modules, spec), spec, inputs, reach.absent)


def _build(context: Context, name: str) -> Built:
    workspace = context.workspace
    made = make(context, name)
    artifact = made.artifact
    files.heal_folder(workspace.build / name)
    if files.read_folder(workspace.build / name) != dict(artifact.files):
        files.write_folder(workspace.build / name, artifact.files)
    manifest = Manifest(
        builder=artifacts.builder(),
        inputs=made.inputs,
        absent=made.absent,
        files={file: sha256(data) for file, data in artifact.files.items()},
        parameters=made.spec.smoke.parameters,
        line_map=artifact.line_map,
    )
    files.write_cache(artifacts.manifest_path(workspace, name), render_manifest(manifest))
    return Built(artifact, made.spec, tuple(made.inputs), is_fresh=True)


def _runnable(notebook: Notebook, source: Source, spec: Spec) -> Notebook:
    """Return what runs on Kaggle: the cells, or of a script the source's whole text."""
    refuse_other_kernelspec(source.path, notebook.kernelspec)
    if spec.kaggle and spec.kaggle.kernel_type == "script":
        return scripts.as_script(notebook, source)
    if language_of(source.path) == R:
        scripts.refuse_comment_magics(notebook, source)
    refuse_accidental_commands(notebook, source)
    return notebook


def _reach(workspace: Workspace, notebook: Notebook) -> Reach:
    """Return the modules that it imports; in R nothing is bundled."""
    if language_of(notebook.path) == R:
        return Reach((), ())
    return reach_modules(notebook, lambda module: sources.find_module(workspace, module))


def _without_header(notebook: Notebook, header: headers.Header) -> Notebook:
    """Leave the header cell out: it is for nbship, uv and the reader of the source."""
    if header.first is None:
        return notebook
    return replace(notebook, cells=notebook.cells[1:])  # read_header saw to it that it is the first
