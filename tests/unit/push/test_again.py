"""What is there already and is pushed all the same: by --again, and in a ship with newer inputs."""

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.push.facts import PushFacts
from nbship.core.push.plan import make_plan, present
from nbship.core.push.sessions import Sessions
from nbship.model.push import Latest, PushOptions
from nbship.model.run import ACTIVE_STATES, RunState, RunStatus
from tests.support.plans import STAMP, facts

THERE = replace(
    facts(status=RunStatus("complete")), latest=Latest(3, "nbship", STAMP), sent=STAMP.digest
)
NEWER = replace(THERE, newer=("awa/prep",))


@pytest.mark.parametrize(
    ("known", "options", "is_nothing"),
    [
        (THERE, PushOptions(), True),
        (THERE, PushOptions(ships=True), True),
        (THERE, PushOptions(again=True), False),
        (NEWER, PushOptions(), True),  # a push sends what differs, and nothing does
        (NEWER, PushOptions(ships=True), False),
        (replace(NEWER, status=RunStatus("running")), PushOptions(ships=True), True),
        (replace(NEWER, sent="else"), PushOptions(ships=True), False),
    ],
)
def test_a_ship_runs_again_what_has_ended_before_its_inputs_were_there(
    known: PushFacts, options: PushOptions, *, is_nothing: bool
) -> None:
    plan = make_plan(known, options)
    assert bool(plan.nothing) is is_nothing


@given(st.sampled_from(get_args(RunState)), st.sets(st.sampled_from(["newer", "runs", "ships"])))
def test_a_ship_never_pushes_beside_a_run_of_the_same(state: RunState, flags: set[str]) -> None:
    known = replace(
        THERE,
        status=RunStatus(state) if "runs" in flags else None,
        newer=("awa/prep",) if "newer" in flags else (),
    )
    plan = make_plan(known, PushOptions(ships="ships" in flags))
    if "runs" in flags and state in ACTIVE_STATES:
        assert plan.nothing == present(known) != ""
    elif plan.nothing:
        assert not {"ships", "newer"} <= flags
        assert plan.nothing == present(known)


def test_a_ship_waits_for_a_session_and_for_no_run_of_the_kernel() -> None:
    full = replace(facts(), sessions=Sessions(5, 5))
    assert [each.guard.name for each in make_plan(full, PushOptions()).refusals] == ["sessions"]
    assert make_plan(full, PushOptions(awaits_session=True)).refusals == ()
    running = replace(facts(status=RunStatus("running")), latest=Latest(3, "nbship", STAMP))
    for options in (PushOptions(), PushOptions(awaits_session=True)):
        plan = make_plan(running, options)
        assert [each.guard.name for each in plan.refusals] == ["one-run"]
        assert plan.awaited_run is None
    assert make_plan(running, PushOptions(wait=True)).awaited_run is not None
