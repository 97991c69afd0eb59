"""The next step of a watch: each row of the table, and properties of any history."""

from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.run.watch_policy import (
    KAGGLE,
    LOCAL,
    Action,
    AskStatus,
    GiveUp,
    Limits,
    Observation,
    Pause,
    ReadLog,
    ReadOutputs,
    Settle,
    duration,
    next_action,
    paused,
    saw_failure,
    saw_log,
    saw_outputs,
    saw_status,
)
from nbship.model.run import RunState, RunStatus

LIMITS = Limits(poll=10.0, offline=1800.0)
START = Observation(clock=100.0)


def status(state: RunState, watch: Observation = START, now: float = 101.0) -> Observation:
    return saw_status(watch, now, RunStatus(state), is_there=True)


RUNNING = status("running")
ENDED = saw_log(RUNNING, 102.0, "finished", 3)
LONG = saw_log(replace(RUNNING, awake=3600.0, contact=3600.0), 102.0, "finished", 3)
UNSEEN = saw_status(START, 101.0, None, is_there=True)


def after(watch: Observation, seconds: float) -> Observation:
    """Let time pass while awake, in steps that do not count as sleep."""
    whole, rest = divmod(seconds, 600)
    for nap in [600.0] * int(whole) + [rest]:
        watch = paused(watch, watch.clock + nap)
    return watch


def again(watch: Observation) -> Observation:
    """Record the same answer again, at the current time."""
    return saw_status(watch, watch.clock, watch.status, is_there=watch.is_there)


def failing(watch: Observation, *, is_down: bool = False) -> Observation:
    return saw_failure(watch, watch.clock + 1, "no answer", is_down=is_down)


@pytest.mark.parametrize(
    ("watch", "expected"),
    [
        (START, AskStatus()),
        (paused(RUNNING, 111.0), AskStatus()),
        (status("queued"), Pause(10.0)),
        (status("cancelling"), Pause(10.0)),
        (RUNNING, ReadLog()),
        (status("complete"), Settle(RunStatus("complete"))),
        (status("error"), Settle(RunStatus("error"))),
        (status("cancelled"), Settle(RunStatus("cancelled"))),
        # There is a version, and no run of it (yet).
        (UNSEEN, Pause(10.0)),
        (again(after(UNSEEN, 119)), Pause(10.0)),
        (again(after(UNSEEN, 121)), GiveUp("unseen")),
        (saw_status(START, 101.0, None, is_there=False), GiveUp("gone")),
        # An end of the stream is not the end of the run.
        (saw_log(RUNNING, 102.0, "cut", 0), Pause(10.0)),
        (saw_log(RUNNING, 102.0, "absent", 0), Pause(10.0)),
        (saw_log(RUNNING, 102.0, "cut", 5), Pause(10.0)),
        (ENDED, Pause(0.0)),
        # The status lags behind the end of the log.
        (status("running", ENDED, 103.0), Pause(10.0)),
        (again(after(ENDED, 62)), ReadOutputs()),
        (saw_outputs(again(after(ENDED, 62)), 170.0, "complete", answered=True),
         Settle(RunStatus("complete"), by_log=True)),
        (saw_outputs(again(after(ENDED, 62)), 170.0, None, answered=True), Pause(10.0)),
        (again(saw_outputs(again(after(ENDED, 62)), 170.0, None, answered=True)), Pause(10.0)),
        (again(after(ENDED, 1801)), GiveUp("stuck")),
        (status("complete", after(ENDED, 5000), 9999.0), Settle(RunStatus("complete"))),
        (status("running", LONG, 103.0), Pause(10.0)),
        (again(after(LONG, 62)), ReadOutputs()),
        (again(after(LONG, 1799)), ReadOutputs()),
        (again(after(LONG, 1801)), GiveUp("stuck")),
        # The outputs are looked at once in a while.
        (again(after(saw_outputs(LONG, 102.0, None, answered=True), 59)), Pause(10.0)),
        (again(after(saw_outputs(after(LONG, 62), 164.0, None, answered=True), 59)), Pause(10.0)),
        (again(after(saw_outputs(after(LONG, 62), 164.0, None, answered=True), 61)), ReadOutputs()),
        (again(after(RUNNING, 14 * 3600.0)), GiveUp("endless")),
        # Nobody has answered yet: there is nothing to be patient for.
        (failing(START, is_down=True), GiveUp("unreachable")),
        (failing(START), Pause(20.0)),
        # The network is away.
        (failing(RUNNING, is_down=True), Pause(10.0)),
        (failing(failing(failing(RUNNING, is_down=True), is_down=True), is_down=True), Pause(10.0)),
        (failing(after(RUNNING, 1700), is_down=True), Pause(10.0)),
        (failing(after(RUNNING, 1800), is_down=True), GiveUp("offline")),
        # Only the status fails.
        (failing(RUNNING), Pause(20.0)),
        (failing(failing(RUNNING)), ReadOutputs()),
        (saw_outputs(failing(failing(RUNNING)), 110.0, None, answered=True), ReadLog()),
        (saw_outputs(failing(failing(RUNNING)), 110.0, None, answered=False), Pause(40.0)),
        (saw_outputs(failing(failing(RUNNING)), 110.0, "error", answered=True),
         Settle(RunStatus("error"), by_log=True)),
        (saw_outputs(failing(failing(after(RUNNING, 15 * 3600))), 9e4, None, answered=True),
         GiveUp("endless")),
        (failing(saw_log(failing(after(RUNNING, 1700)), 1900.0, "cut", 1)), ReadOutputs()),
    ],
)  # fmt: skip
def test_what_follows_on_what_was_seen(watch: Observation, expected: Action) -> None:
    assert next_action(watch, LIMITS) == expected


