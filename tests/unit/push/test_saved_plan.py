"""A saved plan: it reads back, and each of its conditions in turn makes it void."""

import json
from dataclasses import asdict, replace
from typing import Any

import pytest

from nbship.core.push.facts import PushFacts
from nbship.core.push.plan import make_plan
from nbship.core.push.saved_plan import changes, parse_plan, render_plan, saved_plan
from nbship.model.git import GitState
from nbship.model.push import Latest, PushOptions
from nbship.model.target import BUILT_IN

FACTS = PushFacts(
    name="trainer", target=BUILT_IN["main"], kernel="awa/trainer", digest="d" * 64,
    git=GitState("c0ffee"), status=None, latest=Latest(3), smoked="shim", sent="s" * 64,
)  # fmt: skip
OPTIONS = PushOptions(("--allow-running",))
SAVED = saved_plan(make_plan(FACTS, OPTIONS), "1.0")
ENTRIES = asdict(SAVED)
METADATA_CHANGED = "the metadata is not that of the plan"


def test_a_plan_reads_back_as_it_was_written() -> None:
    assert parse_plan(render_plan(SAVED).encode()) == SAVED
    assert list(changes(SAVED, make_plan(FACTS, OPTIONS), "1.0")) == []
    assert SAVED.overrides == ("--allow-running",)
    assert (SAVED.base_version, SAVED.commit, SAVED.runs, SAVED.rehearses) == (
        3, "c0ffee", True, False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"name": "x"}, "the notebook is x now, and was trainer in the plan"),
        ({"target": replace(BUILT_IN["main"], name="lab")},
         "the target is lab now, and was main in the plan"),
        ({"kernel": "awa/x"}, "the kernel is awa/x now, and was awa/trainer in the plan"),
        ({"digest": "e" * 64, "sent": "t" * 64},
         "the artifact is eeeeeeeeeeee now, and was dddddddddddd"),
        ({"sent": "t" * 64}, METADATA_CHANGED),
        ({"latest": Latest(4)}, "awa/trainer has version 4 now, and had version 3"),
        ({"git": GitState("c0ffee", ("a.py",))},
         "the guard clean-tree refuses now, and passed in the plan"),
        ({"skip": "needs a TPU"}, "the guard smoked refuses now, and passed in the plan"),
    ],
)  # fmt: skip
def test_each_condition_that_has_changed_is_named(facts: dict[str, Any], message: str) -> None:
    plan = make_plan(replace(FACTS, **facts), OPTIONS)
    assert list(changes(SAVED, plan, "1.0")) == [message]


def test_another_nbship_may_have_other_guards() -> None:
    plan = make_plan(FACTS, OPTIONS)
    (message,) = changes(SAVED, plan, "2.0")
    assert message == "nbship is 2.0 now, and was 1.0 in the plan"
    without = replace(SAVED, guards={k: v for k, v in SAVED.guards.items() if k != "quota"})
    (message,) = changes(without, plan, "1.0")
    assert message == "the guard quota passes now, and was not asked in the plan"
    words = {"warns": "warned", "refuses": "refused", "overridden": "was overridden"}
    for before, said in words.items():
        other = replace(SAVED, guards={**SAVED.guards, "quota": before})
        assert list(changes(other, plan, "1.0")) == [
            f"the guard quota passes now, and {said} in the plan"
        ]
    local = make_plan(replace(FACTS, git=GitState("c", ("a",))), PushOptions(("--allow-dirty",)))
    (message,) = changes(SAVED, local, "1.0")
    assert message == "the guard clean-tree is overridden now, and passed in the plan"
    extra = replace(SAVED, guards={**SAVED.guards, "gone": "passes"})
    (message,) = changes(extra, plan, "1.0")
    assert message == "the guard gone is not asked now, and passed in the plan"


@pytest.mark.parametrize("name", ENTRIES)
def test_a_file_with_a_key_missing_or_of_another_type_is_no_plan(name: str) -> None:
    without = {key: value for key, value in ENTRIES.items() if key != name}
    assert parse_plan(json.dumps(without).encode()) is None
    for value in (None, [1], {"a": "b"}):
        assert parse_plan(json.dumps(ENTRIES | {name: value}).encode()) is None
    assert parse_plan(json.dumps(ENTRIES | {"more": 1}).encode()) == SAVED


@pytest.mark.parametrize("data", [b"", b"[]", b"1", b"\xff", b"[" * 100_000, b'{"format": 2}'])
def test_anything_else_is_no_plan(data: bytes) -> None:
    assert parse_plan(data) is None
    assert parse_plan(json.dumps(ENTRIES | {"format": 2}).encode()) is None


def test_a_plan_in_a_file_can_be_read_by_people() -> None:
    facts = replace(FACTS, name="\u0181alli", git=GitState(None))
    saved = saved_plan(make_plan(facts, OPTIONS), "1.0")
    text = render_plan(saved)
    assert saved.commit == ""
    assert '"name": "\u0181alli",\n' in text
    assert text.endswith("\n}\n")
    assert parse_plan(text.encode()) == saved


def test_a_guard_that_was_not_there_and_is_not_asked_is_no_change() -> None:
    target = replace(BUILT_IN["main"], guards={"quota": "skip"})
    plan = make_plan(replace(FACTS, target=target), OPTIONS)
    without = replace(SAVED, guards={k: v for k, v in SAVED.guards.items() if k != "quota"})
    assert list(changes(without, plan, "1.0")) == []


@pytest.mark.parametrize(
    "wrong",
    [{"overrides": ["--allow-dirty", 1]}, {"overrides": [1]}, {"overrides": [None, "x"]},
     {"guards": {"quota": "passes", "smoked": "perhaps"}}, {"guards": {"quota": None}}],
)  # fmt: skip
def test_one_wrong_entry_makes_it_no_plan(wrong: dict[str, Any]) -> None:
    assert parse_plan(json.dumps(ENTRIES | {"overrides": [], "guards": {}}).encode()) is not None
    assert parse_plan(json.dumps(ENTRIES | wrong).encode()) is None
