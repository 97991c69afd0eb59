"""The bundle with ``style = "cells"``: each local module in a readable cell of its own.

A small first cell defines the cell magic ``%%nbship_module`` and puts a folder that does not exist
first on ``sys.path``, whose modules are those of the cells. A module's cell is the magic with the
module's path, and below it the module's text, as it is in git. Running it only registers the text:
the module is executed when it is imported, as usual, so that the order of the cells means nothing.
No file is written. ``__file__`` names one all the same, from which
tracebacks, ``inspect`` and core/failure get the line. A process that the notebook starts without a
fork cannot import the modules: it would need files.

The files that the header names are written by a cell of ``bundle``, and the modules seem to lie
beside them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from nbship.core.artifact.bundle import BUNDLE_TAG, FOLDER_PREFIX, file_cell, folder_in_bundle
from nbship.diagnostics import Place
from nbship.errors import SourceError
from nbship.model.notebook import BundledFile, Cell, Module
from nbship.model.workspace import Origin

MODULE_TAG = "nbship-module"
_MAGIC = "%%nbship_module"
# The module has exactly the text below the first line. Without the option, it has one line break
# more, which a person does not want to see at the end of a cell; IPython adds it.
_VERBATIM = "--verbatim"
_EMPTY = "--empty"  # the module has no text: IPython refuses a cell magic with nothing below it
_NOTHING = "# The module is empty."
_IMPORTER = """\
# The modules of {folder}/ that are imported here are in the cells below. Edit them in git.
def _modules(root):
    import importlib.machinery
    import importlib.util
    import io
    import linecache
    import os
    import sys

    texts = {{}}  # by the path that a file of the module would have

    class Loader(importlib.machinery.SourceFileLoader):
        def get_data(self, path):
            return texts[path].encode() if path in texts else super().get_data(path)

        def path_stats(self, path):
            raise OSError(path + " is in a cell")  # so that no bytecode is looked for or kept

    class Finder:  # of the modules in one folder, as sys.path_hooks knows finders
        def __init__(self, folder):
            self.folder = folder

        def find_spec(self, name, target=None):
            path = os.path.join(self.folder, name.rpartition(".")[2])
            package = os.path.join(path, "__init__.py")
            for file, folders in ((package, [path]), (path + ".py", None)):
                if file in texts:
                    return importlib.util.spec_from_file_location(
                        name, file, loader=Loader(name, file), submodule_search_locations=folders
                    )
            if os.path.isdir(path) or any(file.startswith(path + os.sep) for file in texts):
                spec = importlib.machinery.ModuleSpec(name, None, is_package=True)
                spec.submodule_search_locations.append(path)  # a package without __init__.py
                return spec
            return None

        def iter_modules(self, prefix=""):
            below = [file[len(self.folder) + 1 :].split(os.sep) for file in texts
                     if file.startswith(self.folder + os.sep)]
            for first in sorted({{parts[0] for parts in below}} - {{"__init__.py"}}):
                if first.endswith(".py") or [first, "__init__.py"] in below:
                    yield prefix + first.removesuffix(".py"), not first.endswith(".py")

    def finder(path):
        if (path + os.sep).startswith(root + os.sep):
            return Finder(path)
        raise ImportError(path)

    def nbship_module(line, cell):
        name, _, option = line.rpartition(" --")
        name, option = (name, "--" + option) if name.endswith(".py") else (line, "")
        text = "" if option == "{empty}" else cell
        if option == "{verbatim}" and text != "\\n" and not text.endswith("\\n\\n"):
            text = text[:-1]  # the line break that IPython has added
        path = os.path.join(root, *name.split("/"))
        texts[path] = text
        lines = list(io.StringIO(text, newline=""))  # as Python counts them
        linecache.cache[path] = len(text), None, lines, path

    def unchanged(lines):
        if not lines or not lines[0].startswith("{magic} "):
            return lines
        # As IPython does with a cell magic, but before it takes prompts and blanks off the lines.
        line, text = lines[0][len("{magic} ") :].rstrip(), "".join(lines[1:])
        return ["get_ipython().run_cell_magic('nbship_module', %r, %r)\\n" % (line, text)]

    nbship_module._ipython_magic_no_var_expand = True
    get_ipython().register_magic_function(nbship_module, "cell")
    get_ipython().input_transformers_cleanup.insert(0, unchanged)
    for path in [path for path in sys.path_importer_cache if path.startswith(root)]:
        del sys.path_importer_cache[path]  # if this cell has run before
    sys.path_hooks.insert(0, finder)
    sys.path[:] = [root, *(path for path in sys.path if path != root)]


