"""The assembly of an artifact: a notebook, its modules and its spec → files and a digest."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from nbship.core.artifact.bundle import bundle_cell, size_in_bundle
from nbship.core.artifact.cells import Placed, module_cells
from nbship.core.artifact.declared import largest
from nbship.core.artifact.manifest import digest_over
from nbship.core.artifact.notebook import render_notebook
from nbship.core.artifact.script import render_script
from nbship.core.artifact.session import session_cell, with_session
from nbship.core.metadata.kernel_metadata import FILE_NAME, render_kernel_metadata
from nbship.core.source.language import PYTHON, language_of
from nbship.diagnostics import Place
from nbship.digest import sha256
from nbship.errors import SourceError
from nbship.model.layout import assets_of
from nbship.model.notebook import Artifact, Built, BundledFile, Module, Notebook
from nbship.model.spec import KaggleSpec, Spec, keys_of
from nbship.model.target import Followed
from nbship.model.workspace import KAGGLE_BYTES, Origin


def make_artifact(
    notebook: Notebook,
    modules: Sequence[Module],
    spec: Spec,
    files: Sequence[BundledFile] | None = None,
    programs: Sequence[str] = (),
    *,
    sources: str,
) -> Artifact:
    """Return the files to push, with their digest and the map to the source's lines.

    ``files`` are those that the header names, None if it has no ``[tool.nbship.bundle]``;
    ``programs`` are the paths of those, and of its modules, that can be executed, and ``sources``
    is the folder of the sources.

    Raises:
        SourceError: the text is larger than Kaggle accepts; lists the largest parts.
    """
    if spec.kaggle and spec.kaggle.kernel_type == "script":
        generated = _bundle(modules, spec, files, programs, sources)
        if language_of(notebook.path) == PYTHON:
            generated = _with_session(generated, notebook, spec)
        text, line_map = render_script(notebook, generated[0].cell if generated else None)
        suffix = language_of(notebook.path).suffix
    else:
        generated = _bundle(modules, spec, files, programs, sources)
        placed = _with_generated(notebook, _with_session(generated, notebook, spec))
        bundled = replace(notebook, cells=tuple(each.cell for each in placed))
        text = render_notebook(bundled, spec.colab)
        line_map = tuple(each.origin for each in placed)
        suffix = ".ipynb"
    file = f"{notebook.name.rpartition('/')[2]}{suffix}"
    made = {file: text.encode()}
    if spec.kaggle:
        _check_size(notebook, modules, files or (), len(made[file]), sources)
        made[FILE_NAME] = render_kernel_metadata(spec.kaggle, file).encode()
    rehearsal = rehearsal_digest(file, made[file], spec.kaggle)
    return Artifact(notebook.name, made, artifact_digest(made), line_map, rehearsal)


def artifact_digest(files: Mapping[str, bytes]) -> str:
    """Return the digest of an artifact, over the names and the bytes of its files."""
    return digest_over({name: sha256(data) for name, data in files.items()})


def with_keys(built: Built, kaggle: KaggleSpec, follows: tuple[Followed, ...] = ()) -> Built:
    """Return a built artifact with other keys of its kernel; its digest stays that of the build.

    ``follows`` says which kernels have taken the place of its kernel sources.
    """
    artifact = built.artifact
    metadata = render_kernel_metadata(kaggle, artifact.code_file).encode()
    made = {**artifact.files, FILE_NAME: metadata}
    code = made[artifact.code_file]
    return replace(
        built,
        spec=replace(built.spec, kaggle=kaggle),
        follows=follows,
        artifact=replace(
            artifact,
            files=made,
            rehearsal=rehearsal_digest(artifact.code_file, code, kaggle),
        ),
    )


def rehearsal_digest(file: str, code: bytes, kaggle: KaggleSpec | None) -> str:
    """Return the digest of the code, and of the keys that change a run."""
    keys = keys_of(KaggleSpec).items() if kaggle else ()
    values = {name: getattr(kaggle, name) for name, key in keys if key.changes_run}
    return digest_over(
        {file: sha256(code), "": sha256(json.dumps(values, sort_keys=True).encode())}
    )


def _bundle(
    modules: Sequence[Module],
    spec: Spec,
    files: Sequence[BundledFile] | None,
    programs: Sequence[str],
    sources: str,
) -> tuple[Placed, ...]:
    """Return the cells of the bundle, in the style that the header asks for."""
    if not (modules or files):
        return ()
    if spec.bundle and spec.bundle.style == "cells":
        return module_cells(modules, files or (), programs, sources=sources)
    return (Placed(bundle_cell(modules, files, programs, sources=sources)),)


def _with_session(bundle: Sequence[Placed], notebook: Notebook, spec: Spec) -> tuple[Placed, ...]:
    """Return the generated cells: the first one prints the session line, if there is one."""
    if spec.kaggle is None or not spec.session.line:
        return tuple(bundle)
    if not bundle:
        return (Placed(session_cell(notebook.path)),)
    return (Placed(with_session(bundle[0].cell, notebook.path)), *bundle[1:])


def _with_generated(notebook: Notebook, generated: Sequence[Placed]) -> tuple[Placed, ...]:
    """Insert the generated cells before the first code cell, so that a title stays above it."""
    cells = [
        Placed(cell, None if cell.line is None else Origin(notebook.path, cell.line))
        for cell in notebook.cells
    ]
    codes = (n for n, cell in enumerate(notebook.cells) if cell.kind == "code")
    first = next(codes, len(cells))
    return (*cells[:first], *generated, *cells[first:])


def _check_size(
    notebook: Notebook,
    modules: Sequence[Module],
    files: Sequence[BundledFile],
    size: int,
    sources: str,
) -> None:
    if size <= KAGGLE_BYTES:
        return
    sizes = {f"{sources}/{module.path}": len(module.text.encode()) for module in modules}
    sizes |= {file.path: size_in_bundle(file) for file in files}
    sizes |= {f"{notebook.path}:{cell.line}": len(cell.text.encode()) for cell in notebook.cells}
    sizes |= {
        f"{assets_of(notebook.path)}/{name}": len(str(picture))
        for cell in notebook.cells
        for name, picture in cell.attachments.items()
    }
    raise SourceError(
        f"the artifact has {size:,} bytes; Kaggle accepts {KAGGLE_BYTES:,} "
        f"(largest: {largest(sizes)})",
        place=Place(notebook.path),
        code="too-large",
        hint="Move data into a dataset, or import fewer modules.",
    )
