"""The assembly of an artifact: a notebook, its modules and its spec → files and a digest."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from nbship.core.artifact.bundle import bundle_cell, size_in_bundle
from nbship.core.artifact.declared import largest
from nbship.core.artifact.manifest import digest_over
from nbship.core.artifact.notebook import render_notebook
from nbship.core.artifact.script import render_script
from nbship.core.metadata.kernel_metadata import FILE_NAME, render_kernel_metadata
from nbship.core.source.language import language_of
from nbship.diagnostics import Place
from nbship.digest import sha256
from nbship.errors import SourceError
from nbship.model.layout import assets_of
from nbship.model.notebook import Artifact, BundledFile, Cell, Module, Notebook
from nbship.model.spec import Spec
from nbship.model.workspace import KAGGLE_BYTES, LineMap, Origin


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
    bundle = bundle_cell(modules, files, programs, sources=sources) if modules or files else None
    if spec.kaggle and spec.kaggle.kernel_type == "script":
        text, line_map = render_script(notebook, bundle)
        suffix = language_of(notebook.path).suffix
    else:
        bundled = replace(notebook, cells=_with_bundle(notebook, bundle))
        text, line_map = render_notebook(bundled, spec.colab), _line_map(bundled)
        suffix = ".ipynb"
    file = f"{notebook.name.rpartition('/')[2]}{suffix}"
    made = {file: text.encode()}
    if spec.kaggle:
        _check_size(notebook, modules, files or (), len(made[file]), sources)
        made[FILE_NAME] = render_kernel_metadata(spec.kaggle, file).encode()
    return Artifact(notebook.name, made, artifact_digest(made), line_map)


def artifact_digest(files: Mapping[str, bytes]) -> str:
    """Return the digest of an artifact, over the names and the bytes of its files."""
    return digest_over({name: sha256(data) for name, data in files.items()})


def _with_bundle(notebook: Notebook, bundle: Cell | None) -> tuple[Cell, ...]:
    """Insert the bundle before the first code cell, so that a title stays above it."""
    if bundle is None:
        return notebook.cells
    codes = (n for n, cell in enumerate(notebook.cells) if cell.kind == "code")
    first = next(codes, len(notebook.cells))
    return (*notebook.cells[:first], bundle, *notebook.cells[first:])


def _line_map(notebook: Notebook) -> LineMap:
    return tuple(
        None if cell.line is None else Origin(notebook.path, cell.line) for cell in notebook.cells
    )


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
