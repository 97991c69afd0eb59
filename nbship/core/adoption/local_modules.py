"""The modules of a project that its notebooks import, and the folder in which they are.

Old notebooks find them by ``sys.path.append("../src")`` and the like. nbship's imports begin at the
folder of the sources, so that folder can be the one in which a project has its modules already.
"""

import shlex
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from nbship.core.ipynb.reader import read_ipynb
from nbship.core.python.imports import imports_of
from nbship.core.python.ipython_syntax import parse_cell
from nbship.core.source.decode import decode
from nbship.core.source.language import PYTHON
from nbship.errors import SourceError
from nbship.model.layout import NOTEBOOK_SUFFIX


@dataclass(frozen=True, slots=True)
class LocalImport:
    """An import of a notebook at ``notebook``: its first name, and the file or folder it means."""

    notebook: str
    name: str
    path: str

    @property
    def folder(self) -> str:
        """The folder in which the module is, "" for that of the project."""
        return self.path.rpartition("/")[0]


def local_imports(
    notebooks: Mapping[str, bytes], files: Collection[str]
) -> tuple[LocalImport, ...]:
    """Return the imports of notebooks, by their content, that a file of the project answers.

    ``files`` are the paths of all files. A module is looked for beside the notebook, in the
    project's folder, and in each folder at its top.
    """
    places = _modules(files)
    found = [
        LocalImport(path, name, place)
        for path, data in notebooks.items()
        for name in sorted(_names_in(path, data))
        for place in _nearest(path, places.get(name, ()))
    ]
    return tuple(found)


def folder_of_modules(imports: Sequence[LocalImport], left_out: Collection[str]) -> str:
    """Return the folder at the top in which most of the imported modules are, "" if none is.

    ``left_out`` are folders that have another purpose.
    """
    counts = Counter(each.folder for each in imports if each.folder and each.folder not in left_out)
    at_top = {folder: count for folder, count in counts.items() if "/" not in folder}
    return max(sorted(at_top), key=lambda folder: at_top[folder], default="")


def moves(imports: Sequence[LocalImport], sources: str) -> Iterator[str]:
    """Yield a line for each module that is not in the folder of the sources."""
    users: dict[str, str] = {}  # of each module, the first notebook that imports it
    for each in imports:
        if each.folder != sources:
            users.setdefault(each.path, each.notebook)
    for path, notebook in users.items():
        command = shlex.join(["git", "mv", path, f"{sources}/{PurePosixPath(path).name}"])
        yield f"{notebook} imports {path}; to bundle it, move it: {command}"


def _names_in(path: str, data: bytes) -> set[str]:
    """Return the first names of what a notebook or a source imports, without Python's own."""
    try:
        texts = list(_code(path, data))
    except SourceError:
        return set()
    names: set[str] = set()
    for text in texts:
        try:
            tree = parse_cell(text)
        except SyntaxError:
            continue
        names |= {name.partition(".")[0] for name in imports_of(tree, "")}
    return names - sys.stdlib_module_names


def _code(path: str, data: bytes) -> Iterator[str]:
    if path.lower().endswith(NOTEBOOK_SUFFIX):
        for cell in read_ipynb(path, data).content["cells"]:
            if cell["cell_type"] == "code":
                yield cell["source"]
    elif path.endswith(PYTHON.suffix):
        yield decode(path, data).text


def _modules(files: Collection[str]) -> dict[str, list[str]]:
    """Return the places of each importable name: a file, or a folder with modules."""
    found: dict[str, dict[str, None]] = {}
    for path in sorted(files):
        file = PurePosixPath(path)
        if file.suffix != PYTHON.suffix:
            continue
        found.setdefault(file.stem, {})[path] = None
        for folder in file.parents[:-1]:
            found.setdefault(folder.name, {})[folder.as_posix()] = None
    return {name: list(places) for name, places in found.items()}


def _nearest(notebook: str, places: Sequence[str]) -> list[str]:
    """Return the place that an import of a notebook means, as far as that is likely."""
    others = [place for place in places if place != notebook]
    for folder in (notebook.rpartition("/")[0], ""):
        for place in others:
            if place.rpartition("/")[0] == folder:
                return [place]
    at_top = [place for place in others if place.count("/") == 1]
    return at_top[:1]
