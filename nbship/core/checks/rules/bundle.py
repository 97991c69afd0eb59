"""bundle, secret, unbundled-file, too-large: what goes to Kaggle besides the code, and its size."""

import json
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from nbship.core.artifact.collected import Collected
from nbship.core.artifact.imports import LocalModule
from nbship.core.checks.facts import Opened, ParsedFile, WorkspaceFacts
from nbship.core.checks.findings import finding_of
from nbship.core.checks.rules.secrets import HINT, secrets_in
from nbship.core.metadata.script_block import read_header
from nbship.core.source.decode import decode
from nbship.diagnostics import Diagnostic, Place
from nbship.errors import SourceError
from nbship.model.layout import ATTACHMENT, assets_of
from nbship.model.workspace import KAGGLE_BYTES

if TYPE_CHECKING:
    from nbship.core.artifact.declared import Declared

_OF_CELL = 1_000  # bytes that a cell takes besides its text, at most


def bundled_files(facts: WorkspaceFacts) -> Iterator[Diagnostic]:
    """Yield what cannot be bundled, and each secret in what is, at its key of the header.

    A file has no allow comments: a made-up secret is allowed in the header.
    """
    for path, named in facts.declared.items():
        file = facts.notebooks[path]
        if isinstance(named, SourceError):
            yield finding_of(named, "bundle", file.source.text)
        else:
            yield from _secrets(facts, file, named)


def _secrets(facts: WorkspaceFacts, file: ParsedFile, named: "Declared") -> Iterator[Diagnostic]:
    from nbship.core.artifact.declared import TABLE

    header = read_header(file.source)
    texts = {each.path: each.data.decode(errors="replace") for each in named.files}
    texts |= {f"{facts.layout.sources}/{each.path}": each.text for each in named.modules}
    for path, text in texts.items():
        if path in facts.modules:
            continue  # a module is looked at by itself
        for line, _, kind in secrets_in(text):
            place = header.place(TABLE, named.keys[path])
            message = f"{path}:{line}: this looks like a secret: {kind}"
            yield finding_of(
                SourceError(message, place=place, hint=HINT), "secret", file.source.text
            )


def unbundled_files(facts: WorkspaceFacts) -> Iterator[Diagnostic]:
    """Yield each file of the workspace that code opens and that does not go along to Kaggle.

    Of a notebook whose header cannot be followed it is not known which files go along.
    """
    for path, file in facts.notebooks.items():
        if file.spec is None or not (file.spec.kaggle or file.spec.colab):
            continue
        modules = facts.reached.get(path, ())
        named = facts.declared.get(path)
        if isinstance(named, SourceError):  # the code bundle
            continue
        taken = {*(named.keys if named else ()), *(module.source.path for module in modules)}
        for each in (file, *modules):
            for found in each.content.opened:
                if _is_left_behind(facts, found, taken):
                    yield Diagnostic(
                        Place(each.source.path, found.line, found.column),
                        "unbundled-file",
                        f"Kaggle does not have {found.path} there",
                        (_hint(path, found),),
                    )


def _is_left_behind(facts: WorkspaceFacts, found: Opened, taken: set[str]) -> bool:
    """Return whether a file would be missing.

    A relative name counts only for a file that is in git: a notebook may read what it has written.
    """
    if found.is_relative:
        return found.path in facts.git.known
    return found.path not in taken and facts.disk.is_file(found.path)


def _hint(notebook: str, found: Opened) -> str:
    if found.is_relative:
        return (
            "A notebook runs in /kaggle/working. Bundle the file, and open it in a module by "
            "Path(__file__).parent, or by importlib.resources."
        )
    name = relative(found.path, str(PurePosixPath(notebook).parent))
    return f"Add to the header of {notebook}: [tool.nbship.bundle] files = [{json.dumps(name)}]"


def relative(path: str, folder: str) -> str:
    """Return a path relative to a folder, both relative to the workspace."""
    parts, above = path.split("/"), folder.split("/")
    same = 0
    while same < min(len(parts) - 1, len(above)) and parts[same] == above[same]:
        same += 1
    return "/".join([*[".."] * (len(above) - same), *parts[same:]])


def too_large(facts: WorkspaceFacts) -> Iterator[Diagnostic]:
    """Yield each notebook whose artifact is larger than Kaggle accepts.

    A bound shows for nearly all of them that they are not; the others are compiled, which takes
    jupytext.
    """
    for path, file in facts.notebooks.items():
        if file.kaggle is None or not file.is_complete or _bound(facts, file) <= KAGGLE_BYTES:
            continue
        from nbship.core.artifact.compile import compile_notebook

        try:
            compile_notebook(
                facts.layout.name_of(path),
                file.source,
                lambda name: _module(facts, name),
                facts.disk.collect,
                sources=facts.layout.sources,
            )
        except SourceError as error:
            if error.diagnostic.code == "too-large":
                yield finding_of(error, "too-large", file.source.text)


def _bound(facts: WorkspaceFacts, file: ParsedFile) -> int:
    """Return a number of bytes that the artifact does not exceed."""
    text, path = file.source.text, file.source.path
    modules = {each.source.path: each.source.text for each in facts.reached.get(path, ())}
    escaped = len(json.dumps(text, ensure_ascii=False).encode()) + _OF_CELL * len(file.cells)
    bound = 2 * escaped + 4 * sum(len(each.encode()) for each in modules.values())
    if file.spec is not None and file.spec.bundle is not None:
        bound += KAGGLE_BYTES  # what its files take is not known before they are compressed
    if ATTACHMENT in text:
        bound += 2 * _size(facts.disk.collect(assets_of(path)))
    return bound


def _size(collected: Collected) -> int:
    return sum(map(len, collected.files.values())) + sum(collected.sizes.values())


def _module(facts: WorkspaceFacts, name: str) -> LocalModule | None:
    """Return the local module of an import name, as the check has found it."""
    path = facts.imports.get(name)
    if path is None or path in facts.sources or path in facts.disk.links:
        return None
    if path not in facts.files:
        return LocalModule(None, is_package=True)
    text = decode(path, facts.files[path]).text
    below = path.removeprefix(f"{facts.layout.sources}/")
    return LocalModule(below, text, is_package=below.endswith("__init__.py"))
