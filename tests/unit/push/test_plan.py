"""The plan of a push: when it rehearses, what refuses it, and what makes it void."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.push.facts import Objection, PushFacts
from nbship.core.push.guards import GUARDS, SMOKED, push_options
from nbship.core.push.plan import ask_guards, broken_precondition, final_plan, make_plan
from nbship.core.push.sessions import Sessions
from nbship.model.git import GitState, Head
from nbship.model.push import GoingOn, Latest, PushOptions
from nbship.model.run import RunState, RunStatus
from nbship.model.target import BUILT_IN, RUNGS, Followed, GuardMode, Rung, Target
from tests.support.plans import ask

FACTS = PushFacts(
    name="trainer",
    target=BUILT_IN["main"],
    kernel="awa/trainer",
    digest="0123456789abcdef",
    git=GitState("c0ffee"),
    status=None,
    latest=Latest(3),
    smoked="shim",
)
STATES: tuple[RunState, ...] = ("queued", "running", "complete", "error")
MODES = st.sampled_from(("refuse", "warn", "skip"))
TARGETS = st.builds(
    Target,
    name=st.sampled_from(("main", "dev")),
    remote=st.sampled_from(("kaggle", "local")),
    rehearsal=st.sampled_from((False, True, *RUNGS)),
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
    latest=st.builds(Latest, st.integers(0, 5)),
    smoked=st.sampled_from((None, *RUNGS)),
    rung=st.sampled_from(RUNGS),
    runs=st.booleans(),
    skip=st.sampled_from(("", "needs a TPU")),
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
        assert not facts.target.accepts(facts.smoked)
        assert not facts.skip
        assert facts.target.accepts(facts.rung)
    assert (plan.facts, plan.options, plan.overrides) == (facts, options, options.overrides)


@given(ANY_FACTS, ANY_OPTIONS)
def test_after_a_passed_rehearsal_only_the_other_guards_refuse(
    facts: PushFacts, options: PushOptions
) -> None:
    """The plan of the facts after the rehearsal has the refusals of the plan before it."""
    before = make_plan(facts, options)
    after = final_plan(replace(facts, smoked=facts.rung), options)
    if before.rehearses:
        assert (before.refusals, before.notices) == (after.refusals, after.notices)


@given(ANY_FACTS, ANY_OPTIONS)
def test_what_is_pushed_has_passed_a_rehearsal_that_is_enough_or_says_that_it_has_not(
    facts: PushFacts, options: PushOptions
) -> None:
    """Whatever the rehearsal and the machine have become in the meantime."""
    plan = final_plan(facts, options)
    assert not plan.rehearses
    is_enough = facts.target.accepts(None) or (
        facts.target.accepts(facts.smoked) and not facts.skip
    )
    told = [*(refusal.guard.name for refusal in plan.refusals)]
    excused = SMOKED.flag in options.overrides or SMOKED.mode(facts.target) != "refuse"
    assert (SMOKED.name in told) == (not is_enough and not excused)


@given(ANY_FACTS, ANY_OPTIONS)
def test_a_plan_without_a_rehearsal_asks_every_guard(
    facts: PushFacts, options: PushOptions
) -> None:
    plan = make_plan(facts, options)
    if not plan.rehearses:
        assert (plan.refusals, plan.notices) == ask(facts, options)


@pytest.mark.parametrize("is_smoked", [False, True])
@pytest.mark.parametrize("rehearsal", [False, True])
@pytest.mark.parametrize("overrides", [(), ("--allow-unsmoked",), ("--allow-dirty",)])
def test_a_plan_rehearses_bytes_that_need_a_rehearsal_and_have_none(
    overrides: tuple[str, ...], *, is_smoked: bool, rehearsal: bool
) -> None:
    smoked: Rung | None = "shim" if is_smoked else None
    facts = replace(FACTS, smoked=smoked, target=Target("t", rehearsal=rehearsal))
    plan = make_plan(facts, PushOptions(overrides))
    needs_rehearsal = rehearsal and not is_smoked
    is_overridden = "--allow-unsmoked" in overrides
    assert plan.rehearses == (needs_rehearsal and not is_overridden)
    assert plan.refusals == ()
    notice = "no rehearsal of the artifact 0123456789ab has passed (overridden by --allow-unsmoked)"
    assert plan.notices == ((notice,) if needs_rehearsal and is_overridden else ())


def test_the_other_guards_refuse_before_the_rehearsal() -> None:
    plan = make_plan(replace(FACTS, smoked=None, git=GitState(None)), PushOptions())
    assert plan.rehearses
    assert [refusal.guard.flag for refusal in plan.refusals] == ["--allow-dirty"]


def test_a_plan_asks_only_the_guards_that_it_is_given() -> None:
    facts = replace(FACTS, git=GitState(None))
    assert make_plan(facts, PushOptions(), guards=(SMOKED,)).refusals == ()


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
    now = replace(FACTS, latest=Latest(version), smoked=None, git=GitState(None))
    message = f"awa/trainer has version {version} now, and had version 3 when the push began"
    assert broken_precondition(plan, now) == (message if is_broken else "")


RUNNING = replace(FACTS, status=RunStatus("running"))


@pytest.mark.parametrize("mode", ["refuse", "warn", "skip"])
@pytest.mark.parametrize("is_allowed", [False, True])
def test_a_push_that_waits_is_not_refused_for_what_ends(
    mode: GuardMode, *, is_allowed: bool
) -> None:
    """Who allows the run that goes on does not wait for it, whatever else there is to wait for."""
    target = Target("lab", guards={"one-run": mode, "sessions": mode})
    facts = replace(RUNNING, target=target, sessions=Sessions(2, 2))
    flags = ("--allow-running", "--allow-full-sessions") if is_allowed else ()
    plan = make_plan(facts, PushOptions(flags, wait=True))
    is_awaited = mode != "skip" and not is_allowed
    assert plan.awaited_run == (GoingOn(Latest(3), "running") if is_awaited else None)
    assert plan.refusals == ()
    assert len(plan.notices) == (2 if mode != "skip" and is_allowed else 0)
    alone = make_plan(facts, PushOptions(flags))
    assert alone.awaited_run is None
    assert len(alone.refusals) == (2 if mode == "refuse" and not is_allowed else 0)


def test_a_push_waits_for_no_other_guard() -> None:
    plan = make_plan(replace(FACTS, git=GitState(None), missing=("x",)), PushOptions(wait=True))
    assert [refusal.guard.name for refusal in plan.refusals] == ["clean-tree", "sources"]
    assert [guard.name for guard in GUARDS if guard.ends] == ["one-run", "sessions"]
    free = make_plan(replace(FACTS, sessions=Sessions(2, 2)), PushOptions(wait=True))
    assert (free.awaited_run, free.refusals, free.notices) == (None, (), ())
    made = make_plan(FACTS, PushOptions(wait=True))
    assert made.awaited_run is None


def test_a_push_may_wait_for_a_session_alone() -> None:
    """A ship of one kernel does: it has nothing else to do. A run in its way is somebody's."""
    plan = make_plan(replace(RUNNING, sessions=Sessions(2, 2)), PushOptions(awaits_session=True))
    assert [refusal.guard.name for refusal in plan.refusals] == ["one-run"]
    assert plan.awaited_run is None
    both = make_plan(replace(RUNNING, sessions=Sessions(2, 2)), PushOptions(wait=True))
    assert both.refusals == ()


