"""Find the local modules that a notebook reaches, and write them into one readable cell.

Kaggle receives one file. The bundle cell writes the modules into a temporary folder and puts it
first on ``sys.path``, so that they are ordinary files there: tracebacks, ``inspect`` and child
processes see ``.../src_py/sahel/audio.py`` with the lines that it has in git.
"""

import ast
import re
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from nbship.errors import Place, SourceError
from nbship.model.notebook import Cell, Module, Notebook

BUNDLE_TAG = "nbship-bundle"
FOLDER_PREFIX = "nbship-"  # failure.py finds bundled files in tracebacks by it

_SHELL_LINE = re.compile(r"^(\s*)[%!?].*$", re.MULTILINE)
_SHELL_VALUE = re.compile(r"=\s*[%!].*$", re.MULTILINE)
_HELP_LINE = re.compile(r"^(\s*)[\w.*]+\?{1,2}\s*$", re.MULTILINE)

# Magics that run without their sign too, and are no Python: https://ipython.readthedocs.io
_BARE_COMMAND = re.compile(r"(?:pip|conda|mamba|uv|cd|ls|cat|cp|mv|rm|mkdir)\s")

_HEAD = """\
# The modules of src_py/ that are imported here. Edit them in git, not here.
def _bundle(modules):
    import pathlib
    import sys
    import tempfile

    folder = pathlib.Path(tempfile.mkdtemp(prefix="{prefix}"), "src_py")
    for name, text in modules.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text[1:].encode("utf-8"))  # without the line break after the quotes
    sys.path.insert(0, str(folder))


_bundle({{
"""
# The prompts of a doctest, which IPython takes off also inside a string.
_PROMPT = re.compile(r"^([ \t]*)(>(?=>>)|\.(?=\.\.))", re.MULTILINE)
_UNQUOTABLE = re.compile(rf"[\r\0]|{_PROMPT.pattern}", re.MULTILINE)
_TAIL = "})\ndel _bundle\n"


@dataclass(frozen=True, slots=True)
class Found:
    """What an import name leads to below src_py/: a file, or a folder without ``__init__.py``."""

    path: str | None  # relative to src_py/, forward slashes
    text: str = ""
    is_package: bool = False


Here = TypeVar("Here")
Find = Callable[[str], Found | None]  # "sahel.audio" -> what is there, or None


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
    found = follow(names, lambda name: _unshadowed(name, find(name)), _module_imports)
    modules = {here.path: here.text for here in found.values() if here and here.path}
    return Reach(
        modules=tuple(Module(path, text) for path, text in sorted(modules.items())),
        absent=tuple(sorted(name for name, here in found.items() if here is None)),
    )


def follow(
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


def _unshadowed(name: str, here: Found | None) -> Found | None:
    fault = None if here is None else shadow_fault(name, f"src_py/{here.path or name}")
    if fault is not None:
        raise fault
    return here


def bundle_cell(modules: Iterable[Module]) -> Cell:
    """Write the modules as one code cell, each as the text that stands in git."""
    entries = (f"{_quote(module.path)}: {_block(module.text)},\n" for module in modules)
    text = _HEAD.format(prefix=FOLDER_PREFIX) + "".join(entries) + _TAIL
    return Cell(kind="code", text=text.rstrip("\n"), metadata={"tags": [BUNDLE_TAG]}, line=None)


def parse_cell(text: str) -> ast.Module:
    """Parse a code cell as IPython reads it; what is below ``%%bash`` and the like is nothing.

    Raises:
        SyntaxError: it is not Python; its line counts from the cell's first.
    """
    if not text.startswith("%%"):
        return _parse_with_shell(text)
    try:
        return _parse_with_shell("\n" + text.partition("\n")[2])  # %%time, %%capture
    except SyntaxError:
        return ast.Module([], [])


def parse_python(text: str) -> ast.Module:
    """Parse Python, an ``await`` at the top level included, as a notebook may have it.

    Raises:
        SyntaxError: it is not Python.
    """
    if "\0" in text:  # of which Python 3.11 says one thing or another, and no line
        before = text.partition("\0")[0]
        raise SyntaxError("a NUL character", ("<source>", before.count("\n") + 1, None, None))
    flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python gives them when the notebook runs
        try:
            tree: ast.Module = compile(text, "<source>", "exec", flags, dont_inherit=True)
        except (RecursionError, MemoryError):
            raise SyntaxError("nested too deeply", ("<source>", 1, None, None)) from None
    return tree


def hint_of(text: str, error: SyntaxError) -> str:
    """Return what to write instead of a bare command, which only IPython understands."""
    lines = text.split("\n")
    line = lines[(error.lineno or 1) - 1].strip() if (error.lineno or 1) <= len(lines) else ""
    return f"Write it as a magic: # %{line}" if _BARE_COMMAND.match(line) else ""


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


def _module_imports(name: str, here: Found) -> list[str]:
    package = name if here.is_package else name.rpartition(".")[0]
    try:
        return list(imports_of(parse_python(here.text), package))
    except SyntaxError as error:
        raise SourceError(
            f"not Python: {error.msg}",
            place=Place(f"src_py/{here.path}", error.lineno, error.offset),
        ) from None


def _parse_with_shell(text: str) -> ast.Module:
    """Parse Python, and where it is none, parse it without IPython's own syntax, line for line."""
    try:
        return parse_python(text)
    except SyntaxError:
        text = _SHELL_LINE.sub(r"\1pass", text)
        text = _HELP_LINE.sub(r"\1pass", text)
        return parse_python(_SHELL_VALUE.sub("= None", text))


def imports_of(tree: ast.AST, package: str) -> Iterator[str]:
    """Yield what the import statements of Python in this package may lead to."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _base(node, package)
            if base:
                yield base
            # What is imported may be a module of that package; find() will tell.
            prefix = f"{base}." if base else ""
            yield from (prefix + alias.name for alias in node.names if alias.name != "*")


def _base(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parents = package.split(".")[: len(package.split(".")) - (node.level - 1)]
    return ".".join([*filter(None, parents), *filter(None, [node.module])])


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _block(text: str) -> str:
    """Quote a module's text so that a person can read it, and Python reads the same text back."""
    for quotes in ("'''", '"""'):
        is_plain = quotes not in text and not text.endswith(("\\", quotes[0]))
        if is_plain and not _UNQUOTABLE.search(text):
            return f"r{quotes}\n{text}{quotes}"
    escaped = text.replace("\\", "\\\\").replace("\r", "\\r").replace("\0", "\\x00")
    escaped = re.sub(r"'''|'+\Z", lambda quotes: "\\'" * len(quotes[0]), escaped)
    escaped = _PROMPT.sub(lambda sign: f"{sign[1]}\\x{ord(sign[2]):02x}", escaped)
    return f"'''\n{escaped}'''"