def seen(what: str, awake: float, **more: object) -> Observation:
    """Return what is known after so many seconds awake, with this observed last."""
    known = replace(RUNNING, last=what, awake=awake, contact=awake)  # type: ignore[arg-type]
    return replace(known, **more)  # type: ignore[arg-type]


NOBODY = {"status": None, "is_there": True}
LATE = seen("status", 5000.0, log_ended=5000.0)  # the log ended just now


@pytest.mark.parametrize(
    ("at_the_limit", "expected", "beyond"),
    [
        (seen("status", 120.0, **NOBODY), Pause(10.0), GiveUp("unseen")),
        (seen("status", 50_400.0), ReadLog(), GiveUp("endless")),
        (replace(LATE, awake=5060.0), Pause(10.0), ReadOutputs()),
        (replace(LATE, awake=5560.0, looked=5500.0), Pause(10.0), ReadOutputs()),
        (replace(LATE, awake=6800.0), ReadOutputs(), GiveUp("stuck")),
        (seen("failure", 2000.0, contact=200.0, is_down=True), Pause(10.0), GiveUp("offline")),
        (seen("outputs", 50_400.0), Pause(10.0), GiveUp("endless")),
    ],
)
def test_patience_ends_just_behind_its_limit(
    at_the_limit: Observation, expected: Action, beyond: Action
) -> None:
    assert next_action(at_the_limit, LIMITS) == expected
    past = replace(at_the_limit, awake=at_the_limit.awake + 0.5)
    assert next_action(past, LIMITS) == beyond


@pytest.mark.parametrize(
    ("failures", "is_down", "seconds"),
    [(0, False, 10.0), (1, False, 20.0), (2, False, 40.0), (3, False, 60.0), (99, False, 60.0),
     (99, True, 10.0)],
)  # fmt: skip
def test_pauses_grow_with_the_failures(failures: int, seconds: float, *, is_down: bool) -> None:
    watch = seen("outputs", 100.0, failures=failures, is_down=is_down, contact=0.0, looked=100.0)
    assert next_action(watch, LIMITS) == Pause(seconds)


