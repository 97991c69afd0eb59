"""Each guard refuses a push for its own reason, and only its own flag overrides it."""

import shlex
from collections.abc import Iterable
from dataclasses import fields, replace
from itertools import combinations, product
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.push.guards import (
    GUARDS,
    PushFacts,
    one_run_at_a_time,
    push_options,
    refuse_unknown_guards,
)
from nbship.core.push.plan import make_plan, present
from nbship.errors import WorkspaceError
from nbship.model.git import GitState, Head
from nbship.model.push import Latest, Order, PushOptions, Stamp
from nbship.model.run import RunState, RunStatus
from nbship.model.target import BUILT_IN, RUNGS, GuardMode, Rung, Target
from tests.support.plans import ask

CLEAN = GitState("c0ffee")
STAMP = Stamp("c0ffee" * 6, "seen", "sent", "r1", "awa", "2026-11-26T18:00:00+00:00")
BOOLS = (False, True)


def facts(
    *,
    name: str = "trainer",
    target: str = "main",
    git: GitState = CLEAN,
    status: RunStatus | None = None,
    smoked: Rung | None = "shim",
) -> PushFacts:
    return PushFacts(
        name,
        BUILT_IN[target],
        "ous-sow/trainer",
        "0123456789abcdef",
        git,
        status,
        Latest(),
        smoked,
    )


# For each guard, the facts under which it objects.
VIOLATIONS: dict[str, dict[str, Any]] = {
    "clean-tree": {"git": GitState("c0ffee", ("src_py/a.py",))},
    "half-merged": {"head": Head(operation="merge")},
    "upstream": {"head": Head(published=False)},
    "branch": {"head": Head(branches=("wip",)), "branches": ("main", "release/*")},
    "same-id": {"first_id": "ous-sow/trainer", "header_id": "ous-sow/other"},
    "one-run": {"status": RunStatus("running")},
    "web-edit": {"latest": Latest(3, "somebody", seen="theirs")},
    "ahead": {"latest": Latest(3, "nbship", STAMP, "after", seen="theirs")},
    "smoked": {"smoked": None},
    "sources": {"missing": ("awa/gone (no such kernel)",)},
    "quota": {"hours_left": 0.5, "reserve": 1.0},
}
# Pairs that cannot be: a version has one maker.
APART = {frozenset({"web-edit", "ahead"})}


def violated(names: Iterable[str], target: Target = BUILT_IN["main"]) -> PushFacts:
    """Return facts under which these guards object, and no other."""
    given: dict[str, Any] = {"target": target, "seen": "ours"}
    for name in names:
        changes = dict(VIOLATIONS[name])
        allowed = changes.pop("branches", None)
        if allowed:
            given["target"] = replace(target, branches=allowed)
        if "head" in changes and "head" in given:
            changed = {
                item.name: getattr(changes["head"], item.name)
                for item in fields(Head)
                if getattr(changes["head"], item.name) != getattr(Head(), item.name)
            }
            changes["head"] = replace(given["head"], **changed)
        given |= changes
    return replace(facts(), **given)


NAMES = [guard.name for guard in GUARDS]
FLAG_OF = {guard.name: guard.flag for guard in GUARDS}


def test_every_guard_has_facts_under_which_it_objects() -> None:
    assert list(VIOLATIONS) == NAMES


@given(
    st.sets(st.sampled_from(NAMES)),
    st.sets(st.sampled_from(NAMES)),
    st.dictionaries(st.sampled_from(NAMES), st.sampled_from(get_args(GuardMode))),
)
def test_every_violated_guard_refuses_unless_its_own_flag_is_given(
    broken: set[str], flags: set[str], modes: dict[str, GuardMode]
) -> None:
    """All combinations of guards, of overrides, and of what the target makes of them."""
    if any(pair <= broken for pair in APART):
        broken.discard("ahead")
    overrides = tuple(FLAG_OF[name] for name in NAMES if name in flags)
    target = Target("lab", guards=modes)
    standing, notices = ask(violated(broken, target), PushOptions(overrides))
    asked = [name for name in NAMES if name in broken and modes.get(name) != "skip"]
    refused = [n for n in asked if n not in flags and modes.get(n, "refuse") == "refuse"]
    assert [refusal.guard.name for refusal in standing] == refused
    assert len(notices) == len(asked) - len(refused)
    for name in set(asked) & flags:
        assert any(notice.endswith(f"(overridden by {FLAG_OF[name]})") for notice in notices)


@pytest.mark.parametrize("pair", list(combinations(NAMES, 2)))
def test_each_pair_of_guards_is_told_in_one_refusal(pair: tuple[str, str]) -> None:
    broken = set(pair)
    if broken in APART:
        return
    for flags in product(BOOLS, repeat=2):
        given = tuple(FLAG_OF[name] for name, yes in zip(pair, flags, strict=True) if yes)
        standing, notices = ask(violated(pair), PushOptions(given))
        left = {name for name, yes in zip(pair, flags, strict=True) if not yes}
        assert {refusal.guard.name for refusal in standing} == left
        assert len(notices) == 2 - len(left)
        assert all(refusal.objection.hint for refusal in standing)


