"""The imports of notebooks and modules, as a kernel resolves them: in no package.

The codes are link, unreadable, imported-notebook, relative-import, sibling-import, shadowed-module
and not-python.
"""

import ast
import sys
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from nbship.core.artifact.imports import NOTEBOOK_CODE, is_standard, notebook_fault, shadow_fault
from nbship.core.checks.facts import ImportUse, ParsedFile, WorkspaceFacts
from nbship.core.checks.findings import finding_of
from nbship.core.source.decode import linked, unreadable_source
from nbship.diagnostics import Diagnostic, Place

_CHANGES_PATH = "sys.path"  # in a file that has it, it is not certain where modules are found


def uses_of(tree: ast.Module, first: int, *, is_certain: bool = True) -> Iterator[ImportUse]:
    """Yield the import statements of code whose first line is ``first`` in its file.

    ``is_certain`` means that the code runs.
    """
    todo: list[tuple[ast.AST, bool]] = [(tree, is_certain)]
    while todo:
        node, is_certain = todo.pop()
        for child in _statements(node):
            if isinstance(child, ast.Import):
                for alias in child.names:
                    line, column = first + alias.lineno - 1, alias.col_offset + 1
                    yield ImportUse(alias.name, 0, (), _alias(alias), line, column, is_certain)
            elif isinstance(child, ast.ImportFrom):
                names = tuple(alias.name for alias in child.names)
                tail = ", ".join(alias.name + _alias(alias) for alias in child.names)
                line, column = first + child.lineno - 1, child.col_offset + 1
                module = child.module or ""
                yield ImportUse(module, child.level, names, tail, line, column, is_certain)
            else:
                todo.append((child, is_certain and isinstance(child, ast.ClassDef)))


def _statements(node: ast.AST) -> Iterator[ast.stmt]:
    """Yield the statements below a node that are not below another statement."""
    for field in ("body", "handlers", "orelse", "finalbody", "cases"):
        for child in getattr(node, field, ()) if not isinstance(node, ast.expr) else ():
            if isinstance(child, ast.stmt):
                yield child
            else:
                yield from _statements(child)  # an except clause, a case


def _alias(alias: ast.alias) -> str:
    return f" as {alias.asname}" if alias.asname else ""


def imported_notebooks(facts: WorkspaceFacts) -> Iterator[Diagnostic]:
    """Yield each import of a notebook."""
    for file, package, use in _uses(facts):
        names = (name for name in _candidates(use, package) if not is_standard(name))
        paths = (facts.imports.get(name) for name in names)
        notebook = next((path for path in paths if path in facts.sources), None)
        if notebook is not None:
            fault = notebook_fault(notebook)
            yield _finding(file, use, NOTEBOOK_CODE, fault.message, fault.hint)


def unreadable_files(facts: WorkspaceFacts) -> Iterator[Diagnostic]:
    """Yield each file and folder that cannot be read, and each import of such a module."""
    folder = facts.layout.sources
    for path, reason in facts.disk.unreadable.items():
        is_link = path in facts.disk.links
        fault = linked(path, path) if is_link else unreadable_source(path, reason, folder)
        yield finding_of(fault, "unreadable")
    unreadable = facts.disk.unreadable.keys() - facts.disk.links
    for file, package, use in _uses(facts) if unreadable else ():
        paths = (facts.imports.get(name, "") for name in _candidates(use, package))
        module = next((path for path in paths if path in unreadable), None)
        if module is not None:
            fault = unreadable_source(module, facts.disk.unreadable[module], folder)
            yield _finding(file, use, "unreadable", f"{module} {fault.message}", fault.hint)


def linked_modules(facts: WorkspaceFacts) -> Iterator[Diagnostic]:
    """Yield each import of a module that is a link, or lies behind one."""
    for file, package, use in _uses(facts):
        paths = (facts.imports.get(name, "") for name in _candidates(use, package))
        link = next((path for path in paths if path in facts.disk.links), None)
        if link is not None:
            fault = linked(file.source.path, link)
            yield _finding(file, use, "link", fault.message, fault.hint)