@pytest.mark.parametrize(
    ("watch", "expected"),
    [
        # The log ended at once: the lag counts from then on.
        (seen("status", 60.5, log_ended=0.0), ReadOutputs()),
        # The outputs show nothing: the log is read where the status alone fails, and goes on.
        (seen("outputs", 100.0, looked=100.0, failures=2), ReadLog()),
        (seen("outputs", 100.0, looked=100.0, failures=0), Pause(10.0)),
        (seen("outputs", 100.0, looked=100.0, failures=2, log_ended=50.0), Pause(40.0)),
        (seen("outputs", 100.0, looked=100.0, failures=2, contact=50.0), Pause(40.0)),
    ],
)
def test_what_follows_on_a_look_at_the_outputs(watch: Observation, expected: Action) -> None:
    assert next_action(watch, LIMITS) == expected


def test_the_limits_are_those_of_the_documents() -> None:
    minute, hour = 60.0, 3600.0
    assert Limits(poll=10.0, offline=30 * minute, unseen=2 * minute, lag=minute,
                  stuck=30 * minute, endless=14 * hour) == KAGGLE  # fmt: skip
    assert Limits(poll=0.2, offline=2 * minute, unseen=2 * minute, lag=5.0,
                  stuck=2 * minute, endless=14 * hour) == LOCAL  # fmt: skip


@pytest.mark.parametrize(("gap", "counted"), [(0.0, 0.0), (900.0, 900.0), (900.5, 0.0)])
def test_more_than_a_quarter_of_an_hour_between_two_looks_is_sleep(
    gap: float, counted: float
) -> None:
    assert paused(RUNNING, RUNNING.clock + gap).awake == RUNNING.awake + counted


def test_an_hour_of_sleep_uses_up_no_patience() -> None:
    for watch in (failing(RUNNING), ENDED, UNSEEN, after(RUNNING, 100)):
        slept = paused(watch, watch.clock + 3600)
        assert slept.awake == watch.awake
        assert slept.clock == watch.clock + 3600
        assert paused(slept, slept.clock + 5).awake == watch.awake + 5


def test_a_clock_that_goes_back_counts_as_no_time() -> None:
    watch = after(RUNNING, 100)
    for clock in (50.0, watch.clock - 0.5, watch.clock):
        assert paused(watch, clock).awake == watch.awake


def test_an_answer_makes_up_for_all_failures() -> None:
    back = status("running", failing(failing(after(RUNNING, 1000))), 2000.0)
    assert (back.failures, back.trouble, back.contact) == (0, "", back.awake)


def test_at_the_beginning_nothing_is_known() -> None:
    assert Observation(clock=7.0) == Observation(
        clock=7.0, awake=0.0, last="nothing", status=None, is_there=True, is_met=False,
        contact=0.0, failures=0, is_down=False, trouble="", log_ended=None, looked=None,
        log_verdict=None,
    )  # fmt: skip
    assert Settle(RunStatus("error")) == Settle(RunStatus("error"), by_log=False)


def test_a_failure_is_noted_with_its_words_and_an_answer_forgets_it() -> None:
    first = saw_failure(START, 103.0, "cut off")
    assert first == replace(START, clock=103.0, awake=3.0, last="failure", failures=1,
                            trouble="cut off", is_down=False)  # fmt: skip
    second = saw_failure(first, 104.0, "nobody there", is_down=True)
    assert (second.failures, second.trouble, second.is_down) == (2, "nobody there", True)
    assert second.contact == 0.0
    back = saw_status(second, 105.0, None, is_there=False)
    assert back == replace(START, clock=105.0, awake=5.0, last="status", is_there=False,
                           is_met=True, contact=5.0)  # fmt: skip
    assert status("running", back, 106.0).status == RunStatus("running")


