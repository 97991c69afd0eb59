"""Check a workspace: read the files that are needed, run the rules, apply the allow comments."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from nbship.core.artifact.imports import resolve_imports
from nbship.core.checks.codes import WORKSPACE_RULES
from nbship.core.checks.facts import Disk, ParsedFile, WorkspaceFacts
from nbship.core.checks.file import findings_in, parse_module, parse_notebook, parse_text
from nbship.core.checks.findings import finding_of
from nbship.core.checks.suppressions import apply_allow_comments
from nbship.core.metadata.script_block import read_header
from nbship.core.source.decode import linked
from nbship.core.source.language import PYTHON, language_of
from nbship.diagnostics import Diagnostic, by_place
from nbship.errors import SourceError
from nbship.model.git import GitFacts
from nbship.model.layout import Layout
from nbship.model.workspace import Catalogue, Source

if TYPE_CHECKING:
    from nbship.core.artifact.declared import Declared

_NO_DISK = Disk()


@dataclass(frozen=True, slots=True)
class Review:
    """The result of a check: the findings in the order of places, and the files that it looked at.

    ``notebooks`` are the sources, ``others`` the modules and the notebooks of git's index, by their
    paths in the workspace.
    """

    findings: tuple[Diagnostic, ...]
    notebooks: frozenset[str]
    others: frozenset[str]


def review(
    catalogue: Catalogue,
    files: Mapping[str, bytes],
    git: GitFacts,
    only: Collection[str] | None = None,
    disk: Disk = _NO_DISK,
    *,
    layout: Layout,
) -> Review:
    """Look at every file; with ``only``, at these files and at those in these folders.

    ``files`` are all sources and modules by their path.
    """
    every = frozenset((*files, *git.notebooks, *disk.unreadable))
    asked = None if only is None else frozenset(_inside(every, only))
    facts = _gather(catalogue, files, git, asked, disk, layout)
    seen = every if asked is None else asked
    # What is at the folder of the sources concerns every file.
    wanted = None if asked is None else asked | {layout.sources}
    found = (
        finding for finding in _findings(facts) if wanted is None or finding.place.path in wanted
    )
    return Review(
        findings=tuple(sorted(found, key=lambda finding: (by_place(finding), finding.message))),
        notebooks=seen & facts.sources,
        others=seen - facts.sources,
    )


def _inside(paths: Iterable[str], only: Collection[str]) -> Iterator[str]:
    for path in paths:
        if path in only or any(str(folder) in only for folder in PurePosixPath(path).parents):
            yield path


def _findings(facts: WorkspaceFacts) -> set[Diagnostic]:
    """Return the findings that no comment allows, and the comments that allow nothing."""
    found: dict[str, set[Diagnostic]] = {}
    for finding in (finding for rule in WORKSPACE_RULES for finding in rule(facts)):
        found.setdefault(finding.place.path, set()).add(finding)
    # Only if all notebooks were read is it certain that a comment in a module allows nothing.
    is_whole = facts.asked is None and all(n.is_complete for n in facts.notebooks.values())
    left: set[Diagnostic] = set()
    for path, file in {**facts.notebooks, **facts.modules}.items():
        is_complete = file.is_complete and (path in facts.notebooks or is_whole)
        in_file = findings_in(file) | found.pop(path, set())
        left.update(apply_allow_comments(file.source, in_file, is_complete=is_complete))
    return left.union(*found.values())


def _gather(
    catalogue: Catalogue,
    files: Mapping[str, bytes],
    git: GitFacts,
    asked: frozenset[str] | None,
    disk: Disk,
    layout: Layout,
) -> WorkspaceFacts:
    """Read the files that are asked for, and the modules that these notebooks import."""
    sources = {path: None for entry in catalogue.values() for path in (entry.path, *entry.twins)}
    others = [path for path in files if path not in sources]
    irregular = disk.links.union(disk.unreadable)
    # The notebooks that import a module declare its inputs: for a module all of them are read.
    is_all = asked is None or not asked.isdisjoint(others)
    notebooks = {
        path: _linked(path)
        if path in disk.links
        else parse_notebook(path, files[path], layout.sources)
        for path in sources
        if is_all or path in (asked or ())
    }
    folders = {str(folder) for path in files for folder in PurePosixPath(path).parents}
    importable, folders = {*files, *disk.unreadable}, folders | disk.links
    path_of = cache(lambda name: _imported_path(name, importable, folders, layout.sources))
    read = cache(lambda path: _parse_other(path, files[path], layout.sources))

    def find(name: str) -> ParsedFile | None:
        path = path_of(name)
        if path is None or path in sources:
            return None
        is_file = path in files and path not in irregular
        return read(path) if is_file else ParsedFile(Source(path, ""))

    found = {
        path: resolve_imports(file.content.imports, find, lambda _, module: module.content.imports)
        for path, file in notebooks.items()
    }
    names = {name: path_of(name) for each in found.values() for name in each}
    imports = {name: path for name, path in names.items() if path is not None}
    needed = {*imports.values(), *(others if asked is None else asked)} - irregular
    return WorkspaceFacts(
        catalogue=catalogue,
        files=files,
        git=git,
        sources=frozenset(sources),
        asked=asked,
        notebooks=notebooks,
        modules={path: read(path) for path in others if path in needed},
        reached={path: tuple(filter(None, each.values())) for path, each in found.items()},
        imports=imports,
        layout=layout,
        disk=disk,
        declared=dict(_declared(notebooks, disk, layout.sources)),
    )


def _declared(
    notebooks: Mapping[str, ParsedFile], disk: Disk, sources: str
) -> "Iterator[tuple[str, Declared | SourceError]]":
    """Yield by path what each table ``[tool.nbship.bundle]`` names, or the fault in it."""
    for path, file in notebooks.items():
        if file.spec is not None and file.spec.bundle is not None:
            from nbship.core.artifact.declared import declared

            try:
                yield (
                    path,
                    declared(
                        read_header(file.source), file.spec.bundle, disk.collect, sources=sources
                    ),
                )
            except SourceError as error:
                yield path, error


def _linked(path: str) -> ParsedFile:
    """Return a source that is a link: what it leads to is not looked at."""
    fault = finding_of(linked(path, path), "link")
    return ParsedFile(Source(path, ""), (fault,), is_text=False, is_complete=False)


def _parse_other(path: str, data: bytes, sources: str) -> ParsedFile:
    """Read a file that is not a notebook: a module, or one that no notebook can import."""
    if language_of(path) != PYTHON:
        return parse_text(path, data)
    *package, _ = path.removeprefix(f"{sources}/").split("/")
    return parse_module(path, data, ".".join(package), sources)


def _imported_path(
    name: str, files: Collection[str], folders: Collection[str], sources: str
) -> str | None:
    """Return the file or folder of the sources that ``import name`` leads to, as Python chooses."""
    folder = f"{sources}/{name.replace('.', '/')}"
    for path in (f"{folder}/__init__.py", f"{folder}.py"):
        if path in files:
            return path
    return folder if folder in folders else None