def test_a_plan_says_which_kernel_each_source_means() -> None:
    follows = (Followed("o/a", "me/a-dev"), Followed("o/b", "me/b-dev", "me/b-dev has no run"))
    plan = make_plan(replace(FACTS, follows=follows), PushOptions())
    assert plan.sources == (
        "o/a: your own, me/a-dev",
        "o/b: the shared kernel, because me/b-dev has no run",
    )
    assert [each.used for each in follows] == ["me/a-dev", "o/b"]
    assert make_plan(FACTS, PushOptions()).sources == ()


def test_each_guard_has_one_answer_with_its_objection() -> None:
    target = Target("lab", guards={"quota": "skip", "clean-tree": "warn"})
    facts = replace(
        FACTS, target=target, git=GitState(None), head=Head(published=None), smoked=None
    )
    answers = {asked.guard.name: asked for asked in ask_guards(facts, PushOptions())}
    assert list(answers) == [guard.name for guard in GUARDS]
    told = {name: asked.verdict for name, asked in answers.items() if asked.objection}
    assert told == {"clean-tree": "warns", "smoked": "refuses"}
    assert answers["quota"].verdict == "not asked"
    mild = replace(facts, git=GitState("c0ffee"))
    (upstream,) = [a for a in ask_guards(mild, PushOptions()) if a.guard.name == "upstream"]
    assert upstream.verdict == "warns"
    allowed = ask_guards(facts, PushOptions(("--allow-unsmoked",)))
    assert [a.verdict for a in allowed if a.guard is SMOKED] == ["overridden"]


def test_what_nobody_has_gathered_is_empty() -> None:
    assert (FACTS.sent, FACTS.seen, FACTS.first_id, FACTS.header_id) == ("", "", "", "")
    assert (FACTS.skip, FACTS.partial, FACTS.left_out) == ("", "", ())
    assert (FACTS.missing, FACTS.untold, FACTS.follows) == ((), (), ())
    assert (FACTS.earlier, FACTS.hours_left, FACTS.sessions, FACTS.head) == (None,) * 4
    assert (FACTS.runs, FACTS.reserve, FACTS.rung) == (True, 0.0, RUNGS[-1])
    assert Objection("why") == Objection("why", hint="", is_mild=False)
    assert ask(FACTS, PushOptions()) == ((), ())
