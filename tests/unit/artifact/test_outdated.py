"""Why an artifact is out of date: each change of what it was made from has its own reason."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.artifact.manifest import Manifest
from nbship.core.artifact.outdated import BuildFacts, Present, Reason, facts_of, outdated

MANIFEST = Manifest(
    builder="nbship 1",
    inputs={"src_py/a.py": "1", "src_py/lib.py": "2"},
    absent=("numpy",),
    files={"a.ipynb": "3", "kernel-metadata.json": "4"},
    parameters={"EPOCHS": 1},
    line_map=(None,),
    rehearsal="8",
    data={"data/v.json": "5", "src_py/lib.py": "2x"},
    patterns={"data/*.json": ["data/v.json"]},
    parts={"cells": "6", "header": "7"},
)


@dataclass(frozen=True)
class Disk:
    """What is there, in tables: the state of the last build unless it is changed."""

    builder: str = "nbship 1"
    sources: dict[str, str] = field(default_factory=lambda: dict(MANIFEST.inputs))
    modules: frozenset[str] = frozenset({"lib"})
    fitting: dict[str, list[str]] = field(
        default_factory=lambda: {key: list(paths) for key, paths in MANIFEST.patterns.items()}
    )
    bundled: dict[str, str] = field(default_factory=lambda: dict(MANIFEST.data))
    made: dict[str, str] = field(default_factory=lambda: dict(MANIFEST.files))

    @property
    def present(self) -> Present:
        def others(known: Iterable[str]) -> list[str]:
            return sorted(self.made.keys() - set(known))

        return Present(
            self.builder,
            self.sources.get,
            self.modules.__contains__,
            lambda pattern: self.fitting.get(pattern, []),
            self.bundled.get,
            self.made.get,
            others,
        )


BUILT = Disk()


def reasons(disk: Disk) -> list[Reason]:
    return list(outdated(facts_of(MANIFEST), disk.present))


def test_nothing_is_out_of_date_right_after_a_build() -> None:
    assert reasons(BUILT) == []


@pytest.mark.parametrize(
    ("disk", "expected"),
    [
        (replace(BUILT, builder="nbship 2"), [Reason("builder", "nbship 1")]),
        (replace(BUILT, sources={**BUILT.sources, "src_py/a.py": "x"}),
         [Reason("source", "src_py/a.py")]),
        (replace(BUILT, sources={"src_py/a.py": "1"}), [Reason("module", "src_py/lib.py")]),
        (replace(BUILT, modules=frozenset({"lib", "numpy"})), [Reason("module", "numpy")]),
        (replace(BUILT, bundled={**BUILT.bundled, "data/v.json": "x"}),
         [Reason("file", "data/v.json")]),
        (replace(BUILT, bundled={"data/v.json": "5"}), [Reason("file", "src_py/lib.py")]),
        (replace(BUILT, fitting={"data/*.json": ["data/v.json", "data/w.json"]}),
         [Reason("file", "data/w.json")]),
        (replace(BUILT, fitting={}, bundled={"src_py/lib.py": "2x"}),
         [Reason("file", "data/v.json")]),
        (replace(BUILT, made={"a.ipynb": "3"}), [Reason("artifact", "kernel-metadata.json")]),
        (replace(BUILT, made={**BUILT.made, "old.ipynb": "9"}), [Reason("artifact", "old.ipynb")]),
        (replace(BUILT, sources={"src_py/a.py": "1"}, bundled={"data/v.json": "5"}),
         [Reason("module", "src_py/lib.py")]),
    ],
)  # fmt: skip
def test_each_change_is_a_reason_and_is_told_once(disk: Disk, expected: list[Reason]) -> None:
    assert reasons(disk) == expected


PARTS = ("sources", "fitting", "bundled", "made")


@given(st.lists(st.sampled_from(PARTS), unique=True), st.booleans())
def test_several_changes_are_several_reasons(emptied: list[str], other: bool) -> None:  # noqa: FBT001
    gone: dict[str, Any] = {part: {} for part in emptied}
    disk = replace(BUILT, builder="x" if other else BUILT.builder, **gone)
    found = reasons(disk)
    assert bool(found) == bool(emptied or other)
    assert len(set(found)) == len(found)
    kinds = {reason.kind for reason in found}
    assert ("builder" in kinds) == other
    assert ({"source", "module"} <= kinds) == ("sources" in emptied)
    assert ("artifact" in kinds) == ("made" in emptied)


def test_the_facts_can_be_kept_as_a_list() -> None:
    facts = facts_of(MANIFEST)
    kept = BuildFacts(*(getattr(facts, name) for name in BuildFacts.__slots__))
    assert list(outdated(kept, replace(BUILT, builder="x").present)) == [
        Reason("builder", "nbship 1")
    ]
    assert facts.digest == MANIFEST.digest
