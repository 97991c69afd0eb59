"""Why each guard objects, in which words, and what it says to do."""

import shlex
from dataclasses import replace
from typing import get_args

import pytest

from nbship.core.push.facts import PushFacts
from nbship.core.push.objections import going_on, one_run_at_a_time
from nbship.core.push.sessions import Sessions
from nbship.model.git import GitState, Head
from nbship.model.push import GoingOn, Latest, Order, PushOptions
from nbship.model.run import RunState, RunStatus
from nbship.model.target import BUILT_IN, Target
from tests.support.plans import STAMP, ask, facts


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (Head(published=True), None),
        (Head(published=False), "no branch of the remote has commit c0ffee"),
        (None, None),
    ],
)
def test_a_commit_must_be_where_the_others_find_it(head: Head | None, message: str | None) -> None:
    standing, notices = ask(replace(facts(), head=head), PushOptions())
    assert [refusal.objection.message for refusal in standing] == ([message] if message else [])
    assert notices == ()


def test_a_repository_without_a_remote_is_only_told() -> None:
    alone = replace(facts(), head=Head(published=None))
    notice = "this repository has no remote: nobody else has the commit"
    assert ask(alone, PushOptions()) == ((), (notice,))
    assert ask(replace(alone, git=GitState(None)), PushOptions())[1] == ()


@pytest.mark.parametrize(
    ("branches", "is_refused"),
    [(("main",), False), (("release/2",), False), (("wip", "main"), False), (("wip",), True),
     ((), True), (("xmain",), True)],
)  # fmt: skip
def test_a_target_takes_the_branches_that_fit_its_patterns(
    branches: tuple[str, ...], *, is_refused: bool
) -> None:
    target = Target("lab", branches=("main", "release/*"))
    asked = replace(facts(), target=target, head=Head(branches=branches))
    assert bool(ask(asked, PushOptions())[0]) == is_refused
    assert not ask(replace(asked, target=BUILT_IN["main"]), PushOptions())[0]


@pytest.mark.parametrize(
    ("first", "now", "is_refused"),
    [("a/x", "a/x", False), ("A/X", "a/x", False), ("", "a/x", False), ("a/x", "", False),
     ("a/x", "a/y", True)],
)  # fmt: skip
def test_a_kernel_keeps_the_id_that_was_committed_first(
    first: str, now: str, *, is_refused: bool
) -> None:
    asked = replace(facts(), first_id=first, header_id=now)
    assert bool(ask(asked, PushOptions())[0]) == is_refused


@pytest.mark.parametrize("order", get_args(Order))
@pytest.mark.parametrize("seen", ["theirs", "ours"])
def test_a_version_of_a_commit_that_ours_does_not_contain_is_not_overwritten(
    order: Order, seen: str
) -> None:
    """What is the same as ours loses nothing."""
    asked = replace(facts(), latest=Latest(3, "nbship", STAMP, order, seen), seen="ours")
    messages = [refusal.objection.message for refusal in ask(asked, PushOptions())[0]]
    begin = "version 3, pushed by awa at 2026-11-26 18:00:00 UTC, was made from commit c0ffeec0ffee"
    words = {
        "after": f"{begin}, which is after this one",
        "apart": f"{begin}, which this branch does not contain",
        "unknown": f"{begin}, which this clone does not have",
    }
    expected = [words[order]] if order in words and seen == "theirs" else []
    assert messages == expected


@pytest.mark.parametrize(
    "latest",
    [
        Latest(),
        Latest(3, "somebody", seen="ours"),
        Latest(3, "nbship", STAMP, "before", "theirs"),
        Latest(3, "nbship", replace(STAMP, commit=""), "unknown", "theirs"),
    ],
)
def test_what_loses_nothing_of_anybody_is_no_objection(latest: Latest) -> None:
    assert ask(replace(facts(), latest=latest, seen="ours"), PushOptions()) == ((), ())


