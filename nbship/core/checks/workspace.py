"""Review all files together: what is wrong with one in the light of the others and of git."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from nbship.core.artifact.imports import resolve_imports, shadow_fault
from nbship.core.checks.codes import finding_of
from nbship.core.checks.file import CheckedFile, examine_module, examine_notebook, examine_other
from nbship.core.checks.kernel_settings import kernel_faults
from nbship.core.checks.suppressions import settle
from nbship.core.metadata.data_sources import INPUT
from nbship.core.metadata.script_block import Header, read_header
from nbship.core.source.decode import decode
from nbship.core.source.language import PYTHON, language_of, refuse_misspelt
from nbship.core.workspace.catalogue import glance
from nbship.diagnostics import Diagnostic, Place, by_place, did_you_mean
from nbship.errors import SourceError
from nbship.model.git import GitFacts
from nbship.model.layout import BUILD, SOURCES
from nbship.model.spec import KaggleSpec, Spec
from nbship.model.workspace import Catalogue, Entry, Source

_KAGGLE = "tool.nbship.kaggle"


def review(
    catalogue: Catalogue,
    files: Mapping[str, bytes],
    git: GitFacts,
    only: Collection[str] | None = None,
) -> tuple[Diagnostic, ...]:
    """Return every finding in the order of places; with ``only``, those in these files and folders.

    ``files`` are all sources and modules below src_py/ by their path.
    """
    asked = None if only is None else frozenset(_inside((*files, *git.notebooks), only))
    found = set(_Review(catalogue, files, git, asked).findings())
    return tuple(sorted((f for f in found if asked is None or f.place.path in asked), key=by_place))


def _inside(paths: Iterable[str], only: Collection[str]) -> Iterator[str]:
    for path in paths:
        if path in only or any(str(folder) in only for folder in PurePosixPath(path).parents):
            yield path


class _Review:
    """The walk through the files, which examines each of them once, and only what is needed."""

    def __init__(
        self,
        catalogue: Catalogue,
        files: Mapping[str, bytes],
        git: GitFacts,
        only: Collection[str] | None,
    ) -> None:
        self._catalogue = catalogue
        self._names = {
            path: name for name, entry in catalogue.items() for path in (entry.path, *entry.twins)
        }
        self._files = files
        self._git = git
        self._only = only
        self._modules: dict[str, CheckedFile] = {}
        self._found: dict[str, CheckedFile | None] = {}  # by import name
        self._across: list[Diagnostic] = []  # what no file shows by itself
        self._folders = {str(p) for path in files for p in PurePosixPath(path).parents}

    def findings(self) -> Iterator[Diagnostic]:
        notebooks = {path: examine_notebook(path, self._files[path]) for path in self._wanted()}
        for path in self._files:
            if path not in self._names and (self._only is None or path in self._only):
                self._module(path)
        for path, notebook in notebooks.items():
            self._judge(path, notebook)
        self._across += self._shared()
        is_whole = self._only is None and all(n.is_complete for n in notebooks.values())
        by_path: dict[str, set[Diagnostic]] = {}
        for finding in self._across:
            by_path.setdefault(finding.place.path, set()).add(finding)
        for path, examined in {**notebooks, **self._modules}.items():
            found = {*examined.findings, *by_path.pop(path, ())}
            is_complete = examined.is_complete and (path in notebooks or is_whole)
            yield from settle(examined.source, found, is_complete=is_complete)
        for rest in by_path.values():
            yield from rest
        if self._git.notebooks:
            yield from _committed(self._git.notebooks)

    def _wanted(self) -> Iterator[str]:
        """Yield the notebooks to read: what is wrong in a module, a notebook tells."""
        only = self._only
        is_all = only is None or any(p in self._files and p not in self._names for p in only)
        return (path for path in self._names if is_all or path in (only or ()))

    def _module(self, path: str) -> CheckedFile:
        if path not in self._modules:
            package = ".".join(PurePosixPath(path).parts[1:-1])
            self._modules[path] = (
                examine_module(path, self._files[path], package)
                if language_of(path) == PYTHON
                else examine_other(path, self._files[path])
            )
        return self._modules[path]

    def _find(self, name: str) -> CheckedFile | None:
        """Return what ``import name`` leads to below src_py/, as Python would choose it."""
        if name not in self._found:
            self._found[name] = here = self._look_for(name)
            shadow = None if here is None else shadow_fault(name, here.source.path)
            if shadow is not None:
                self._across.append(finding_of(shadow, ""))
        return self._found[name]

    def _look_for(self, name: str) -> CheckedFile | None:
        relative = f"{SOURCES}/{name.replace('.', '/')}"
        for path in (f"{relative}/__init__.py", f"{relative}.py"):
            if path in self._names:
                self._across.append(_imported_notebook(path))
                return None
            if path in self._files:
                return self._module(path)
        return CheckedFile(Source(relative, "")) if relative in self._folders else None

    def _judge(self, path: str, notebook: CheckedFile) -> None:
        """Look at a notebook in the light of its modules, and of the last commit."""
        here = resolve_imports(notebook.imports, self._find, lambda _, module: module.imports)
        modules = [module for module in here.values() if module is not None]
        self._across += (m.not_python for m in modules if m.not_python is not None)
        if notebook.header is None or notebook.spec is None:
            return
        self._across += _unknown_parameters(notebook, notebook.header, notebook.spec)
        kaggle = notebook.spec.kaggle
        if kaggle is None:
            return
        self._across += kernel_faults(notebook.header, kaggle, notebook.source.text)
        self._across += _undeclared_inputs(notebook, modules, kaggle)
        before = glance(path, _before(path, self._git.before.get(path))).kernel
        if before and before != kaggle.id:
            self._across.append(_id_finding(
                notebook.source, notebook.header, "id-changed",
                f"the id {kaggle.id!r} was {before!r} in the last commit, and an id is permanent",
                "Put the old one back. Kaggle would make another kernel of it.",
            ))  # fmt: skip

    def _shared(self) -> Iterator[Diagnostic]:
        """Yield the notebooks that would overwrite another one, on Kaggle or in build/."""
        for entry in self._catalogue.values():
            yield from _misnamed(entry)
        older: dict[str, str] = {}
        # The new one of two is to be changed: git does not know it, or not its file.
        firsts = {path: n for path, n in self._names.items() if self._catalogue[n].path == path}
        for path, name in sorted(firsts.items(), key=lambda item: self._age(item[0])):
            kernel = (self._catalogue[name].kernel or "").lower()
            if kernel and kernel in older:
                yield self._double(path, older[kernel])
            older.setdefault(kernel, path)
        inside = {str(p): name for name in self._catalogue for p in PurePosixPath(name).parents}
        for path, name in firsts.items():
            inner = inside.get(name)
            if inner is not None:
                yield Diagnostic(
                    Place(path, 1, 1), "folder-clash",
                    f"its artifact's folder {BUILD}/{name}/ would hold that of "
                    f"{self._catalogue[inner].path}",
                    ("Rename one of them.",),
                )  # fmt: skip

    def _age(self, path: str) -> tuple[bool, str]:
        return path not in self._git.known, path

    def _double(self, path: str, older: str) -> Diagnostic:
        source = decode(path, self._files[path])  # a kernel is only known of what can be read
        kernel = self._catalogue[self._names[path]].kernel
        return _id_finding(
            source, read_header(source), "duplicate-id", f"id {kernel!r} is also that of {older}",
            "Give the newer one an id and a title of its own.",
        )  # fmt: skip


def _misnamed(entry: Entry) -> Iterator[Diagnostic]:
    """Yield what is wrong with the name of a source's file."""
    for twin in entry.twins:
        yield Diagnostic(
            Place(twin, 1, 1), "duplicate-name", f"{entry.path} is a notebook of the same name",
            (f"Rename one of them: a name is a folder in {BUILD}/.",),
        )  # fmt: skip
    try:
        refuse_misspelt(entry.path)
    except SourceError as error:
        yield finding_of(error, "file-name")


