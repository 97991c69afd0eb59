"""The bundle of an earlier build in a notebook that nbship has pushed."""

from collections.abc import Iterable, Iterator, Sequence

from nbship.core.adoption.differences import Cell
from nbship.core.artifact.bundle import BUNDLE_TAG, has_files, modules_in
from nbship.core.artifact.cells import MODULE_TAG, is_importer, module_in
from nbship.core.artifact.imports import Find
from nbship.core.artifact.session import SESSION_TAG, without_session


def without_bundle(cells: Sequence[Cell], find: Find) -> list[Cell]:
    """Return the cells without a bundle of nbship's whose modules are those of the workspace.

    A notebook that nbship has pushed has one; the next build makes it again, and the session line,
    which no cell keeps.
    """
    of_modules = [cell for cell in cells if MODULE_TAG in _tags(cell)]
    are_here = bool(of_modules) and all(_is_bundle_of(cell, find) for cell in of_modules)
    return [
        {**cell, "source": without_session(cell["source"])} if BUNDLE_TAG in _tags(cell) else cell
        for cell in cells
        if not _is_bundle_of(cell, find)
        and SESSION_TAG not in _tags(cell)
        and not (are_here and BUNDLE_TAG in _tags(cell) and is_importer(cell["source"]))
    ]


def has_style_cells(cells: Iterable[Cell], left: Iterable[Cell]) -> bool:
    """Return whether modules in cells were left out of a notebook, and none is left."""
    before, after = (any(MODULE_TAG in _tags(cell) for cell in each) for each in (cells, left))
    return before and not after


def kept_bundles(cells: Iterable[Cell], left: Sequence[Cell]) -> Iterator[str]:
    """Yield a line for each bundle that stays in a notebook."""
    for number, cell in enumerate(cells, 1):
        if BUNDLE_TAG in _tags(cell) and not is_importer(cell["source"]) and cell in left:
            yield (
                f"cell {number} is the bundle of an earlier build, and stays: it is not that of "
                "this folder"
            )


def _tags(cell: Cell) -> Sequence[str]:
    tags: Sequence[str] = cell["metadata"].get("tags", ())
    return tags


def _is_bundle_of(cell: Cell, find: Find) -> bool:
    modules = {}
    if BUNDLE_TAG in _tags(cell) and not has_files(cell["source"]):
        modules = modules_in(cell["source"])
    elif MODULE_TAG in _tags(cell) and (one := module_in(cell["source"])):
        modules = {one.path: one.text}
    names = [path.removesuffix(".py").removesuffix("/__init__") for path in modules]
    here = (find(name.replace("/", ".")) for name in names)
    return bool(modules) and all(
        module is not None and module.text == text
        for module, text in zip(here, modules.values(), strict=True)
    )
