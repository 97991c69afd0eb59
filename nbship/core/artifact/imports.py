"""The local modules that a notebook imports, directly or through other modules."""

import ast
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from nbship.core.python.imports import imports_of
from nbship.core.python.ipython_syntax import hint_of, parse_cell
from nbship.core.python.parse import parse_python
from nbship.diagnostics import Place
from nbship.errors import SourceError

if TYPE_CHECKING:  # check follows imports as well, and needs none of these
    from nbship.model.notebook import Cell, Module, Notebook

NOTEBOOK_CODE = "imported-notebook"
Local = TypeVar("Local")  # what a caller knows of a local module


@dataclass(frozen=True, slots=True)
class LocalModule:
    """The module of an import name: a file, or a folder without ``__init__.py``."""

    path: str | None  # relative to the sources, with forward slashes; None of a folder
    text: str = ""
    is_package: bool = False


Find = Callable[[str], LocalModule | None]  # "sahel.audio" → its module, or None


@dataclass(frozen=True, slots=True)
class Reach:
    """The local modules that a notebook needs, and the import names that are not local."""

    modules: "tuple[Module, ...]"
    absent: tuple[str, ...]


def reach_modules(
    notebook: "Notebook", find: Find, also: Iterable[str] = (), *, sources: str
) -> Reach:
    """Follow the import statements of a notebook and of each local module that it imports.

    ``also`` are names that count as imported by the notebook, ``sources`` is the folder in which
    the modules are.

    Raises:
        SourceError: a cell or a module is not Python, or imports a notebook; names its line.
    """
    from nbship.model.notebook import Module

    names = [name for cell in notebook.cells for name in _cell_imports(notebook, cell)]
    names += also
    seen: dict[str, LocalModule] = {}

    def find_local(name: str) -> LocalModule | None:
        try:
            return _unshadowed(name, find(name), sources)
        except SourceError as error:
            raise _at_import(error, name, notebook, seen, sources) from None

    def onward(name: str, module: LocalModule) -> list[str]:
        seen[name] = module
        return _module_imports(name, module, sources)

    found = resolve_imports(names, find_local, onward)
    modules = {module.path: module.text for module in found.values() if module and module.path}
    return Reach(
        modules=tuple(Module(path, text) for path, text in sorted(modules.items())),
        absent=tuple(sorted(name for name, module in found.items() if module is None)),
    )


def resolve_imports(
    names: Iterable[str],
    find: Callable[[str], Local | None],
    onward: Callable[[str, Local], Iterable[str]],
) -> dict[str, Local | None]:
    """Return what ``find`` gives for each name, and for each name that is imported from there.

    ``onward`` returns the names that a local module imports. None marks a name that is not local.
    """
    found: dict[str, Local | None] = {}
    todo = list(names)
    while todo:
        for name in _with_parents(todo.pop()):
            if name not in found:
                module = found[name] = find(name)
                todo += onward(name, module) if module is not None else ()
            if found[name] is None:
                break  # a package that is not local has no local modules
    return found


def is_standard(name: str) -> bool:
    """Return whether a kernel imports a name from Python's standard library.

    A notebook or a folder may have such a name: nothing imports it.
    """
    return name.partition(".")[0] in sys.stdlib_module_names


def shadow_fault(name: str, path: str) -> SourceError | None:
    """Return the fault of a module that a kernel never imports: its name is one of Python's own."""
    if not is_standard(name):
        return None
    return SourceError(
        f"the module {name!r} has the name of a standard module, which a kernel imports instead",
        place=Place(path),
        code="shadowed-module",
        hint="Rename it.",
    )


def notebook_fault(path: str) -> SourceError:
    """Return the fault of a notebook that is imported; the caller knows the place of the import."""
    return SourceError(
        f"{path} is a notebook, and only modules can be imported",
        code=NOTEBOOK_CODE,
        hint="Move the shared code into a .py without '# %%' lines, and import that.",
    )


def _at_import(
    error: SourceError,
    name: str,
    notebook: "Notebook",
    modules: Mapping[str, LocalModule],
    sources: str,
) -> SourceError:
    """Return the fault of an imported notebook at the first import of its name."""
    if error.diagnostic.code != NOTEBOOK_CODE:
        return error
    for path, first, tree, package in _importers(notebook, modules, sources):
        for node, imported in _statements(tree, package):
            if imported == name or imported.startswith(f"{name}."):
                place = Place(path, first + node.lineno - 1, node.col_offset + 1)
                return error.with_changes(place=place)
    return error.with_changes(place=Place(notebook.path))  # the header declares it


def _importers(
    notebook: "Notebook", modules: Mapping[str, LocalModule], sources: str
) -> Iterator[tuple[str, int, ast.AST, str]]:
    """Yield the code of a notebook and of modules: path, first line, tree, package."""
    for cell in notebook.cells:
        if cell.kind == "code" and "import" in cell.text:
            yield notebook.path, cell.line or 1, parse_cell(cell.text), ""
    for name, module in modules.items():
        path = f"{sources}/{module.path}"
        yield path, 1, parse_python(module.text), _package(name, module)


def _statements(tree: ast.AST, package: str) -> Iterator[tuple[ast.alias | ast.stmt, str]]:
    """Yield each name that code imports, and the part of the code that does so."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node, name) for name in imports_of(node, package))


def _unshadowed(name: str, module: LocalModule | None, sources: str) -> LocalModule | None:
    if module is None or module.path is None:  # a folder is no fault before it has a module
        return module
    top, _, below = name.partition(".")
    fault = shadow_fault(top, f"{sources}/{top if below else module.path}")
    if fault is not None:
        raise fault
    return module


def _with_parents(name: str) -> Iterator[str]:
    parts = name.split(".")
    return (".".join(parts[: count + 1]) for count in range(len(parts)))


def _cell_imports(notebook: "Notebook", cell: "Cell") -> Iterator[str]:
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


def _package(name: str, module: LocalModule) -> str:
    return name if module.is_package else name.rpartition(".")[0]


def _module_imports(name: str, module: LocalModule, sources: str) -> list[str]:
    try:
        return list(imports_of(parse_python(module.text), _package(name, module)))
    except SyntaxError as error:
        raise SourceError(
            f"not Python: {error.msg}",
            place=Place(f"{sources}/{module.path}", error.lineno, error.offset),
        ) from None
