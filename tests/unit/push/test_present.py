"""What is there already is not pushed again."""

from dataclasses import replace
from typing import Any, get_args

import pytest

from nbship.core.push.plan import make_plan, present
from nbship.model.push import Latest, PushOptions
from nbship.model.run import RunState, RunStatus
from tests.support.plans import STAMP, facts

BOOLS = (False, True)


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
    newer = replace(there, newer=("awa/prep",))  # only a ship asks for it, once the run has ended
    assert make_plan(newer, PushOptions()).nothing == nothing
    assert make_plan(there, PushOptions(ships=True)).nothing == nothing
    is_active = status is not None and status.is_active
    assert make_plan(newer, PushOptions(ships=True)).nothing == (nothing if is_active else "")
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