@pytest.mark.parametrize(("left", "reserve", "is_refused"), [
    (None, 0.0, False), (0.0, 0.0, True), (0.1, 0.0, False), (2.0, 2.0, True), (2.1, 2.0, False),
])  # fmt: skip
def test_a_run_leaves_the_reserve_of_the_week(
    left: float | None, reserve: float, *, is_refused: bool
) -> None:
    asked = replace(facts(), hours_left=left, reserve=reserve)
    assert bool(ask(asked, PushOptions())[0]) == is_refused
    assert not ask(replace(asked, runs=False), PushOptions())[0]


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
    (refusal,), notices = ask(facts(git=git), PushOptions())
    assert (refusal.objection.message, refusal.guard.flag, notices) == (
        message,
        "--allow-dirty",
        (),
    )


@pytest.mark.parametrize("state", get_args(RunState))
def test_a_push_waits_for_a_run_that_goes_on(state: RunState) -> None:
    standing, _ = ask(facts(status=RunStatus(state)), PushOptions())
    expected = {
        "queued": ["ous-sow/trainer is queued"],
        "running": ["ous-sow/trainer is running"],
        "cancelling": ["ous-sow/trainer is cancelling"],
    }
    assert [refusal.objection.message for refusal in standing] == expected.get(state, [])


@pytest.mark.parametrize(
    ("latest", "whose"),
    [
        (Latest(3, "nbship", STAMP), "version 3, pushed by awa at 2026-11-26 18:00:00 UTC"),
        (
            Latest(3, "nbship", STAMP, began="x"),
            "version 3, pushed by awa at 2026-11-26 18:00:00 UTC",
        ),
        (
            Latest(3, "nbship", replace(STAMP, by="")),
            "version 3, pushed at 2026-11-26 18:00:00 UTC",
        ),
        (Latest(3, "somebody"), "version 3, not pushed by nbship"),
        (
            Latest(3, "somebody", began="2026-11-26 18:00 UTC"),
            "version 3, not pushed by nbship, its run began at 2026-11-26 18:00 UTC",
        ),
    ],
)
def test_a_run_that_goes_on_is_named_by_whose_it_is(latest: Latest, whose: str) -> None:
    running = replace(facts(status=RunStatus("running")), latest=latest)
    objection = one_run_at_a_time(running)
    assert objection
    assert objection.message == f"ous-sow/trainer is running ({whose})"
    beside = replace(facts(status=RunStatus("complete")), earlier=GoingOn(latest, "queued"))
    objection = one_run_at_a_time(beside)
    assert objection
    assert objection.message == f"ous-sow/trainer is queued ({whose})"
    assert one_run_at_a_time(replace(beside, runs=False)) is None


def test_the_latest_run_is_the_one_that_goes_on() -> None:
    both = replace(
        facts(status=RunStatus("running")),
        latest=Latest(3),
        earlier=GoingOn(Latest(2), "queued"),
    )
    assert going_on(both) == GoingOn(Latest(3), "running")
    assert going_on(replace(both, status=None)) == GoingOn(Latest(2), "queued")
    assert going_on(replace(both, status=None, earlier=None)) is None


@pytest.mark.parametrize(
    ("missing", "untold", "message"),
    [
        (("a/x (queued)",), (), "not ready on Kaggle: a/x (queued)"),
        (("a/x (queued)", "a/y (deleted)"), (), "not ready on Kaggle: a/x (queued), a/y (deleted)"),
        (
            ("a/x (queued)",),
            ("a/y (gone)", "a/z (gone)"),
            (
                "not ready on Kaggle: a/x (queued); "
                "Kaggle does not tell whether it is ready: a/y (gone), a/z (gone)"
            ),
        ),
    ],
)
def test_sources_that_are_not_ready_are_named(
    missing: tuple[str, ...], untold: tuple[str, ...], message: str
) -> None:
    (refusal,), _ = ask(replace(facts(), missing=missing, untold=untold), PushOptions())
    assert refusal.objection.message == message
    assert refusal.objection.hint == "Wait for them, or correct the header."


