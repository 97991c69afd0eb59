"""The assembly of an artifact: a notebook, its modules and its spec → files and a digest."""

from collections.abc import Mapping
from dataclasses import replace

from nbship.core.artifact.bundle import bundle_cell
from nbship.core.artifact.manifest import digest_over
from nbship.core.artifact.notebook import render_notebook
from nbship.core.artifact.script import render_script
from nbship.core.metadata.kernel_metadata import FILE_NAME, render_kernel_metadata
from nbship.core.source.language import language_of
from nbship.diagnostics import Place
from nbship.digest import sha256
from nbship.errors import SourceError
from nbship.model.layout import SOURCES
from nbship.model.notebook import Artifact, Cell, Module, Notebook
from nbship.model.spec import Spec
from nbship.model.workspace import LineMap, Origin

# To a larger text Kaggle's server answers "kernel source must be less than 1 megabytes".
MOST_BYTES = 1_000_000
_SHOWN = 5  # largest parts in a message


def make_artifact(notebook: Notebook, modules: tuple[Module, ...], spec: Spec) -> Artifact:
    """Return the files to push, with their digest and the map to the source's lines.

    Raises:
        SourceError: the text is larger than Kaggle accepts; lists the largest parts.
    """
    if spec.kaggle and spec.kaggle.kernel_type == "script":
        text, line_map = render_script(notebook, modules)
        suffix = language_of(notebook.path).suffix
    else:
        bundled = replace(notebook, cells=_with_bundle(notebook, modules))
        text, line_map = render_notebook(bundled, spec.colab), _line_map(bundled)
        suffix = ".ipynb"
    file = f"{notebook.name.rpartition('/')[2]}{suffix}"
    files = {file: text.encode()}
    if spec.kaggle:
        _check_size(notebook, modules, len(files[file]))
        files[FILE_NAME] = render_kernel_metadata(spec.kaggle, file).encode()
    return Artifact(notebook.name, files, artifact_digest(files), line_map)


def artifact_digest(files: Mapping[str, bytes]) -> str:
    """Return the digest of an artifact, over the names and the bytes of its files."""
    return digest_over({name: sha256(data) for name, data in files.items()})


def _with_bundle(notebook: Notebook, modules: tuple[Module, ...]) -> tuple[Cell, ...]:
    """Insert the bundle before the first code cell, so that a title stays above it."""
    if not modules:
        return notebook.cells
    first = next(n for n, cell in enumerate(notebook.cells) if cell.kind == "code")
    return (*notebook.cells[:first], bundle_cell(modules), *notebook.cells[first:])


def _line_map(notebook: Notebook) -> LineMap:
    return tuple(
        None if cell.line is None else Origin(notebook.path, cell.line) for cell in notebook.cells
    )


def _check_size(notebook: Notebook, modules: tuple[Module, ...], size: int) -> None:
    if size <= MOST_BYTES:
        return
    parts = [(len(module.text.encode()), f"{SOURCES}/{module.path}") for module in modules]
    parts += [(len(c.text.encode()), f"{notebook.path}:{c.line}") for c in notebook.cells]
    largest = ", ".join(f"{path} {count:,}" for count, path in sorted(parts, reverse=True)[:_SHOWN])
    raise SourceError(
        f"the artifact has {size:,} bytes; Kaggle accepts {MOST_BYTES:,} (largest: {largest})",
        place=Place(notebook.path),
        hint="Move data into a dataset, or import fewer modules.",
    )