# What each guard does on the targets of every workspace: r refuses, w warns, - is not asked.
MODES_OF = {
    "main": "rrrrrrrrrrr",
    "dev": "rrw-rww-rww",
    "local": "ww--wrw-r--",
}


@pytest.mark.parametrize("target", BUILT_IN)
def test_the_targets_of_every_workspace_have_these_guards(target: str) -> None:
    letters = {"refuse": "r", "warn": "w", "skip": "-"}
    modes = "".join(letters[guard.mode(BUILT_IN[target])] for guard in GUARDS)
    assert modes == MODES_OF[target]


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


# --- nothing to push ---


@pytest.mark.parametrize("state", [None, *get_args(RunState)])
@pytest.mark.parametrize("runs", BOOLS)
def test_what_is_there_and_has_run_is_not_pushed_again(
    state: RunState | None, *, runs: bool
) -> None:
    status = RunStatus(state) if state else None
    there = replace(
        facts(status=status), latest=Latest(3, "nbship", STAMP, "same", "s"), sent="sent", runs=runs
    )
    nothing = present(there)
    is_there = state in {"queued", "running", "cancelling", "complete"} or (
        state is None and not runs
    )
    begin = "version 3, pushed by awa at 2026-11-26 18:00:00 UTC, is this artifact already"
    assert nothing == (f"{begin} ({state or 'saved, not run'})" if is_there else "")
    assert make_plan(there, PushOptions()).nothing == nothing
    assert make_plan(there, PushOptions(again=True)).nothing == ""


@pytest.mark.parametrize(
    "changes",
    [
        {"sent": "other"},
        {"sent": "", "latest": Latest(3, "nbship", replace(STAMP, digest=""), "same", "s")},
        {"latest": Latest(3, "somebody", seen="s")},
        {"latest": Latest(3, "somebody", STAMP, seen="s")},
        {"latest": Latest()},
        {"latest": Latest(3, "nbship")},
    ],
)
def test_anything_else_is_something_to_push(changes: dict[str, Any]) -> None:
    there = replace(
        facts(status=RunStatus("complete")), latest=Latest(3, "nbship", STAMP, "same", "s"),
        sent="sent",
    )  # fmt: skip
    assert present(there)
    assert not present(replace(there, **changes))


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


def test_a_kernel_that_never_ran_is_free() -> None:
    assert ask(facts(status=None), PushOptions()) == ((), ())


def test_an_artifact_that_was_not_rehearsed_is_named_by_its_digest() -> None:
    (refusal,), _ = ask(facts(smoked=None), PushOptions())
    assert refusal.objection.message == "no rehearsal of the artifact 0123456789ab has passed"
    assert refusal.objection.hint == "Rehearse it: doit smoke:trainer"


def test_what_was_overridden_is_still_told() -> None:
    dirty = GitState("c", ("a",))
    assert ask(facts(git=dirty), PushOptions(("--allow-dirty",))) == (
        (),
        ("not committed: a (overridden by --allow-dirty)",),
    )
    assert ask(facts(git=dirty, target="local"), PushOptions()) == (
        (),
        ("not committed: a (allowed on the local target)",),
    )


def test_only_the_guards_given_are_asked() -> None:
    assert ask(facts(smoked=None), PushOptions(), guards=()) == ((), ())


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
        (facts(status=RunStatus("queued")), "--allow-running", "Wait for it: doit watch:trainer"),
        (facts(smoked=None), "--allow-unsmoked", "Rehearse it: doit smoke:trainer"),
    ],
)
def test_a_refusal_says_what_to_do(asked: PushFacts, flag: str, hint: str) -> None:
    (refusal,), _ = ask(asked, PushOptions())
    assert (refusal.guard.flag, refusal.objection.hint) == (flag, hint)


def test_the_hint_names_the_target_where_it_is_not_the_default() -> None:
    (refusal,), _ = ask(facts(target="local", status=RunStatus("running")), PushOptions())
    assert refusal.objection.hint == "Wait for it: doit watch:trainer -t local"


def test_a_target_that_needs_no_rehearsal_has_none_asked_for() -> None:
    quick = replace(facts(smoked=None), target=Target("dev", rehearsal=False))
    assert ask(quick, PushOptions()) == ((), ())
    assert not make_plan(quick, PushOptions()).rehearses


def test_a_target_that_asks_for_the_sandbox_refuses_less() -> None:
    strict = replace(facts(smoked="shim"), target=Target("lab", rehearsal="sandbox"))
    (refusal,), _ = ask(strict, PushOptions())
    assert refusal.objection.message == (
        "target 'lab' asks for a rehearsal in the sandbox, and that of the artifact 0123456789ab "
        "was in the shim"
    )
    assert refusal.objection.hint == "Rehearse it again: doit smoke:trainer"
    assert make_plan(strict, PushOptions()).rehearses
    assert ask(replace(strict, smoked="sandbox"), PushOptions()) == ((), ())
    (refusal,), _ = ask(replace(strict, smoked=None), PushOptions())
    assert refusal.objection.message.startswith("no rehearsal of the artifact")


