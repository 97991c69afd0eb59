"""Why an artifact is out of date: what it was made from, compared with what is there now.

``doit build`` asks this for every notebook: nothing slow is imported here.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from nbship.core.artifact.manifest import Manifest

ReasonKind = Literal[
    "not built",  # there is no artifact, or its manifest is damaged
    "builder",  # other versions of nbship or jupytext made it
    "source",  # its source has changed
    "metadata",  # only the header of its source has, in these keys
    "module",  # a module that it imports has changed, has come or is gone
    "file",  # a file that it takes along has
    "artifact",  # a file of it is not as the build made it
    "upstream",  # a notebook of the workspace whose outputs it reads is itself out of date
    "refused",  # the source cannot be built as it is
]


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason; ``what`` is the path, or what its kind says."""

    kind: ReasonKind
    what: str = ""


@dataclass(frozen=True, eq=False, repr=False, slots=True)  # quicker to make at each start
class BuildFacts:
    """The facts of a manifest without its line map; the cache keeps them for each notebook."""

    builder: str
    inputs: Mapping[str, str]
    absent: Sequence[str]
    files: Mapping[str, str]
    digest: str
    rehearsal: str
    data: Mapping[str, str]
    patterns: Mapping[str, Sequence[str]]
    parts: Mapping[str, str]
    parameters: Mapping[str, Any]
    skip: str


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Present:
    """The present state of what an artifact is made of; each field is a function that looks it up.

    A digest is None where there is no such file.
    """

    builder: str
    source: Callable[[str], str | None]  # the digest of the text of a source or module, by path
    is_local: Callable[[str], bool]  # whether the workspace has a module of this import name
    fitting: Callable[[str], Sequence[str]]  # the paths that fit a pattern of the header
    bundled: Callable[[str], str | None]  # the digest of a file that is taken along, by path
    made: Callable[[str], str | None]  # the digest of a file of the artifact, by name
    others: Callable[[Iterable[str]], Iterable[str]]  # the files of the artifact but for these


def facts_of(manifest: Manifest) -> BuildFacts:
    """Return what decides whether the artifact of a manifest is out of date."""
    return BuildFacts(
        manifest.builder,
        dict(manifest.inputs),
        list(manifest.absent),
        dict(manifest.files),
        manifest.digest,
        manifest.rehearsal,
        dict(manifest.data),
        dict(manifest.patterns),
        dict(manifest.parts),
        dict(manifest.parameters),
        manifest.skip,
    )


def outdated(facts: BuildFacts, present: Present) -> Iterator[Reason]:
    """Yield each reason why an artifact must be built again; none if it is up to date.

    The first one costs no more than it must: what it is made of is compared one by one.
    """
    if facts.builder != present.builder:
        yield Reason("builder", facts.builder)
    told: set[str] = set()  # paths: a module can be among the files that a header names, too
    own = next(iter(facts.inputs))
    for path, expected in facts.inputs.items():
        if present.source(path) != expected:
            told.add(path)
            yield Reason("source" if path == own else "module", path)
    yield from (Reason("module", module) for module in facts.absent if present.is_local(module))
    for path in _changed_files(facts, present):
        if path not in told:
            told.add(path)
            yield Reason("file", path)
    yield from (Reason("artifact", file) for file in present.others(facts.files))
    for file, expected in facts.files.items():
        if present.made(file) != expected:
            yield Reason("artifact", file)


def _changed_files(facts: BuildFacts, present: Present) -> Iterator[str]:
    """Yield the files that are taken along and have changed, have come or are gone."""
    for pattern, paths in facts.patterns.items():
        yield from sorted(set(paths).symmetric_difference(present.fitting(pattern)))
    for path, expected in facts.data.items():
        if present.bundled(path) != expected:
            yield path