def test_what_the_service_does_not_tell_is_only_said() -> None:
    untold = replace(facts(), untold=("a/y (gone)",))
    notice = "Kaggle does not tell whether it is ready: a/y (gone)"
    assert ask(untold, PushOptions()) == ((), (notice,))
    there = replace(BUILT_IN["main"], remote="local")
    assert ask(replace(untold, target=there), PushOptions()) == ((), (f"the local {notice}",))
    assert ask(replace(untold, target=BUILT_IN["local"]), PushOptions()) == ((), ())


@pytest.mark.parametrize(
    ("found", "message"),
    [
        (None, ""),
        (Sessions(1, 2), ""),
        (Sessions(2, 2), "2 runs go on, and Kaggle takes 2 at once"),
        (Sessions(6, 5), "6 runs go on, and Kaggle takes 5 at once"),
        (Sessions(1, 1), "1 run goes on, and Kaggle takes 1 at once"),
    ],
)
def test_the_first_push_of_a_kernel_asks_for_a_free_session(
    found: Sessions | None, message: str
) -> None:
    asked = replace(facts(), sessions=found)
    standing, _ = ask(asked, PushOptions())
    rest = (
        ": the first save of ous-sow/trainer would be refused, and Kaggle may not find its id again"
    )
    expected = [(message + rest, "Wait for a session: doit push:trainer --wait")] if message else []
    assert [(r.objection.message, r.objection.hint) for r in standing] == expected
    assert ask(replace(asked, runs=False), PushOptions()) == ((), ())


def test_a_kernel_that_never_ran_is_free() -> None:
    assert ask(facts(status=None), PushOptions()) == ((), ())


def test_what_only_saves_costs_no_quota_and_may_go_beside_a_run() -> None:
    running = replace(facts(target="main"), status=RunStatus("running"))
    assert one_run_at_a_time(running) is not None
    assert one_run_at_a_time(replace(running, runs=False)) is None


@pytest.mark.parametrize(
    ("asked", "flag", "hint"),
    [
        (facts(git=GitState(None)), "--allow-dirty", "Commit first, so that git has what runs."),
        (
            facts(git=GitState("c", ("a",))),
            "--allow-dirty",
            "Commit first, so that git has what runs.",
        ),
        (
            facts(status=RunStatus("queued")),
            "--allow-running",
            "Wait for it: doit push:trainer --wait. Or end it: doit stop:trainer",
        ),
        (facts(smoked=None), "--allow-unsmoked", "Rehearse it: doit smoke:trainer"),
    ],
)
def test_a_refusal_says_what_to_do(asked: PushFacts, flag: str, hint: str) -> None:
    (refusal,), _ = ask(asked, PushOptions())
    assert (refusal.guard.flag, refusal.objection.hint) == (flag, hint)


def test_the_hint_names_the_target_where_it_is_not_the_default() -> None:
    (refusal,), _ = ask(facts(target="local", status=RunStatus("running")), PushOptions())
    assert refusal.objection.hint == (
        "Wait for it: doit push:trainer -t local --wait. Or end it: doit stop:trainer -t local"
    )
    known = replace(facts(status=RunStatus("running")), latest=Latest(3))
    assert ask(known, PushOptions())[0][0].objection.hint.endswith("doit stop:trainer --version 3")


@pytest.mark.parametrize("name", ["tts/my model", "Ɓalli", "a+b@c-d.e"])
def test_a_shell_reads_the_commands_of_a_hint_as_they_are_meant(name: str) -> None:
    given = facts(name=name, target="local", status=RunStatus("running"), smoked=None)
    refusals, _ = ask(given, PushOptions())
    hints = [each for refusal in refusals for each in refusal.objection.hint.split(". ")]
    commands = [shlex.split(each.partition(": ")[2]) for each in hints]
    assert commands == [
        ["doit", f"push:{name}", "-t", "local", "--wait"],
        ["doit", f"stop:{name}", "-t", "local"],
        ["doit", f"smoke:{name}"],
    ]