def _committed(notebooks: Mapping[str, bytes]) -> Iterator[Diagnostic]:
    from nbship.core.checks.committed_outputs import committed_outputs

    for path, data in notebooks.items():
        yield from committed_outputs(path, data)


def _imported_notebook(path: str) -> Diagnostic:
    return Diagnostic(
        Place(path, 1, 1), "imported-notebook", "a notebook is imported; only modules can be",
        ("Move what is shared into a .py without '# %%' lines.",),
    )  # fmt: skip


def _before(path: str, data: bytes | None) -> Source:
    try:
        return decode(path, data or b"")
    except SourceError:
        return Source(path, "")


def _id_finding(source: Source, header: Header, code: str, message: str, hint: str) -> Diagnostic:
    place = header.place(_KAGGLE, "id")
    error = SourceError(message, place=place, code=code, hint=hint, near="id")
    return finding_of(error, "", source.text)


def _unknown_parameters(notebook: CheckedFile, header: Header, spec: Spec) -> Iterator[Diagnostic]:
    """Yield the parameters that no tagged cell assigns; a cell that cannot be read may."""
    place = header.place("tool.nbship.smoke", "parameters")
    known = notebook.parameters
    for name in spec.smoke.parameters if notebook.is_complete else ():
        if known is not None and name in known:
            continue
        if known:
            message, hint = f"unknown parameter {name!r}{did_you_mean(name, known)}", ""
        else:
            message = f"parameter {name!r}, but the notebook has no cell with parameters"
            hint = 'Mark the cell that assigns them: # %% tags=["parameters"]'
        error = SourceError(message, place=place, code="unknown-parameter", near=name, hint=hint)
        yield finding_of(error, "", notebook.source.text)
        if not known:
            return


def _undeclared_inputs(
    notebook: CheckedFile, modules: Collection[CheckedFile], kaggle: KaggleSpec
) -> Iterator[Diagnostic]:
    if not any(file.mentions for file in (notebook, *modules)):
        return
    from nbship.core.checks.input_paths import advice, is_provided, mounts_of

    mounts = mounts_of(kaggle)
    for file in (notebook, *modules):
        by = "" if file is notebook else f" of {notebook.source.path}"
        for mention in file.mentions:
            if not is_provided(mention, mounts):
                yield Diagnostic(
                    Place(file.source.path, mention.line, mention.column), "undeclared-input",
                    f"no declared source{by} provides {INPUT}/{mention.path}",
                    (advice(mention, mounts),),
                )  # fmt: skip
