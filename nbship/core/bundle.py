"""Find the local modules that a notebook reaches, and write them into one readable cell.

Kaggle receives one file. The bundle cell writes the modules into a temporary folder and puts it
first on ``sys.path``, so that they are ordinary files there: tracebacks, ``inspect`` and child
processes see ``.../src_py/sahel/audio.py`` with the lines that it has in git.
"""

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from nbship.core.ipython_syntax import hint_of, imports_of, parse_cell, parse_python
from nbship.errors import Place, SourceError
from nbship.model.notebook import Cell, Module, Notebook

BUNDLE_TAG = "nbship-bundle"
FOLDER_PREFIX = "nbship-"  # failure.py finds bundled files in tracebacks by it


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
