"""The pictures that a notebook's Markdown shows: attached to its cells from ``NAME.assets``."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from nbship.core.artifact.collected import Collect, Collected, digest_of
from nbship.core.artifact.declared import largest
from nbship.core.pairing.attachments import attached, picture_name, pictures_in, shown
from nbship.diagnostics import Place
from nbship.digest import sha256
from nbship.errors import SourceError
from nbship.model.layout import ATTACHMENT, assets_of
from nbship.model.notebook import Cell, Notebook
from nbship.model.workspace import KAGGLE_BYTES


@dataclass(frozen=True, slots=True)
class Illustrated:
    """A notebook with its pictures, and what they were read from.

    ``data`` has the digest of each picture's file by its path, ``patterns`` all files of the
    folder.
    """

    notebook: Notebook
    data: Mapping[str, str] = field(default_factory=dict)
    patterns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def with_pictures(notebook: Notebook, collect: Collect) -> Illustrated:
    """Return the notebook with the pictures that its Markdown shows, as far as there are files.

    Raises:
        SourceError: a picture is a link or cannot be read, or the pictures are too large.
    """
    if not any(cell.kind == "markdown" and ATTACHMENT in cell.text for cell in notebook.cells):
        return Illustrated(notebook)
    folder = assets_of(notebook.path)
    collected = collect(folder)
    _refuse(folder, collected, [cell.text for cell in notebook.cells if cell.kind == "markdown"])
    files = {path.rpartition("/")[2]: path for path in collected.files
             if path.rpartition("/")[0] == folder}  # fmt: skip
    pictures = pictures_in({file: collected.files[path] for file, path in files.items()})
    cells = tuple(_with_attachments(cell, {n: data for n, (_, data) in pictures.items()})
                  for cell in notebook.cells)  # fmt: skip
    used = {name for cell in cells for name in cell.attachments}
    taken = {files[file]: data for file, data in map(pictures.__getitem__, used)}
    return Illustrated(
        replace(notebook, cells=cells),
        {
            path: digest_of(sha256(data), is_program=path in collected.programs)
            for path, data in taken.items()
        },
        {folder: tuple(sorted(collected.files))},
    )


def _with_attachments(cell: Cell, pictures: Mapping[str, bytes]) -> Cell:
    if cell.kind != "markdown" or not shown(cell.text, pictures):
        return cell
    made = attached({"cell_type": cell.kind, "source": cell.text}, pictures)
    return replace(cell, attachments=made["attachments"])


def unusable(folder: str, refused: Mapping[str, str], texts: Iterable[str]) -> dict[str, str]:
    """Return the files that hinder the pictures of these Markdown texts, and why.

    ``refused`` are the files of the folder that cannot be read. One that no text shows hinders
    nothing; a link in place of the folder does.
    """
    parts = {path: path.removeprefix(f"{folder}/") for path in refused}
    names = {path: picture_name(file) for path, file in parts.items() if file != path}
    seen = {name for text in texts for name in shown(text, set(names.values()))}
    return {path: why for path, why in refused.items() if names.get(path) in {None, *seen}}


def _refuse(folder: str, collected: Collected, texts: Iterable[str]) -> None:
    for path, why in unusable(folder, collected.refused, texts).items():
        raise SourceError(f"a picture cannot be attached: {why}", place=Place(path), code="bundle")
    if collected.sizes:
        total = sum(collected.sizes.values())
        raise SourceError(
            f"the pictures have {total:,} bytes (largest: {largest(collected.sizes)})",
            place=Place(folder),
            code="too-large",
            hint=f"Kaggle accepts {KAGGLE_BYTES:,}. Make the pictures smaller.",
        )
