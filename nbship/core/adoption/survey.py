"""The survey of a folder: which files are notebooks to adopt, and with which metadata.

Nothing is decided by a file's date. What another program generates, and what nbship has already,
is left out.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from nbship.core.ipynb.json_text import half_of_a_pair
from nbship.core.source.decode import is_notebook
from nbship.core.source.language import LANGUAGES
from nbship.diagnostics import Place
from nbship.errors import SourceError
from nbship.model.layout import NOTEBOOK_SUFFIX, Layout
from nbship.model.workspace import METADATA_FILE

Read = Callable[[str], bytes | None]  # the content of a file by its path, None if it is not there

_METADATA = re.compile(r"(?:.*[-_.])?kernel[-_]metadata(?:[-_.][\w.-]+)?\.json", re.IGNORECASE)
_GENERATED = frozenset({"node_modules", "site-packages", "__pycache__"})
_SOURCES = frozenset(language.suffix for language in LANGUAGES)
_BUILDER = re.compile(r"\bnew_code_cell\b|\bnew_notebook\b|[\"']cell_type[\"']\s*:")
_WRITES_CODE = re.compile(
    r"^%%writefile\s+(?:-a\s+)?(\S+\.py)|write_text\(|b64decode\(", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Found:
    """A notebook or a script of another workflow.

    ``metadata`` is its kernel-metadata.json, ``raw`` the JSON in it. ``outputs`` is an .ipynb of
    the same name beside a percent source, or in another folder.
    """

    path: str
    metadata: str = ""
    raw: Mapping[str, Any] | None = None
    outputs: str = ""


@dataclass(frozen=True, slots=True)
class Survey:
    """The notebooks that were found, and remarks about files that a person has to look at.

    ``useless`` are the files and folders that a person names and in which no notebook was found.
    """

    found: tuple[Found, ...]
    remarks: tuple[str, ...] = ()
    useless: tuple[str, ...] = ()


def survey(paths: Iterable[str], read: Read, layout: Layout, given: Iterable[str] = ()) -> Survey:
    """Return the notebooks among the files of a folder; ``given`` are those that a person names.

    A percent source counts if it is given, or has metadata or an .ipynb of its name: other files
    with cells are not meant for Kaggle.
    """
    wanted = tuple(given)
    files = sorted({path for path in paths if not _is_left_out(path, layout)} | set(wanted))
    remarks: list[str] = []
    metadata: dict[str, tuple[str, Mapping[str, Any]]] = {}
    for code, file in _metadata(files, read, remarks):
        if code in metadata:
            remarks.append(f"{file[0]} is for {code}, which has {metadata[code][0]}: left out")
        metadata.setdefault(code, file)
    notebooks = [path for path in files if path.lower().endswith(NOTEBOOK_SUFFIX)]
    notebooks = [path for path in notebooks if not _is_paired(path, read, layout)]
    sources = [path for path in files if PurePosixPath(path).suffix in _SOURCES]
    with_cells = [path for path in sources if _has_cells(path, read)]
    stems: dict[str, list[str]] = {}
    for path in notebooks:
        stems.setdefault(PurePosixPath(path).stem, []).append(path)
    found: dict[str, Found] = {}
    for path in sources:
        stem = PurePosixPath(path).stem
        twins = stems.get(stem, []) if path in with_cells else []
        if path in wanted or path in metadata or twins:
            twin = _nearest(path, twins)
            its = metadata.get(path) or metadata.get(twin) or ("", None)
            found[path] = Found(path, its[0], its[1], outputs=twin)
        elif path in with_cells:
            remarks.append(f"{path} has cells: to adopt it, name it: nbship adopt {path}")
    taken = {each.outputs for each in found.values()}
    for path in notebooks:
        if path not in taken:
            its = metadata.get(path) or ("", None)
            found[path] = Found(path, its[0], its[1])
    remarks += _builders(sources, found, read)
    chosen = [each for each in found.values() if not wanted or _is_given(each, wanted)]
    useless = [each for each in wanted if not any(_is_given(one, (each,)) for one in chosen)]
    return Survey(tuple(sorted(chosen, key=lambda each: each.path)), tuple(remarks), tuple(useless))


def unreachable(paths: Iterable[str], layout: Layout) -> Iterator[SourceError]:
    """Yield an error for each notebook among files that git lists and that cannot be read here."""
    for path in paths:
        if not path.lower().endswith(NOTEBOOK_SUFFIX) or _is_left_out(path, layout):
            continue
        if "\ufffd" in path or half_of_a_pair(path) is not None:
            hint = "Rename it, and adopt again."
            yield SourceError("its name is not UTF-8", place=Place(path), hint=hint)
        else:
            hint = "Let git write it, for example with git sparse-checkout, and adopt again."
            yield SourceError("git has it, and it is not here", place=Place(path), hint=hint)


def writes_code(cells: Iterable[Mapping[str, Any]]) -> Iterator[int]:
    """Yield the number, from 1, of each cell that writes a module, or unpacks one."""
    for number, cell in enumerate(cells, 1):
        if cell["cell_type"] == "code" and _WRITES_CODE.search(cell["source"]):
            yield number


def _is_given(found: Found, wanted: Iterable[str]) -> bool:
    return any(
        path == each or path.startswith(f"{each}/")
        for path in (found.path, found.metadata, found.outputs)
        for each in wanted
    )


def _is_left_out(path: str, layout: Layout) -> bool:
    own = (layout.sources, layout.build, layout.runs, layout.state)
    folders = PurePosixPath(path).parts[:-1]
    is_generated = any(part in _GENERATED or part.startswith(".") for part in folders)
    return is_generated or any(path.startswith(f"{folder}/") for folder in own)


def _is_paired(path: str, read: Read, layout: Layout) -> bool:
    """Return whether an .ipynb is the notebook of a pair that the workspace has."""
    if not path.startswith(f"{layout.notebooks}/"):
        return False
    name = layout.name_in(path)
    return any(read(layout.source(name, suffix)) is not None for suffix in _SOURCES)


def _has_cells(path: str, read: Read) -> bool:
    data = read(path)
    return data is not None and is_notebook(data.decode(errors="replace"))


def _metadata(
    files: Iterable[str], read: Read, remarks: list[str]
) -> Iterator[tuple[str, tuple[str, Mapping[str, Any]]]]:
    """Yield the code file of each kernel-metadata.json, with the file and its JSON.

    A file with another name, such as kernel-metadata.train.json, counts as well. The files with
    Kaggle's own name come first.
    """
    known = set(files)
    listed = sorted(filter(_is_metadata, known), key=_by_name)
    for path in listed:
        try:
            raw = json.loads(read(path) or b"")
        except (ValueError, RecursionError) as error:
            remarks.append(f"{path} is not JSON ({error}), and is left out")
            continue
        if not isinstance(raw, dict):
            remarks.append(f"{path} is no JSON object, and is left out")
            continue
        code = _code_file(path, str(raw.get("code_file") or ""), known)
        if code:
            yield code, (path, raw)
        else:
            named = raw.get("code_file") or "no file"
            remarks.append(f"{path} names {named} as its code, which is not there: left out")


def _by_name(path: str) -> tuple[bool, str]:
    return PurePosixPath(path).name != METADATA_FILE, path


def _is_metadata(path: str) -> bool:
    return _METADATA.fullmatch(PurePosixPath(path).name) is not None


def _code_file(path: str, named: str, known: set[str]) -> str:
    folder = PurePosixPath(path).parent
    if named:
        parts: list[str] = []
        for part in (folder / named).parts:
            parts = parts[:-1] if part == ".." else [*parts, part]
        code = "/".join(parts)
        return code if code in known else ""
    beside = [each for each in known if PurePosixPath(each).parent == folder]
    notebooks = [each for each in beside if each.lower().endswith(NOTEBOOK_SUFFIX)]
    return notebooks[0] if len(notebooks) == 1 else ""


def _nearest(path: str, twins: Iterable[str]) -> str:
    """Return the .ipynb that belongs to a percent source: the one beside it, or the only one."""
    listed = list(twins)
    folder = PurePosixPath(path).parent
    beside = [twin for twin in listed if PurePosixPath(twin).parent == folder]
    return beside[0] if beside else listed[0] if len(listed) == 1 else ""


def _builders(sources: Iterable[str], found: Mapping[str, Found], read: Read) -> Iterator[str]:
    for path in sources:
        if path in found or not path.endswith(".py"):
            continue
        text = (read(path) or b"").decode(errors="replace")
        if _BUILDER.search(text) and ".ipynb" in text:
            yield (
                f"{path} writes notebooks: run it once, then adopt what it writes with "
                "'nbship adopt --from FILE.ipynb'; from then on the source replaces it"
            )
