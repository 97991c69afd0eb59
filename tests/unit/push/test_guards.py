"""Each guard refuses a push for its own reason, and only its own flag overrides it."""

import shlex
from dataclasses import replace
from itertools import product
from typing import get_args

import pytest

from nbship.core.push.guards import (
    GUARDS,
    PushFacts,
    one_run_at_a_time,
    push_options,
    refuse_unknown_guards,
)
from nbship.core.push.plan import ask_guards, make_plan
from nbship.diagnostics import NOWHERE, Diagnostic
from nbship.errors import WorkspaceError
from nbship.model.git import GitState
from nbship.model.push import PushOptions
from nbship.model.run import RunState, RunStatus
from nbship.model.target import BUILT_IN, RUNGS, Rung, Target

CLEAN = GitState("c0ffee")
FLAGS = ("--allow-dirty", "--allow-running", "--allow-unsmoked")
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
        3,
        smoked,
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
        smoked=None if unsmoked else "shim",
    )

    standing, notices = ask_guards(
        asked, PushOptions(tuple(flag for flag, yes in zip(FLAGS, given, strict=True) if yes))
    )

    excused = {flag for flag, is_given in zip(FLAGS, given, strict=True) if is_given}
    if target == "local":
        excused.add("--allow-dirty")
    broken = {flag for flag, is_broken in zip(FLAGS, violated, strict=True) if is_broken}
    assert {refusal.guard.flag for refusal in standing} == broken - excused
    assert {(each.objection.place, each.objection.code) for each in standing} <= {(NOWHERE, "")}
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
    (refusal,), _ = ask_guards(facts(smoked=None), PushOptions())
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
    assert ask_guards(facts(smoked=None), PushOptions(), guards=()) == ((), ())


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
    (refusal,), _ = ask_guards(asked, PushOptions())
    assert (refusal.guard.flag, refusal.objection.hint) == (flag, hint)


def test_the_hint_names_the_target_where_it_is_not_the_default() -> None:
    (refusal,), _ = ask_guards(facts(target="local", status=RunStatus("running")), PushOptions())
    assert refusal.objection.hint == "Wait for it: doit watch:trainer -t local"


def test_a_target_that_needs_no_rehearsal_has_none_asked_for() -> None:
    quick = replace(facts(smoked=None), target=Target("dev", rehearsal=False))
    assert ask_guards(quick, PushOptions()) == ((), ())
    assert not make_plan(quick, PushOptions()).rehearses


def test_a_target_that_asks_for_the_sandbox_refuses_less() -> None:
    strict = replace(facts(smoked="shim"), target=Target("lab", rehearsal="sandbox"))
    (refusal,), _ = ask_guards(strict, PushOptions())
    assert refusal.objection.message == (
        "target 'lab' asks for a rehearsal in the sandbox, and that of the artifact 0123456789ab "
        "was in the shim"
    )
    assert refusal.objection.hint == "Rehearse it again: doit smoke:trainer"
    assert make_plan(strict, PushOptions()).rehearses
    assert ask_guards(replace(strict, smoked="sandbox"), PushOptions()) == ((), ())
    (refusal,), _ = ask_guards(replace(strict, smoked=None), PushOptions())
    assert refusal.objection.message.startswith("no rehearsal of the artifact")


@pytest.mark.parametrize("smoked", [None, "shim"])
def test_where_there_is_no_sandbox_a_target_that_asks_for_it_refuses_at_once(
    smoked: Rung | None,
) -> None:
    strict = replace(facts(smoked=smoked), target=Target("lab", rehearsal="sandbox"), rung="shim")
    plan = make_plan(strict, PushOptions())
    assert not plan.rehearses
    assert [refusal.objection for refusal in plan.refusals] == [
        Diagnostic(
            NOWHERE, "",
            "target 'lab' asks for a rehearsal in the sandbox, which this machine does not have",
            ("'nbship doctor' says how this machine gets it.",),
        )
    ]  # fmt: skip