def relative_imports(facts: WorkspaceFacts) -> Iterator[Diagnostic]:
    """Yield each relative import at the top level that leads above all packages."""
    for file, package, use in _uses(facts):
        if use.is_certain and use.level > len(package):
            where = f"in the package {'.'.join(package)}" if package else "in no package"
            yield _finding(
                file, use, "relative-import",
                f"this relative import fails: the file is {where} when it is imported or run",
                _absolute_form(_folder_of(file, facts), use, facts.layout.sources),
            )  # fmt: skip


def sibling_imports(facts: WorkspaceFacts) -> Iterator[Diagnostic]:
    """Yield each import of a file beside the importing one, which only a script would find."""
    folders = {str(folder) for path in facts.files for folder in PurePosixPath(path).parents}
    for file, _, use in _uses(facts):
        folder, top = _folder_of(file, facts), use.module.partition(".")[0]
        is_plain = use.is_certain and not use.level and folder
        if not is_plain or top in facts.imports or top in sys.stdlib_module_names:
            continue
        beside = "/".join([facts.layout.sources, *folder, top])
        found = next(
            (p for p in (f"{beside}.py", beside) if p in facts.files or p in folders), None
        )
        if found is not None and _CHANGES_PATH not in file.source.text:
            yield _finding(
                file, use, "sibling-import",
                f"this does not find {found}: imports begin at {facts.layout.sources}/",
                _absolute_form(folder, use, facts.layout.sources),
            )  # fmt: skip


def _uses(facts: WorkspaceFacts) -> Iterator[tuple[ParsedFile, tuple[str, ...], ImportUse]]:
    """Yield the imports of the notebooks and of the modules that they reach, with the package."""
    reached = {file.source.path: file for files in facts.reached.values() for file in files}
    for file in facts.notebooks.values():
        yield from ((file, (), use) for use in file.content.uses)
    for file in reached.values():
        yield from ((file, _folder_of(file, facts), use) for use in file.content.uses)


def _folder_of(file: ParsedFile, facts: WorkspaceFacts) -> tuple[str, ...]:
    """Return the folders between that of the sources and a file."""
    return tuple(file.source.path.removeprefix(f"{facts.layout.sources}/").split("/")[:-1])


def _candidates(use: ImportUse, package: Sequence[str]) -> Iterator[str]:
    """Yield the names of all modules that an import may import."""
    parts = [*package[: len(package) - (use.level - 1)]] if use.level else []
    parts += filter(None, use.module.split("."))
    yield from (".".join(parts[: count + 1]) for count in range(len(parts)))
    yield from (".".join([*parts, name]) for name in use.names)


def _absolute_form(folder: Sequence[str], use: ImportUse, sources: str) -> str:
    """Return the hint with the import that finds the same file from the folder ``sources``."""
    above = use.level - 1 if use.level else 0
    parts = [*folder[: len(folder) - above], *filter(None, use.module.split("."))]
    if above > len(folder):
        return f"Imports begin at {sources}/: write the path of the module from there."
    if not all(part.isidentifier() for part in parts):
        return "Give the folder a name that Python can import, or move the module."
    if use.names:
        source = f"from {'.'.join(parts)} " if parts else ""
        return f"Write: {source}import {use.tail}"
    if len(parts) > 1 and "." not in use.module:
        return f"Write: from {'.'.join(parts[:-1])} import {parts[-1]}{use.tail}"
    return f"Write: import {'.'.join(parts)}{use.tail}"


def _finding(file: ParsedFile, use: ImportUse, code: str, message: str, hint: str) -> Diagnostic:
    place = Place(file.source.path, use.line, use.column)
    return Diagnostic(place, code, message, (hint,))


def shadowed_modules(facts: WorkspaceFacts) -> Iterator[Diagnostic]:
    """Yield each imported module that has the name of a module of Python's."""
    tops = {
        name.partition(".")[0]: None
        for name, path in facts.imports.items()
        if path in facts.files and path not in facts.sources
    }
    for top in tops:
        fault = shadow_fault(top, facts.imports[top])
        if fault is not None:
            yield finding_of(fault, "")


def unreadable_modules(facts: WorkspaceFacts) -> Iterator[Diagnostic]:
    """Yield each imported module that is not Python."""
    for modules in facts.reached.values():
        yield from (file.not_python for file in modules if file.not_python is not None)