@pytest.mark.parametrize("smoked", [None, "shim"])
def test_where_there_is_no_sandbox_a_target_that_asks_for_it_refuses_at_once(
    smoked: Rung | None,
) -> None:
    strict = replace(facts(smoked=smoked), target=Target("lab", rehearsal="sandbox"), rung="shim")
    plan = make_plan(strict, PushOptions())
    assert not plan.rehearses
    assert [(each.objection.message, each.objection.hint) for each in plan.refusals] == [
        (
            "target 'lab' asks for a rehearsal in the sandbox, which this machine does not have",
            "'nbship doctor' says how this machine gets it.",
        )
    ]


@pytest.mark.parametrize("smoked", [None, *RUNGS])
def test_a_notebook_whose_rehearsal_is_skipped_has_passed_none(smoked: Rung | None) -> None:
    skipped = replace(facts(smoked=smoked), skip="needs a TPU")
    (refusal,), notices = ask(skipped, PushOptions())
    assert refusal.objection.message == "its rehearsal is skipped: needs a TPU"
    hint = "Remove skip from [tool.nbship.smoke] of its header, and rehearse it."
    assert refusal.objection.hint == hint
    assert notices == ()
    assert ask(skipped, PushOptions(("--allow-unsmoked",))) == (
        (),
        ("its rehearsal is skipped: needs a TPU (overridden by --allow-unsmoked)",),
    )
    quick = replace(skipped, target=Target("dev", rehearsal=False))
    assert ask(quick, PushOptions()) == ((), ())


def test_a_partial_rehearsal_is_no_pass_and_a_push_rehearses_the_rest() -> None:
    partial = replace(facts(smoked=None), partial="it ended after cell 3 (line 40)")
    (refusal,), _ = ask(partial, PushOptions())
    message = "its rehearsal was partial: it ended after cell 3 (line 40)"
    assert refusal.objection.message == message
    assert refusal.objection.hint == "Rehearse all of it: doit smoke:trainer"
    assert make_plan(partial, PushOptions()).rehearses
    assert make_plan(partial, PushOptions(("--allow-unsmoked",))).notices == (
        f"{message} (overridden by --allow-unsmoked)",
    )


def test_each_guard_has_words_of_its_own() -> None:
    for words in ("name", "flag", "help", "refuses"):
        assert len({getattr(guard, words) for guard in GUARDS}) == len(GUARDS)
    assert all(guard.flag.startswith("--allow-") for guard in GUARDS)
    assert all(guard.help.endswith(" (recorded)") for guard in GUARDS)
    assert GUARDS[0].option == "allow_dirty"


@pytest.mark.parametrize("name", [guard.name for guard in GUARDS])
def test_a_target_may_soften_any_guard_and_softens_no_other(name: str) -> None:
    soft = Target("soft", guards={name: "warn"})
    firm = Target("firm", guards={name: "refuse"})
    assert [guard.name for guard in GUARDS if guard.mode(soft) == "warn"] == [name]
    assert {guard.mode(firm) for guard in GUARDS} == {"refuse"}
    refuse_unknown_guards(soft)
    refuse_unknown_guards(firm)


def test_a_guard_that_does_not_exist_is_refused_with_the_nearest() -> None:
    target = Target("dev", guards={"smoked": "warn", "clean-tre": "warn"})
    with pytest.raises(WorkspaceError) as caught:
        refuse_unknown_guards(target)
    assert str(caught.value) == (
        "pyproject.toml: unknown guard 'clean-tre' in [tool.nbship.targets.dev]"
        "; did you mean 'clean-tree'?"
    )


@pytest.mark.parametrize("given", list(product(BOOLS, repeat=len(GUARDS)))[::97])
def test_the_flags_become_overrides_in_the_order_of_the_guards(given: tuple[bool, ...]) -> None:
    flags = {guard.option: yes for guard, yes in zip(GUARDS, given, strict=True)}
    expected = tuple(flag for flag, yes in zip(FLAG_OF.values(), given, strict=True) if yes)
    assert push_options({**flags, "other": True}) == PushOptions(expected)


def test_waiting_and_saving_alone_are_asked_for_by_name() -> None:
    assert push_options({}) == PushOptions((), wait=False, no_run=False)
    assert push_options({}, wait=True) == PushOptions((), wait=True, no_run=False)
    assert push_options({}, no_run=True) == PushOptions((), wait=False, no_run=True)


@pytest.mark.parametrize("name", ["tts/my model", "Ɓalli", "a+b@c-d.e"])
def test_a_shell_reads_the_commands_of_a_hint_as_they_are_meant(name: str) -> None:
    given = facts(name=name, target="local", status=RunStatus("running"), smoked=None)
    refusals, _ = ask(given, PushOptions())
    commands = [shlex.split(each.objection.hint.partition(": ")[2]) for each in refusals]
    assert commands == [["doit", f"watch:{name}", "-t", "local"], ["doit", f"smoke:{name}"]]
