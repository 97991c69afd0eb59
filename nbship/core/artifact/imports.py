"""The local modules that a notebook reaches by its import statements."""

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from nbship.core.source.ipython_syntax import hint_of, imports_of, parse_cell, parse_python
from nbship.diagnostics import Place
from nbship.errors import SourceError
from nbship.model.layout import SOURCES
from nbship.model.notebook import Cell, Module, Notebook

Here = TypeVar("Here")


@dataclass(frozen=True, slots=True)
class LocalModule:
    """What an import name leads to below src_py/: a file, or a folder without ``__init__.py``."""

    path: str | None  # relative to src_py/, forward slashes
    text: str = ""
    is_package: bool = False


Find = Callable[[str], LocalModule | None]  # "sahel.audio" -> what is there, or None


@dataclass(frozen=True, slots=True)
class Reach:
    """The modules that a notebook needs, and the names that were looked for and are not local."""

    modules: tuple[Module, ...]
    absent: tuple[str, ...]


def reach_modules(notebook: Notebook, find: Find) -> Reach:
    """Follow the import statements of a notebook and of the modules that they lead to.

    Raises:
        SourceError: a cell or a module is not Python; names its line.
    """
    names = [name for cell in notebook.cells for name in _cell_imports(notebook, cell)]
    found = resolve_imports(names, lambda name: _unshadowed(name, find(name)), _module_imports)
    modules = {here.path: here.text for here in found.values() if here and here.path}
    return Reach(
        modules=tuple(Module(path, text) for path, text in sorted(modules.items())),
        absent=tuple(sorted(name for name, here in found.items() if here is None)),
    )


def resolve_imports(
    names: Iterable[str],
    find: Callable[[str], Here | None],
    onward: Callable[[str, Here], Iterable[str]],
) -> dict[str, Here | None]:
    """Return what the names lead to, and what is imported there; None where nothing is local."""
    found: dict[str, Here | None] = {}
    todo = list(names)
    while todo:
        for name in _with_parents(todo.pop()):
            if name not in found:
                here = found[name] = find(name)
                todo += onward(name, here) if here is not None else ()
            if found[name] is None:
                break  # what is not local has no local children
    return found


def shadow_fault(name: str, path: str) -> SourceError | None:
    """Return what is wrong with a module that a kernel would never see: it has Python's already."""
    if name not in sys.stdlib_module_names:
        return None
    return SourceError(
        f"the module {name!r} has the name of one of Python's own, which wins in a kernel",
        place=Place(path),
        code="shadowed-module",
        hint="Rename it.",
    )


def _unshadowed(name: str, here: LocalModule | None) -> LocalModule | None:
    fault = None if here is None else shadow_fault(name, f"{SOURCES}/{here.path or name}")
    if fault is not None:
        raise fault
    return here


def _with_parents(name: str) -> Iterator[str]:
    parts = name.split(".")
    return (".".join(parts[: count + 1]) for count in range(len(parts)))


def _cell_imports(notebook: Notebook, cell: Cell) -> Iterator[str]:
    if cell.kind != "code":
        return iter(())
    try:
        tree = parse_cell(cell.text)
    except SyntaxError as error:
        line = None if cell.line is None else cell.line + (error.lineno or 1) - 1
        raise SourceError(
            f"not Python: {error.msg}",
            place=Place(notebook.path, line, error.offset),
            hint=hint_of(cell.text, error),
        ) from None
    return imports_of(tree, package="") if "import" in cell.text else iter(())


def _module_imports(name: str, here: LocalModule) -> list[str]:
    package = name if here.is_package else name.rpartition(".")[0]
    try:
        return list(imports_of(parse_python(here.text), package))
    except SyntaxError as error:
        raise SourceError(
            f"not Python: {error.msg}",
            place=Place(f"{SOURCES}/{here.path}", error.lineno, error.offset),
        ) from None
