"""The files that ``[tool.nbship.bundle]`` names: patterns of the header → paths of the workspace.

``*``, ``?`` and ``[…]`` stand for a part of one name, ``**`` for any number of folders.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from nbship.core.artifact.bundle import folder_in_bundle
from nbship.core.artifact.collected import Collect, Collected
from nbship.core.metadata.script_block import Header
from nbship.core.source.decode import is_notebook
from nbship.core.source.language import PYTHON
from nbship.errors import SourceError
from nbship.model.notebook import BundledFile, Module
from nbship.model.spec import BundleSpec
from nbship.model.workspace import KAGGLE_BYTES

TABLE = "tool.nbship.bundle"
_ANY = "**"  # any number of folders
_WILD = frozenset("*?[")
_LEFT_OUT = "__pycache__"  # what Python makes of modules
_SHOWN = 5  # largest files in a message


@dataclass(frozen=True, slots=True)
class Declared:
    """The modules and files that a header names, and the paths that each of its patterns gives."""

    modules: tuple[Module, ...] = ()
    files: tuple[BundledFile, ...] = ()
    patterns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    imports: tuple[str, ...] = ()  # the names of the modules in packages
    keys: Mapping[str, str] = field(default_factory=dict)  # path → the key that names it
    programs: tuple[str, ...] = ()  # the paths of the files that can be executed, as git keeps it


def declared(header: Header, spec: BundleSpec, collect: Collect, *, sources: str) -> Declared:
    """Return what the table ``[tool.nbship.bundle]`` of a header names.

    ``sources`` is the folder of the sources, in which packages are.

    Raises:
        SourceError: a pattern leads out of the workspace or fits no file, a package does not exist,
            or a file is a link, too large or not readable, or its place in the bundle is that of a
            module; at the line of the header.
    """
    found: dict[str, bytes] = {}
    patterns: dict[str, tuple[str, ...]] = {}
    imports: set[str] = set()
    keys: dict[str, str] = {}
    programs: set[str] = set()
    for entry in _entries(header, spec, sources):
        pattern, collected = _collected(header, entry, collect, sources)
        patterns[pattern] = tuple(sorted(collected.files))
        files = {path: data for path, data in collected.files.items() if path != header.path}
        if entry.key == "packages":
            files = {p: d for p, d in files.items() if _is_of_package(p, d, sources)}
            imports.update(import_name(path, sources) for path in files if is_module(path, sources))
        _refuse_in_place_of_modules(header, entry, files, sources)
        found |= files
        keys |= dict.fromkeys(files, entry.key)
        programs |= collected.programs.intersection(files)
    paths = sorted(found)
    return Declared(
        modules=tuple(_module(p, found[p], sources) for p in paths if is_module(p, sources)),
        files=tuple(BundledFile(p, found[p]) for p in paths if not is_module(p, sources)),
        patterns=patterns,
        imports=tuple(sorted(imports)),
        keys=keys,
        programs=tuple(sorted(programs)),
    )


def largest(sizes: Mapping[str, int]) -> str:
    """Return the largest files with their sizes, for a message."""
    found = sorted(((size, path) for path, size in sizes.items()), reverse=True)
    return ", ".join(f"{path} {size:,}" for size, path in found[:_SHOWN])


def is_module(path: str, sources: str) -> bool:
    """Return whether a file is a module, which the bundle has as text with LF line ends."""
    return path.startswith(f"{sources}/") and path.endswith(PYTHON.suffix)


def import_name(path: str, sources: str) -> str:
    """Return the name under which the module at a path is imported."""
    name = path.removeprefix(f"{sources}/").removesuffix(PYTHON.suffix)
    return name.removesuffix("/__init__").replace("/", ".")


def fits(path: str, pattern: str) -> bool:
    """Return whether a path fits a pattern, both relative to the workspace.

    A pattern without a wildcard that names a folder fits all files in it. Hidden files, and what
    Python makes of modules, fit only a pattern that names them.
    """
    parts = pattern.split("/")
    names = path.split("/")
    if not _WILD.intersection(pattern):
        return names[: len(parts)] == parts and not any(map(_is_hidden, names[len(parts) :]))
    at = {0}  # how many parts of the pattern the names so far may fit
    for name in names:
        at = _with_empty({after for number in _with_empty(at, parts)
                          for after in _after(number, name, parts)}, parts)  # fmt: skip
    return len(parts) in at


def may_hold(folder: str, pattern: str) -> bool:
    """Return whether a folder may hold a path that fits a pattern."""
    return fits(folder, pattern) or not _is_hidden(folder.rpartition("/")[2]) or "/." in pattern


def fixed_part(pattern: str) -> str:
    """Return the folder or file that all paths of a pattern begin with, "" for the workspace."""
    parts = pattern.split("/")
    wild = next((n for n, part in enumerate(parts) if _WILD.intersection(part)), len(parts))
    return "/".join(parts[:wild])


def _with_empty(at: set[int], parts: list[str]) -> set[int]:
    """Add the places behind each ``**``, which may stand for no folder; the last one may not."""
    found = set(at)
    for number in range(len(parts) - 1):
        if number in found and parts[number] == _ANY:
            found.add(number + 1)
    return found


def _after(number: int, name: str, parts: list[str]) -> Iterator[int]:
    """Yield the places in the pattern behind one name."""
    if number == len(parts):
        return
    part = parts[number]
    if part == _ANY:
        if not _is_hidden(name):
            yield from (number, number + 1) if number == len(parts) - 1 else (number,)
    elif fnmatchcase(name, part) and (not _is_hidden(name) or part[0] == name[0]):
        yield number + 1


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name == _LEFT_OUT or name.endswith(".pyc")


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry of the table: its key, its text, and its pattern relative to the workspace."""

    key: str
    word: str
    pattern: str


