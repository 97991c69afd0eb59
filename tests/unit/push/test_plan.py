"""The plan of a push: when it rehearses, what refuses it, and what makes it void."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.push.guards import (
    GUARDS,
    SMOKED,
    PushFacts,
    ask_guards,
    push_options,
    refuse_unknown_guards,
)
from nbship.core.push.plan import broken_precondition, make_plan
from nbship.diagnostics import Place
from nbship.errors import WorkspaceError
from nbship.model.git import GitState
from nbship.model.push import PushOptions
from nbship.model.run import RunState, RunStatus
from nbship.model.target import BUILT_IN, GuardMode, Target

FACTS = PushFacts(
    name="trainer",
    target=BUILT_IN["main"],
    kernel="awa/trainer",
    digest="0123456789abcdef",
    git=GitState("c0ffee"),
    status=None,
    base_version=3,
    is_smoked=True,
)
STATES: tuple[RunState, ...] = ("queued", "running", "complete", "error")
MODES = st.sampled_from(("refuse", "warn"))
TARGETS = st.builds(
    Target,
    name=st.sampled_from(("main", "dev")),
    remote=st.sampled_from(("kaggle", "local")),
    rehearsal=st.booleans(),
    guards=st.dictionaries(st.sampled_from([guard.name for guard in GUARDS]), MODES),
)
ANY_FACTS = st.builds(
    PushFacts,
    name=st.just("trainer"),
    target=TARGETS,
    kernel=st.just("awa/trainer"),
    digest=st.just("0123456789abcdef"),
    git=st.builds(GitState, st.sampled_from((None, "c0ffee")), st.sampled_from(((), ("a.py",)))),
    status=st.none() | st.builds(RunStatus, st.sampled_from(STATES)),
    base_version=st.integers(0, 5),
    is_smoked=st.booleans(),
    runs=st.booleans(),
)
ANY_OPTIONS = st.builds(
    PushOptions,
    overrides=st.lists(st.sampled_from([guard.flag for guard in GUARDS]), unique=True).map(tuple),
    wait=st.booleans(),
    no_run=st.booleans(),
)


@given(ANY_FACTS, ANY_OPTIONS)
def test_a_plan_that_rehearses_is_never_refused_for_the_missing_rehearsal(
    facts: PushFacts, options: PushOptions
) -> None:
    plan = make_plan(facts, options)
    names = {refusal.guard.name for refusal in plan.refusals}
    if plan.rehearses:
        assert SMOKED.name not in names
        assert not facts.is_smoked
        assert facts.target.rehearsal
    assert (plan.facts, plan.options, plan.overrides) == (facts, options, options.overrides)


@given(ANY_FACTS, ANY_OPTIONS)
def test_after_a_passed_rehearsal_only_the_other_guards_refuse(
    facts: PushFacts, options: PushOptions
) -> None:
    """The plan of the facts after the rehearsal has the refusals of the plan before it."""
    before = make_plan(facts, options)
    after = make_plan(replace(facts, is_smoked=True), options)
    assert not after.rehearses
    if before.rehearses:
        assert (before.refusals, before.notices) == (after.refusals, after.notices)


@given(ANY_FACTS, ANY_OPTIONS)
def test_a_plan_without_a_rehearsal_asks_every_guard(
    facts: PushFacts, options: PushOptions
) -> None:
    plan = make_plan(facts, options)
    if not plan.rehearses:
        assert (plan.refusals, plan.notices) == ask_guards(facts, options)


@pytest.mark.parametrize(
    ("is_smoked", "rehearsal", "overrides", "rehearses"),
    [
        (False, True, (), True),
        (True, True, (), False),
        (False, False, (), False),
        (False, True, ("--allow-unsmoked",), False),
        (False, True, ("--allow-dirty",), True),
    ],
)
def test_a_plan_rehearses_bytes_that_need_a_rehearsal(
    overrides: tuple[str, ...], *, is_smoked: bool, rehearsal: bool, rehearses: bool
) -> None:
    target = replace(FACTS.target, rehearsal=rehearsal)
    facts = replace(FACTS, target=target, is_smoked=is_smoked)
    plan = make_plan(facts, PushOptions(overrides))
    assert plan.rehearses == rehearses
    assert plan.refusals == ()


def test_the_other_guards_refuse_before_the_rehearsal() -> None:
    plan = make_plan(replace(FACTS, is_smoked=False, git=GitState(None)), PushOptions())
    assert plan.rehearses
    assert [refusal.guard.flag for refusal in plan.refusals] == ["--allow-dirty"]


def test_an_overridden_guard_gives_a_notice() -> None:
    options = push_options({"allow_dirty": True, "allow_running": False}, wait=True)
    plan = make_plan(replace(FACTS, git=GitState(None)), options)
    assert options == PushOptions(("--allow-dirty",), wait=True)
    assert (plan.refusals, plan.overrides) == ((), ("--allow-dirty",))
    assert plan.notices == ("no git commit contains these sources (overridden by --allow-dirty)",)


@pytest.mark.parametrize(("version", "is_broken"), [(2, True), (3, False), (4, True), (0, True)])
def test_another_version_on_the_server_breaks_the_precondition(
    version: int, *, is_broken: bool
) -> None:
    plan = make_plan(FACTS, PushOptions())
    now = replace(FACTS, base_version=version, is_smoked=False, git=GitState(None))
    message = f"awa/trainer has version {version} now, and had version 3 when the push began"
    assert broken_precondition(plan, now) == (message if is_broken else "")


@pytest.mark.parametrize("mode", ["refuse", "warn"])
def test_a_target_may_name_every_guard(mode: GuardMode) -> None:
    refuse_unknown_guards(Target("dev", guards={guard.name: mode for guard in GUARDS}))


def test_a_target_that_names_an_unknown_guard_is_refused() -> None:
    with pytest.raises(WorkspaceError) as caught:
        refuse_unknown_guards(Target("dev", guards={"clean-trees": "warn"}))
    assert caught.value.message == (
        "unknown guard 'clean-trees' in [tool.nbship.targets.dev]; did you mean 'clean-tree'?"
    )
    assert caught.value.place == Place("pyproject.toml")