"""
_NO_FILES = """\
def _root():
    import os
    import tempfile

    return os.path.join(tempfile.gettempdir(), "{prefix}cells", "{folder}")


_modules(_root())
del _modules, _root"""
_WITH_FILES = """\
_modules(_root)
del _modules, _root"""


@dataclass(frozen=True, slots=True)
class Placed:
    """A cell of the bundle, and where its text is from; None if it is in no source."""

    cell: Cell
    origin: Origin | None = None


def module_cells(
    modules: Sequence[Module],
    files: Sequence[BundledFile],
    programs: Sequence[str] = (),
    *,
    sources: str,
) -> tuple[Placed, ...]:
    """Return the cells of a bundle: the files if there are some, the importer, the modules.

    ``sources`` is the folder of the sources. A module among ``programs``, which are paths of the
    workspace, is a file as well, so that it can be executed. Each module's text is read back from
    its cell.

    Raises:
        SourceError: the name of a module has a line break.
    """
    paths = {f"{sources}/{each.path}": each.text for each in modules}
    more = [BundledFile(path, paths[path].encode()) for path in programs if path in paths]
    written = (*more, *files)
    cells = [Placed(file_cell(written, programs, sources=sources))] if written else []
    if modules:
        folder = folder_in_bundle(sources)
        end = _WITH_FILES if written else _NO_FILES.format(prefix=FOLDER_PREFIX, folder=folder)
        text = (
            _IMPORTER.format(folder=sources, magic=_MAGIC, empty=_EMPTY, verbatim=_VERBATIM) + end
        )
        cells.append(Placed(Cell("code", text, {"tags": [BUNDLE_TAG]}, line=None)))
    return (*cells, *(_placed(module, sources) for module in modules))


def module_in(text: str) -> Module | None:
    """Return the module that the text of a cell holds, None if it holds none."""
    first, _, below = text.partition("\n")
    if not first.startswith(f"{_MAGIC} "):
        return None
    path = first.removeprefix(f"{_MAGIC} ")
    if path.endswith(f" {_EMPTY}"):
        return Module(path.removesuffix(f" {_EMPTY}"), "")
    if path.endswith(f" {_VERBATIM}"):
        return Module(path.removesuffix(f" {_VERBATIM}"), below)
    return Module(path, below + "\n")


def is_importer(text: str) -> bool:
    """Return whether the text of a cell of the bundle is the one that lets the others work."""
    return "def _modules(root):" in text


def _placed(module: Module, sources: str) -> Placed:
    shown = module.text.removesuffix("\n")
    option = ""
    if not module.text:
        option, shown = f" {_EMPTY}", _NOTHING
    elif shown == module.text or not shown or shown.endswith("\n"):
        option, shown = f" {_VERBATIM}", module.text
    text = f"{_MAGIC} {module.path}{option}\n{shown}"
    origin = Origin(f"{sources}/{module.path}", 1, 2)
    if module_in(text) != module:
        raise SourceError(
            "a cell cannot have a module of this name",
            place=Place(origin.path),
            hint='Rename it, or remove style = "cells".',
        )
    return Placed(Cell("code", text, {"tags": [MODULE_TAG]}, line=None), origin)
