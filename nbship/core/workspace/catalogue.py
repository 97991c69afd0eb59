"""The catalogue of a workspace's notebooks: a quick look at each header, upstream first."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from nbship.core.source.language import language_of, refuse_misspelt
from nbship.diagnostics import Place, did_you_mean
from nbship.errors import NbshipError, SourceError
from nbship.model.layout import Layout
from nbship.model.workspace import METADATA_FILE, Catalogue, Entry, Kind, Source


def glance(name: str, source: Source) -> Entry:
    """Return the entry of a notebook; without a kernel if the header is wrong: check says why."""
    import tomllib

    from nbship.core.metadata.data_sources import kernel_id
    from nbship.core.metadata.script_block import read_header

    try:
        services = read_header(source).tables.get("tool", {}).get("nbship", {})
        kaggle, colab = services.get("kaggle"), services.get("colab")
    except (NbshipError, AttributeError, tomllib.TOMLDecodeError):
        return Entry(name, source.path, kind="unknown")
    if not isinstance(kaggle, Mapping):
        kind: Kind = "unknown" if kaggle is not None else "helper" if colab is None else "colab"
        return Entry(name, source.path, kind=kind)
    return Entry(
        name,
        source.path,
        kernel_id(str(kaggle.get("id", ""))),
        tuple(map(kernel_id, _texts(kaggle.get("kernel_sources")))),
        kind="script" if kaggle.get("kernel_type") == "script" else "kernel",
    )


def artifact_files(entry: Entry) -> tuple[str, ...]:
    """Return the names of the files that a build of the notebook makes."""
    suffix = language_of(entry.path).suffix if entry.is_script else ".ipynb"
    code_file = f"{entry.name.rpartition('/')[2]}{suffix}"
    return (code_file,) if entry.kernel is None else (code_file, METADATA_FILE)


def catalogue_of(entries: Iterable[Entry]) -> Catalogue:
    """Return the entries by name, each kernel after those whose outputs it reads."""
    by_name: dict[str, Entry] = {}
    for entry in sorted(entries, key=lambda entry: entry.path):
        first = by_name.setdefault(entry.name, entry)
        if first is not entry:
            by_name[entry.name] = replace(first, twins=(*first.twins, entry.path))
    by_name = dict(sorted(by_name.items()))
    graph = graph_of(by_name)
    if not any(graph.values()):
        return by_name
    from graphlib import CycleError, TopologicalSorter

    try:
        return {name: by_name[name] for name in TopologicalSorter(graph).static_order()}
    except CycleError:
        return by_name  # ship reports the circle; the other verbs need no order


def entry_of(catalogue: Catalogue, name: str) -> Entry:
    """Return a notebook's entry.

    Raises:
        SourceError: there is no such notebook; names the nearest one.
    """
    if name not in catalogue:
        raise SourceError(f"no notebook {name!r}{did_you_mean(name, catalogue)}")
    return catalogue[name]


def graph_of(catalogue: Catalogue) -> dict[str, tuple[str, ...]]:
    """Return for each notebook those of the workspace whose outputs it reads, in the same order."""
    names = _names_by_kernel(catalogue)
    return {name: _above(names, entry) for name, entry in catalogue.items()}


def upstream(catalogue: Catalogue, entry: Entry) -> tuple[str, ...]:
    """Return the names of the workspace's notebooks whose outputs this one reads."""
    return _above(_names_by_kernel(catalogue), entry)


def upstream_of(catalogue: Catalogue, entry: Entry) -> Mapping[str, Entry]:
    """Return the notebooks of the workspace upstream of this one, by their kernels' ids."""
    above = (catalogue[name] for name in upstream(catalogue, entry))
    return {each.kernel: each for each in above if each.kernel}


def readers_of(catalogue: Catalogue, name: str) -> tuple[str, ...]:
    """Return the names of the workspace's notebooks that read the outputs of this one."""
    kernel = catalogue[name].kernel
    entries = (entry for entry in catalogue.values() if kernel in entry.kernel_sources)
    return tuple(entry.name for entry in entries if entry.name != name)


def upstream_chain(catalogue: Catalogue, name: str) -> tuple[str, ...]:
    """Return the names of all notebooks upstream of a notebook, the farthest first.

    Raises:
        SourceError: the kernel_sources form a circle.
    """
    names = _names_by_kernel(catalogue)
    chain: dict[str, None] = {}
    # The notebooks from the first one to the one at hand, each with those above it that are left.
    path = {name: iter(_above(names, entry_of(catalogue, name)))}
    while path:
        last = next(reversed(path))
        above = next(path[last], None)
        if above is None:
            del path[last]
            chain[last] = None
        elif above in path:
            seen = list(path)
            raise SourceError(
                f"kernel_sources form a circle: {' → '.join([*seen[seen.index(above) :], above])}",
                place=Place(catalogue[above].path),
            )
        elif above not in chain:
            path[above] = iter(_above(names, catalogue[above]))
    del chain[name]
    return tuple(chain)


def refuse_shared(catalogue: Catalogue, name: str, layout: Layout) -> None:
    """Refuse a notebook that another one would overwrite, on Kaggle or in the build folder.

    Raises:
        SourceError: another notebook has the same name or id, or its artifact's folder would be
            inside this one's; or the file's extension is misspelt.
    """
    entry = entry_of(catalogue, name)
    place = Place(entry.path)
    if entry.twins:
        raise SourceError(
            f"{entry.twins[0]} is a notebook of the same name", place=place,
            hint=f"Rename one of them: each name is a folder in {layout.build}/.",
        )  # fmt: skip
    refuse_misspelt(entry.path)
    same = [
        e.path
        for e in catalogue.values()
        if entry.kernel and e.kernel == entry.kernel and e != entry
    ]
    if same:
        raise SourceError(
            f"id {entry.kernel!r} is also the id of {same[0]}",
            place=place,
            hint="Give the newer one another id and title.",
        )
    inner = [e.path for e in catalogue.values() if e.name.startswith(f"{name}/")]
    if inner:
        raise SourceError(
            f"its artifact's folder {layout.artifact(name)}/ would contain the one of {inner[0]}",
            place=place,
            hint="Rename one of them.",
        )


def _names_by_kernel(catalogue: Catalogue) -> dict[str, str]:
    return {entry.kernel: entry.name for entry in catalogue.values() if entry.kernel}


def _above(names: Mapping[str, str], entry: Entry) -> tuple[str, ...]:
    return tuple(
        names[kernel]
        for kernel in dict.fromkeys(entry.kernel_sources)
        if kernel in names and names[kernel] != entry.name
    )


def _texts(value: Any) -> tuple[str, ...]:
    return (
        tuple(filter(lambda item: isinstance(item, str), value)) if isinstance(value, list) else ()
    )
