"""The guard that asks for a passing rehearsal, and when a plan rehearses."""

from dataclasses import replace

import pytest

from nbship.core.push.plan import make_plan
from nbship.model.push import PushOptions
from nbship.model.target import RUNGS, Rung, Target
from tests.support.plans import ask, facts


def test_an_artifact_that_was_not_rehearsed_is_named_by_its_digest() -> None:
    (refusal,), _ = ask(facts(smoked=None), PushOptions())
    assert refusal.objection.message == "no rehearsal of the artifact 0123456789ab has passed"
    assert refusal.objection.hint == "Rehearse it: doit smoke:trainer"


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
    assert not make_plan(skipped, PushOptions()).rehearses
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
