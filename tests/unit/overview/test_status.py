"""The status of a notebook follows from the facts about its build, rehearsal and pushes."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.artifact.manifest import Manifest, digest_over
from nbship.core.artifact.outdated import Reason, facts_of
from nbship.core.metadata.kernel_metadata import as_kernel_metadata
from nbship.core.overview.status import CONTENT, Gathered, Rehearsed, Seen, Standing, standings
from nbship.core.overview.status_text import as_json, state_of, table
from nbship.core.workspace.catalogue import catalogue_of
from nbship.digest import sha256
from nbship.errors import SourceError
from nbship.model.notebook import FailedRehearsal, SmokeResult
from nbship.model.push import Record, RecordState
from nbship.model.run import Allowance, Quota
from nbship.model.workspace import METADATA_FILE, Catalogue, Entry
from tests.unit.push.test_record import RECORD

METADATA = {"id": "awa/prep", "title": "Prep", "keywords": ["ɓ"]}
MANIFEST = Manifest(
    "b", {"src_py/prep.py": "1"}, (),
    {"prep.ipynb": "2", METADATA_FILE: sha256(as_kernel_metadata(METADATA).encode())},
    {"N": 1}, (), "rehearsal",
)  # fmt: skip
FACTS = facts_of(MANIFEST)
BUILT = Gathered((), FACTS)
PASSED = SmokeResult("rehearsal", {"N": 1}, 3.4, rung="sandbox")
FAILED = FailedRehearsal("rehearsal", "src_py/prep.py:3: ValueError: no", "shim", 2.0)
NOW = 1_800_000_000.0
PUSH = replace(
    RECORD, name="prep", kernel="awa/prep", version=3, metadata=METADATA,
    digest=FACTS.digest, state="complete", seconds=700.0,
    at="2027-01-15T06:00:00+00:00",
)  # fmt: skip
EDITED = Reason("source", "src_py/prep.py")


def entry(name: str, *above: str) -> Entry:
    kernels = tuple(f"awa/{each}" for each in above)
    return Entry(name, f"src_py/{name}.py", f"awa/{name}", kernels, kind="kernel")


PREP = catalogue_of([entry("prep")])


def one(gathered: Gathered, *pushes: Record, catalogue: Catalogue = PREP) -> Standing:
    [found] = standings(catalogue, {"prep": gathered}, pushes)
    return found


@pytest.mark.parametrize(
    ("gathered", "expected"),
    [
        (BUILT, None),
        (replace(BUILT, result=PASSED, result_at=5.0),
         Rehearsed("passed", True, 5.0, "sandbox", 3.4)),  # noqa: FBT003 - a field
        (replace(BUILT, result=replace(PASSED, digest=FACTS.digest)),
         Rehearsed("passed", True, 0.0, "sandbox", 3.4)),  # noqa: FBT003
        (replace(BUILT, result=replace(PASSED, digest="other")),
         Rehearsed("passed", False, 0.0, "sandbox", 3.4)),  # noqa: FBT003
        (replace(BUILT, result=replace(PASSED, parameters={})),
         Rehearsed("passed", False, 0.0, "sandbox", 3.4)),  # noqa: FBT003
        (replace(BUILT, result=PASSED, reasons=(EDITED,)),
         Rehearsed("passed", False, 0.0, "sandbox", 3.4)),  # noqa: FBT003
        (replace(BUILT, result=PASSED, facts=None),
         Rehearsed("passed", False, 0.0, "sandbox", 3.4)),  # noqa: FBT003
        (replace(BUILT, result=replace(PASSED, partial="ended after cell 3")),
         Rehearsed("partial", True, 0.0, "sandbox", 3.4, "ended after cell 3")),  # noqa: FBT003
        (replace(BUILT, result=replace(PASSED, skipped="needs a TPU")),
         Rehearsed("skipped", False, 0.0, detail="needs a TPU")),  # noqa: FBT003
        (replace(BUILT, facts=facts_of(replace(MANIFEST, skip="TPU")),
                 result=replace(PASSED, skipped="TPU")),
         Rehearsed("skipped", True, 0.0, detail="TPU")),  # noqa: FBT003
        (replace(BUILT, result=PASSED, failed=FAILED, failed_at=7.0),
         Rehearsed("failed", True, 7.0, "shim", 2.0, FAILED.message)),  # noqa: FBT003
        (replace(BUILT, failed=replace(FAILED, digest="other")),
         Rehearsed("failed", False, 0.0, "shim", 2.0, FAILED.message)),  # noqa: FBT003
    ],
)  # fmt: skip
def test_a_rehearsal_is_current_if_it_was_one_of_this_artifact_with_these_values(
    gathered: Gathered, expected: Rehearsed | None
) -> None:
    assert one(gathered).rehearsal == expected


OTHER = replace(MANIFEST, files={**MANIFEST.files, "prep.ipynb": "3"})
OTHER_CODE = replace(BUILT, facts=facts_of(OTHER))


def sent(keys: Mapping[str, Any]) -> str:
    """Return the digest of the artifact with other metadata."""
    metadata = sha256(as_kernel_metadata(keys).encode())
    return digest_over({**MANIFEST.files, METADATA_FILE: metadata})


@pytest.mark.parametrize(
    ("gathered", "behind"),
    [
        (BUILT, ()),
        (OTHER_CODE, (CONTENT,)),
        (replace(BUILT, facts=facts_of(replace(MANIFEST, files={"x": "3"}))), (CONTENT,)),
        (replace(BUILT, reasons=(EDITED,)), (CONTENT,)),
        (replace(BUILT, reasons=(Reason("metadata", "title"),)), (CONTENT,)),
        (replace(BUILT, reasons=(Reason("module", "m.py"),)), (CONTENT,)),
        (replace(BUILT, reasons=(Reason("file", "v.json"),)), (CONTENT,)),
        # What is not certain is not told: the build may make the same again.
        (replace(BUILT, reasons=(Reason("builder", "b"),)), ()),
        (replace(BUILT, reasons=(Reason("artifact", "x"),)), ()),
        (
            replace(BUILT, reasons=(EDITED,), facts=facts_of(replace(MANIFEST, files={"x": "3"}))),
            (),
        ),
        (Gathered((Reason("not built"),)), ()),
    ],
)
def test_a_push_is_behind_where_it_is_certain(gathered: Gathered, behind: tuple[str, ...]) -> None:
    assert one(gathered, PUSH).behind == behind


def test_another_target_may_have_other_keys() -> None:
    keys = {**METADATA, "id": "awa/prep-dev"}
    dev = replace(PUSH, target="dev", metadata=keys, digest=sent(keys))
    assert one(BUILT, dev).behind == ()
    assert one(OTHER_CODE, dev).behind == (CONTENT,)
    assert one(BUILT, replace(dev, metadata={})).behind == (CONTENT,)  # of an earlier version
    assert one(BUILT, replace(dev, target="main")).behind == (CONTENT,)


def test_the_last_push_is_the_last_one_that_made_a_version_or_may_have_made_one() -> None:
    lost = replace(PUSH, id="r2", version=None, state="unknown")
    refused = replace(PUSH, id="r3", version=None, state="refused")
    assert one(BUILT).push is None
    assert one(BUILT, refused).push is None
    assert one(BUILT, PUSH, refused).push == PUSH
    assert one(BUILT, PUSH, lost, refused).push == lost
    # A notebook that was renamed keeps its kernel.
    assert one(BUILT, replace(PUSH, name="old")).push == replace(PUSH, name="old")
    assert one(BUILT, replace(PUSH, name="old", kernel="awa/other")).push is None


def test_what_is_on_the_shared_kernel_is_told_and_newer_pushes_elsewhere_beside_it() -> None:
    dev = replace(PUSH, id="r2", target="dev", kernel="awa/prep-dev", version=1)
    local = replace(PUSH, id="r3", target="local", server="local", version=7)
    later = replace(dev, id="r4", version=2)
    told = one(BUILT, dev, PUSH)
    assert (told.push, told.others) == (PUSH, ())
    told = one(BUILT, dev, PUSH, later, local)
    assert (told.push, told.others) == (PUSH, (local, later))
    told = one(BUILT, dev, local)  # nothing is on the shared kernel
    assert (told.push, told.others) == (local, ())


def test_a_version_that_was_dropped_is_no_push() -> None:
    dev = replace(PUSH, id="r2", target="dev", kernel="awa/prep-dev", dropped=True)
    assert one(BUILT, dev).push is None
    told = one(BUILT, PUSH, dev)
    assert (told.push, told.others) == (PUSH, ())
    assert one(BUILT, PUSH, replace(dev, id="r3", dropped=False)).others != ()


CHAIN = catalogue_of([entry("prep"), entry("train", "prep"), entry("plots", "train")])


def test_what_reads_an_outdated_notebook_is_outdated_too() -> None:
    edited = replace(BUILT, reasons=(EDITED,))
    found = standings(CHAIN, {"prep": edited, "train": BUILT, "plots": BUILT}, ())
    assert [each.entry.name for each in found] == ["plots", "prep", "train"]
    assert [each.reasons for each in found] == [
        (Reason("upstream", "train"),), (EDITED,), (Reason("upstream", "prep"),),
    ]  # fmt: skip


def test_only_those_that_are_asked_for_and_above_are_needed() -> None:
    edited = replace(BUILT, reasons=(EDITED,))
    found = standings(CHAIN, {"prep": edited, "train": BUILT}, ())
    assert [each.reasons for each in found] == [(EDITED,), (Reason("upstream", "prep"),)]


def test_what_reads_a_notebook_that_is_up_to_date_is_so_too() -> None:
    found = standings(CHAIN, {"prep": BUILT, "train": BUILT, "plots": BUILT}, ())
    assert [each.reasons for each in found] == [(), (), ()]


def test_a_circle_of_kernel_sources_has_an_end() -> None:
    circle = catalogue_of([entry("prep", "train"), entry("train", "prep")])
    gathered = {"prep": replace(BUILT, reasons=(EDITED,)), "train": BUILT}
    found = standings(circle, gathered, ())
    assert found[1].reasons == (Reason("upstream", "prep"),)


@pytest.mark.parametrize(
    ("inputs", "behind"),
    [
        ({"awa/prep": 3}, ()),
        ({"awa/prep": 2}, ("prep v3",)),
        ({"awa/prep": 0}, ("prep v3",)),
        ({}, ()),  # an older record does not say what it has read
    ],
)
def test_a_run_is_behind_if_the_outputs_that_it_has_read_are_older(
    inputs: Mapping[str, int], behind: tuple[str, ...]
) -> None:
    keys = {"kernel_sources": ["awa/prep", "somebody/else"]}
    train = replace(
        PUSH, id="r2", name="train", kernel="awa/train", target="dev", metadata=keys,
        inputs=inputs, digest=sent(keys),
    )  # fmt: skip
    elsewhere = replace(PUSH, id="r3", kernel="somebody/else", name="x", version=9)
    found = standings(CHAIN, {"prep": BUILT, "train": BUILT}, (PUSH, elsewhere, train))
    assert found[1].behind == behind


def test_a_run_is_behind_the_first_outputs_that_it_could_read() -> None:
    keys = {"kernel_sources": ["awa/prep"]}
    train = replace(
        PUSH, id="r2", name="train", kernel="awa/train", target="dev", metadata=keys,
        digest=sent(keys),
    )  # fmt: skip
    first = replace(PUSH, version=1)
    found = standings(CHAIN, {"prep": BUILT, "train": BUILT}, (train, first))
    assert found[1].behind == ("prep v1",)
    dropped = replace(first, dropped=True)
    assert standings(CHAIN, {"prep": BUILT, "train": BUILT}, (train, dropped))[1].behind == ()
    assert standings(CHAIN, {"prep": BUILT, "train": BUILT}, (train,))[1].behind == ()


STATES: list[tuple[RecordState, bool, str]] = [
    ("complete", True, "complete"), ("intended", True, "unknown"), ("unknown", True, "unknown"),
    ("pushed", True, "pushed"), ("pushed", False, "not run"),
]  # fmt: skip


@pytest.mark.parametrize(("state", "runs", "told"), STATES)
def test_the_state_of_a_run_is_the_last_one_that_was_seen(
    state: RecordState,
    runs: bool,  # noqa: FBT001 - a parameter of a test
    told: str,
) -> None:
    push = replace(PUSH, state=state, runs=runs)
    assert state_of(push, None) == told
    assert state_of(push, Seen(4, "running")) == "running"
    assert state_of(None, None) == state_of(push, Seen(0)) == ""


def lines(*found: Standing) -> list[str]:
    return [line for line, _ in table(found, NOW)]


def cells(standing: Standing) -> list[str]:
    """Return the cells of the only row, found by the places of the columns."""
    head, row = lines(standing)
    starts = [head.index(word) for word in head.split()]
    return [row[a:b].strip() for a, b in zip(starts, [*starts[1:], None], strict=True)]


SHIPPED = Standing(
    entry("prep"), rehearsal=Rehearsed("passed", True, NOW - 7200, "shim", 3.0), push=PUSH  # noqa: FBT003
)  # fmt: skip


def test_the_table_has_a_row_for_each_notebook() -> None:
    helper = Standing(Entry("a/plots\n", "src_py/a/plots.py"), (Reason("not built"),))
    assert [re.split(" {2,}", line) for line in lines(SHIPPED, helper)] == [
        ["notebook", "kind", "artifact", "rehearsal", "push", "run", "time"],
        ["prep", "kernel", "up to date", "passed 2 h ago (shim)", "v3 main 2 h ago (c0ffee)",
         "complete", "11 min"],
        ["a/plots\\n", "helper", "not built", "never"],
    ]  # fmt: skip
    assert lines() == []


@pytest.mark.parametrize(
    ("changes", "column", "text"),
    [
        ({"reasons": (EDITED, Reason("upstream", "x"), Reason("module", "m.py"))}, 2,
         "outdated: source, upstream x and 1 more"),
        ({"reasons": (Reason("builder", "nbship 1"),)}, 2, "outdated: nbship 1 built it"),
        ({"reasons": (Reason("artifact", "x.ipynb"),)}, 2, "outdated: x.ipynb in its folder"),
        ({"reasons": (Reason("file", "v.json"),)}, 2, "outdated: v.json"),
        ({"reasons": (Reason("upstream", "x"), Reason("refused", "a\nb"))}, 2, "a\\nb"),
        ({"reasons": (Reason("refused", "x" * 61),)}, 2, "x" * 59 + "…"),
        ({"reasons": (Reason("refused", "x" * 60),)}, 2, "x" * 60),
        ({"reasons": (EDITED, Reason("metadata", "title"))}, 2, "outdated: source, metadata title"),
        ({"rehearsal": Rehearsed("failed", True, NOW, "shim", 1.0, "a.py:3: no")}, 3,  # noqa: FBT003
         "failed 0 s ago (shim): a.py:3: no"),
        ({"rehearsal": Rehearsed("skipped", False, NOW, detail="TPU")}, 3,  # noqa: FBT003
         "skipped 0 s ago, outdated: TPU"),
        ({"push": None}, 4, "never"),
        ({"push": replace(PUSH, version=None, commit=None)}, 4, "outcome unknown main 2 h ago"),
        ({"behind": (CONTENT, "x v2")}, 4,
         "v3 main 2 h ago (c0ffee), since changed, x v2 is newer"),
        ({"push": replace(PUSH, person="Awa")}, 4, "v3 main by Awa 2 h ago (c0ffee)"),
        ({"seen": Seen(3, "complete")}, 5, "complete"),
        ({"push": replace(PUSH, version=None), "seen": Seen(1, "running")}, 5, "v1 running"),
        ({"push": None, "seen": Seen(0)}, 5, "not on the server"),
        ({"push": None, "seen": Seen(2)}, 5, "v2 not run"),
        ({"seen": Seen(5, "running")}, 5, "v5 running"),
        ({"seen": Seen(5)}, 5, "v5 not run"),
        ({"seen": Seen(5, "running", "Ous")}, 5, "v5 by Ous running"),
        ({"seen": Seen(3, "running", "Awa")}, 5, "running"),
        ({"others": (replace(PUSH, target="dev", version=1, person="Awa", state="error"),)}, 4,
         "v3 main 2 h ago (c0ffee); v1 dev by Awa 2 h ago (error)"),
        ({"others": tuple(replace(PUSH, target=name) for name in "abc")}, 4,
         "v3 main 2 h ago (c0ffee); v3 a 2 h ago (complete); v3 b 2 h ago (complete)"),
        ({"seen": Seen(0)}, 5, "not on the server"),
        ({"push": replace(PUSH, seconds=None)}, 6, ""),
    ],
)  # fmt: skip
def test_a_cell_tells_one_thing(changes: dict[str, Any], column: int, text: str) -> None:
    assert cells(replace(SHIPPED, **changes))[column] == text


@pytest.mark.parametrize(
    ("changes", "meaning"),
    [
        ({}, "plain"),
        ({"reasons": (EDITED,)}, "warning"),
        ({"behind": (CONTENT,)}, "warning"),
        ({"push": replace(PUSH, state="cancelled")}, "warning"),
        ({"push": replace(PUSH, state="error")}, "error"),
        ({"reasons": (Reason("refused", "x"),)}, "error"),
        ({"rehearsal": Rehearsed("failed", True, 0.0)}, "error"),  # noqa: FBT003
        ({"rehearsal": Rehearsed("failed", False, 0.0)}, "plain"),  # noqa: FBT003
        ({"rehearsal": None, "push": None}, "plain"),
    ],
)
def test_a_row_has_the_colour_of_what_is_wrong(changes: dict[str, Any], meaning: str) -> None:
    assert list(table([replace(SHIPPED, **changes)], NOW))[1][1] == meaning


def test_the_json_has_every_key_and_no_words_for_people() -> None:
    quota = Quota("2026-11-28 00:00 UTC", Allowance(3600.0, 0.0, 108_000.0), None)
    bare = Standing(entry("x"), (EDITED,), seen=Seen(4, "running"))
    content = json.loads(as_json([SHIPPED, bare], {"src_py/y z.py": SourceError("why")}, quota))
    assert content["format"] == 1
    assert content["refused"] == [{"file": "src_py/y z.py", "message": "why"}]
    assert content["week"] == {
        "renewed": "2026-11-28 00:00 UTC", "gpu": {"left": 104_400.0, "allowed": 108_000.0},
        "tpu": None,
    }  # fmt: skip
    first, second = content["notebooks"]
    assert first.keys() == second.keys()
    assert first == {
        "name": "prep", "source": "src_py/prep.py", "kind": "kernel", "kernel": "awa/prep",
        "artifact": {"is_current": True, "reasons": []},
        "rehearsal": {
            "state": "passed", "is_current": True, "at": "2027-01-15T06:00:00+00:00",
            "rung": "shim", "seconds": 3.0, "detail": "",
        },
        "push": {
            "id": "r1", "at": "2027-01-15T06:00:00+00:00", "person": "", "target": "main",
            "kernel": "awa/prep", "version": 3, "commit": "c0ffee", "is_current": True,
            "behind": [],
        },
        "others": [],
        "run": {"state": "complete", "seconds": 700.0, "folder": None},
        "remote": None,
    }  # fmt: skip
    assert second["artifact"]["reasons"] == [{"kind": "source", "what": "src_py/prep.py"}]
    assert (second["rehearsal"], second["push"], second["run"]) == (None, None, None)
    assert second["remote"] == {"version": 4, "state": "running", "by": ""}
    dev = replace(PUSH, target="dev", person="Awa", version=None, state="unknown")
    [told] = json.loads(as_json([replace(SHIPPED, others=(dev,))], {}, None))["notebooks"]
    assert told["others"] == [{
        "id": "r1", "at": "2027-01-15T06:00:00+00:00", "person": "Awa", "target": "dev",
        "kernel": "awa/prep", "version": None, "commit": "c0ffee", "state": "unknown",
    }]  # fmt: skip
    assert json.loads(as_json([], {}, None)) == {
        "format": 1, "notebooks": [], "refused": [], "week": None
    }  # fmt: skip


VALUES = st.recursive(
    st.none() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(["kernel_sources", "id"]), VALUES), st.booleans())
def test_no_metadata_whatever_of_a_record_makes_the_status_fail(
    metadata: dict[str, Any],
    is_main: bool,  # noqa: FBT001 - a parameter of a test
) -> None:
    push = replace(PUSH, metadata=metadata, target="main" if is_main else "dev", digest="x")
    assert CONTENT in one(BUILT, push).behind


@given(st.text(), st.text(), st.text(max_size=200))
def test_whatever_the_texts_a_row_is_one_line(name: str, target: str, message: str) -> None:
    standing = Standing(
        replace(entry("prep"), name=name),
        (Reason("refused", message),),
        Rehearsed("failed", True, 0.0, "shim", 1.0, message),  # noqa: FBT003
        replace(PUSH, target=target, at=message, commit=message),
    )
    assert len("\n".join(lines(standing)).splitlines()) == 2
