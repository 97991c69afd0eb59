"""A push is refused for each reason by itself, and each refusal yields to its own flag alone."""

from dataclasses import replace
from itertools import product
from typing import get_args

import pytest

from nbship.core.push.guards import PushFacts, ask_guards, one_run_at_a_time
from nbship.model.git import GitState
from nbship.model.push import PushOptions
from nbship.model.run import RunState, RunStatus
from nbship.model.target import BUILT_IN

CLEAN = GitState("c0ffee")
FLAGS = ("--allow-dirty", "--allow-running", "--allow-unsmoked")
BOOLS = (False, True)


def facts(
    *,
    target: str = "main",
    git: GitState = CLEAN,
    status: RunStatus | None = None,
    is_smoked: bool = True,
) -> PushFacts:
    return PushFacts(
        "trainer",
        BUILT_IN[target],
        "ous-sow/trainer",
        "0123456789abcdef",
        git,
        status,
        3,
        is_smoked,
    )


@pytest.mark.parametrize("target", ["main", "local"])
@pytest.mark.parametrize("given", list(product(BOOLS, repeat=3)))
@pytest.mark.parametrize("violated", list(product(BOOLS, repeat=3)))
def test_every_violated_guard_refuses_unless_its_own_flag_is_given(
    target: str, given: tuple[bool, ...], violated: tuple[bool, ...]
) -> None:
    dirty, running, unsmoked = violated
    asked = facts(
        target=target,
        git=GitState("c0ffee", ("src_py/a.py",) if dirty else ()),
        status=RunStatus("running" if running else "complete"),
        is_smoked=not unsmoked,
    )

    standing, notices = ask_guards(
        asked, PushOptions(tuple(flag for flag, yes in zip(FLAGS, given, strict=True) if yes))
    )

    excused = {flag for flag, is_given in zip(FLAGS, given, strict=True) if is_given}
    if target == "local":
        excused.add("--allow-dirty")
    broken = {flag for flag, is_broken in zip(FLAGS, violated, strict=True) if is_broken}
    assert {refusal.guard.flag for refusal in standing} == broken - excused
    assert len(notices) == len(broken & excused)


@pytest.mark.parametrize(
    ("git", "message"),
    [
        (GitState(None), "no git commit contains these sources"),
        (GitState(None, ("a",)), "no git commit contains these sources"),
        (GitState("c", ("a", "b", "c")), "not committed: a, b, c"),
        (GitState("c", ("a", "b", "c", "d")), "not committed: a, b, c and 1 more"),
        (GitState("c", ("a", "b", "c", "d", "e")), "not committed: a, b, c and 2 more"),
    ],
)
def test_what_git_does_not_hold_is_named(git: GitState, message: str) -> None:
    (refusal,), notices = ask_guards(facts(git=git), PushOptions())
    assert (refusal.objection.message, refusal.guard.flag, notices) == (
        message,
        "--allow-dirty",
        (),
    )


@pytest.mark.parametrize("state", get_args(RunState))
def test_a_push_waits_for_a_run_that_goes_on(state: RunState) -> None:
    standing, _ = ask_guards(facts(status=RunStatus(state)), PushOptions())
    expected = {
        "queued": ["ous-sow/trainer is queued"],
        "running": ["ous-sow/trainer is running"],
        "cancelling": ["ous-sow/trainer is cancelling"],
    }
    assert [refusal.objection.message for refusal in standing] == expected.get(state, [])


def test_a_kernel_that_never_ran_is_free() -> None:
    assert ask_guards(facts(status=None), PushOptions()) == ((), ())


def test_an_artifact_that_was_not_rehearsed_is_named_by_its_digest() -> None:
    (refusal,), _ = ask_guards(facts(is_smoked=False), PushOptions())
    assert refusal.objection.message == "no rehearsal of the artifact 0123456789ab has passed"
    assert refusal.objection.hint == "Rehearse it: doit smoke:trainer"


def test_what_was_overridden_is_still_told() -> None:
    dirty = GitState("c", ("a",))
    assert ask_guards(facts(git=dirty), PushOptions(("--allow-dirty",))) == (
        (),
        ("not committed: a (overridden by --allow-dirty)",),
    )
    assert ask_guards(facts(git=dirty, target="local"), PushOptions()) == (
        (),
        ("not committed: a (allowed on the local target)",),
    )


def test_only_the_guards_given_are_asked() -> None:
    assert ask_guards(facts(is_smoked=False), PushOptions(), guards=()) == ((), ())


def test_what_only_saves_costs_no_quota_and_may_go_beside_a_run() -> None:
    running = replace(facts(target="main"), status=RunStatus("running"))
    assert one_run_at_a_time(running) is not None
    assert one_run_at_a_time(replace(running, runs=False)) is None