@pytest.mark.parametrize("smoked", [None, *RUNGS])
def test_a_notebook_whose_rehearsal_is_skipped_has_passed_none(smoked: Rung | None) -> None:
    skipped = replace(facts(smoked=smoked), skip="needs a TPU")
    (refusal,), notices = ask_guards(skipped, PushOptions())
    assert refusal.objection.message == "its rehearsal is skipped: needs a TPU"
    hint = "Remove skip from [tool.nbship.smoke] of its header, and rehearse it."
    assert refusal.objection.hint == hint
    assert notices == ()
    assert ask_guards(skipped, PushOptions(("--allow-unsmoked",))) == (
        (),
        ("its rehearsal is skipped: needs a TPU (overridden by --allow-unsmoked)",),
    )
    quick = replace(skipped, target=Target("dev", rehearsal=False))
    assert ask_guards(quick, PushOptions()) == ((), ())


def test_a_partial_rehearsal_is_no_pass_and_a_push_rehearses_the_rest() -> None:
    partial = replace(facts(smoked=None), partial="it ended after cell 3 (line 40)")
    (refusal,), _ = ask_guards(partial, PushOptions())
    message = "its rehearsal was partial: it ended after cell 3 (line 40)"
    assert refusal.objection.message == message
    assert refusal.objection.hint == "Rehearse all of it: doit smoke:trainer"
    assert make_plan(partial, PushOptions()).rehearses
    assert make_plan(partial, PushOptions(("--allow-unsmoked",))).notices == (
        f"{message} (overridden by --allow-unsmoked)",
    )


def test_each_guard_has_words_of_its_own() -> None:
    assert [(g.name, g.flag, g.option, g.help, g.refuses) for g in GUARDS] == [
        ("clean-tree", "--allow-dirty", "allow_dirty", "push what is not committed (recorded)",
         "a file that the artifact was built from is not committed"),
        ("one-run", "--allow-running", "allow_running",
         "push although a run of the kernel goes on (recorded)",
         "a run of the kernel is queued or running"),
        ("smoked", "--allow-unsmoked", "allow_unsmoked",
         "push without a passing rehearsal (recorded)", "these bytes have not passed a rehearsal"),
    ]  # fmt: skip


@pytest.mark.parametrize("name", [guard.name for guard in GUARDS])
def test_a_target_may_soften_any_guard_and_softens_no_other(name: str) -> None:
    soft = Target("soft", guards={name: "warn"})
    firm = Target("firm", guards={name: "refuse"})
    assert [guard.name for guard in GUARDS if guard.is_soft(soft)] == [name]
    assert not any(guard.is_soft(firm) for guard in GUARDS)
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


@pytest.mark.parametrize("given", list(product(BOOLS, repeat=3)))
def test_the_flags_become_overrides_in_the_order_of_the_guards(given: tuple[bool, ...]) -> None:
    flags = {guard.option: yes for guard, yes in zip(GUARDS, given, strict=True)}
    expected = tuple(flag for flag, yes in zip(FLAGS, given, strict=True) if yes)
    assert push_options({**flags, "other": True}) == PushOptions(expected)


def test_waiting_and_saving_alone_are_asked_for_by_name() -> None:
    assert push_options({}) == PushOptions((), wait=False, no_run=False)
    assert push_options({}, wait=True) == PushOptions((), wait=True, no_run=False)
    assert push_options({}, no_run=True) == PushOptions((), wait=False, no_run=True)


@pytest.mark.parametrize("name", ["tts/my model", "Ɓalli", "a+b@c-d.e"])
def test_a_shell_reads_the_commands_of_a_hint_as_they_are_meant(name: str) -> None:
    given = facts(name=name, target="local", status=RunStatus("running"), smoked=None)
    refusals, _ = ask_guards(given, PushOptions())
    commands = [shlex.split(each.objection.hint.partition(": ")[2]) for each in refusals]
    assert commands == [["doit", f"watch:{name}", "-t", "local"], ["doit", f"smoke:{name}"]]