@pytest.mark.parametrize(
    ("end", "lines", "is_contact"),
    [("finished", 0, True), ("finished", 3, True), ("cut", 0, False), ("cut", 1, True),
     ("absent", 0, False)],
)  # fmt: skip
def test_a_log_is_an_answer_where_it_has_lines_or_an_end(
    end: Literal["finished", "cut", "absent"], lines: int, *, is_contact: bool
) -> None:
    seen = saw_log(RUNNING, 141.0, end, lines)
    assert seen == replace(
        RUNNING, clock=141.0, awake=41.0, last="log", contact=41.0 if is_contact else 1.0,
        log_ended=41.0 if end == "finished" else None,
    )  # fmt: skip


@pytest.mark.parametrize("answered", [True, False])
def test_a_look_at_the_outputs_is_noted_with_what_it_shows(*, answered: bool) -> None:
    seen = saw_outputs(RUNNING, 141.0, "error", answered=answered)
    assert seen == replace(
        RUNNING, clock=141.0, awake=41.0, last="outputs", looked=41.0, log_verdict="error",
        contact=41.0 if answered else 1.0,
    )  # fmt: skip


def test_a_pause_is_noted_and_changes_nothing_else() -> None:
    assert paused(RUNNING, 111.0) == replace(RUNNING, clock=111.0, awake=11.0, last="pause")


def test_a_second_end_of_the_log_does_not_put_off_the_first() -> None:
    assert saw_log(after(ENDED, 50), 160.0, "finished", 3).log_ended == ENDED.log_ended


SEEN = st.one_of(
    st.tuples(st.just("status"), st.sampled_from([None, "queued", "running", "cancelling"])),
    st.tuples(st.just("failure"), st.booleans()),
    st.tuples(st.just("log"), st.sampled_from(["finished", "cut", "absent"])),
    st.tuples(st.just("outputs"), st.booleans()),
)


@given(st.lists(st.tuples(SEEN, st.floats(0, 4000)), max_size=40))
def test_without_an_end_that_was_seen_nothing_is_settled(
    history: list[tuple[tuple[str, object], float]],
) -> None:
    """No success without proof, no pause without bounds, and time awake never decreases."""
    watch, now = START, 100.0
    for (kind, what), gap in history:
        now += gap
        before = watch.awake
        if kind == "status":
            given_status = RunStatus(what) if what else None  # type: ignore[arg-type]
            watch = saw_status(watch, now, given_status, is_there=True)
        elif kind == "failure":
            watch = saw_failure(watch, now, "no", is_down=bool(what))
        elif kind == "log":
            watch = saw_log(watch, now, what, 0)  # type: ignore[arg-type]
        else:
            watch = saw_outputs(watch, now, None, answered=bool(what))
        step = next_action(watch, KAGGLE)
        assert not isinstance(step, Settle)
        assert not isinstance(step, Pause) or 0 <= step.seconds <= 60
        assert watch.awake >= before


@given(st.sampled_from(["down", "failing"]), st.sampled_from([KAGGLE, LOCAL]))
def test_silence_ends_in_time(kind: str, limits: Limits) -> None:
    """A watch without answers ends within the limit and one more pause."""
    watch, now = RUNNING, RUNNING.clock
    while not isinstance(step := next_action(watch, limits), GiveUp):
        if isinstance(step, Pause):
            now += step.seconds
            watch = paused(watch, now)
        elif isinstance(step, AskStatus):
            watch = saw_failure(watch, now, "no", is_down=kind == "down")
        elif isinstance(step, ReadLog):
            watch = saw_log(watch, now, "cut", 0)
        else:
            watch = saw_outputs(watch, now, None, answered=False)
    assert step.why == "offline"
    assert now - RUNNING.clock <= limits.offline + 121


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.2, "0 s"), (45, "45 s"), (119.9, "120 s"), (120, "2 min"), (3599, "59 min"),
     (3600, "1 h 0 min"), (12_000, "3 h 20 min")],
)  # fmt: skip
def test_durations_are_printed_in_seconds_minutes_or_hours(seconds: float, expected: str) -> None:
    assert duration(seconds) == expected


def test_a_run_that_nobody_knows_of_is_queued() -> None:
    assert START.state == "queued"
    assert replace(START, status=RunStatus("error")).state == "error"