def _entries(header: Header, spec: BundleSpec, sources: str) -> Iterator[_Entry]:
    folder = str(PurePosixPath(header.path).parent)
    for word in spec.files:
        yield _Entry("files", word, _inside(header, word, folder))
    for word in spec.packages:
        if not all(part.isidentifier() for part in word.split(".")):
            raise _fault(
                header, "packages", word, f"packages has {word!r}, which is not a package's name",
                hint=f"Write the name that is imported, of a folder in {sources}/.",
            )  # fmt: skip
        yield _Entry("packages", word, f"{sources}/{word.replace('.', '/')}")


def _collected(
    header: Header, entry: _Entry, collect: Collect, sources: str
) -> tuple[str, Collected]:
    """Return the files of an entry, and the pattern that they fit: a package may be one module."""
    pattern = entry.pattern
    found = collect(pattern)
    if entry.key == "packages" and found == Collected():
        pattern = f"{pattern}{PYTHON.suffix}"
        found = collect(pattern)
    if found.sizes:
        message = f"{entry.key} has {entry.word!r}, of {sum(found.sizes.values()):,} bytes"
        raise _fault(
            header, entry.key, entry.word, f"{message} (largest: {largest(found.sizes)})",
            hint=f"Kaggle accepts {KAGGLE_BYTES:,}. Move data into a dataset.",
        )  # fmt: skip
    for path, why in found.refused.items():
        message = f"{path} cannot be bundled: {why}"
        raise _fault(header, entry.key, entry.word, message)
    if found.files:
        return pattern, found
    hint = f"Write the name that is imported, of a folder in {sources}/."
    if entry.key == "files":
        hint = "A path is relative to the folder of this source."
    message = f"{entry.key} has {entry.word!r}, and there is no file {entry.pattern}"
    raise _fault(header, entry.key, entry.word, message, hint=hint)


def _is_of_package(path: str, data: bytes, sources: str) -> bool:
    """Return whether a file is a part of its package. A notebook is none: it cannot be imported."""
    return not (is_module(path, sources) and is_notebook(data.decode()))


def _refuse_in_place_of_modules(
    header: Header, entry: _Entry, paths: Iterable[str], sources: str
) -> None:
    """Refuse a file of another folder whose place is in the bundle's folder of the modules."""
    folder = folder_in_bundle(sources)
    for path in paths:
        if f"{path}/".startswith(f"{folder}/") and not path.startswith(f"{sources}/"):
            message = f"{path} cannot be bundled: {folder}/ in a bundle has the files of {sources}/"
            raise _fault(
                header, entry.key, entry.word, message,
                hint="Give the folder of the file another name.",
            )  # fmt: skip


def _module(path: str, data: bytes, sources: str) -> Module:
    return Module(path.removeprefix(f"{sources}/"), data.decode())


def _inside(header: Header, word: str, folder: str) -> str:
    """Return an entry of ``files``, relative to a folder, as a pattern of the workspace."""
    is_odd = word.startswith("/") or "\\" in word or (len(word) > 1 and word[1] == ":")
    parts: list[str] = []
    for part in f"{folder}/{word}".split("/"):
        if part == ".." and not parts:
            is_odd = True
        elif part == "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    if is_odd or not parts:
        raise _fault(
            header, "files", word, f"files has {word!r}, which leads out of the workspace",
            hint="A path is relative to the folder of this source, with forward slashes.",
        )  # fmt: skip
    return "/".join(parts)


def _fault(header: Header, key: str, word: str, message: str, *, hint: str = "") -> SourceError:
    return SourceError(message, place=header.place(TABLE, key), code="bundle", hint=hint, near=word)
