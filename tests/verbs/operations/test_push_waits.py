"""The wait of a push for the end of the run in its way: of that version, with an end of its own."""

import pytest

from nbship.core.kaggle.resend_policy import Attempts
from nbship.core.kaggle.retry_policy import Patience
from nbship.edges.kaggle.client import Kaggle
from nbship.errors import GuardRefused, Interrupted, KaggleError, RequestRejected, ServerUnreachable
from nbship.model.push import GoingOn, Latest
from nbship.verbs.operations.push.wait import wait_for_run
from tests.support.client import QuickClock, connect
from tests.support.plans import facts
from tests.support.report import RecordedReport
from tests.support.scripted_server import Answer, ScriptedServer, dead_url, refusal, reply, steps

PATIENCE = Patience(deadline=1.0, attempts=1)
RUN = GoingOn(Latest(3), "queued")
QUEUED, RUNNING, DONE = (reply({"status": name}) for name in ("QUEUED", "RUNNING", "COMPLETE"))


@pytest.fixture
def kaggle(scripted: ScriptedServer, clock: QuickClock) -> Kaggle:
    return connect(scripted.url, PATIENCE, clock)


def wait(kaggle: Kaggle, report: RecordedReport | None = None) -> Attempts:
    begun = Attempts(began=kaggle.clock.seconds())
    return wait_for_run(report or RecordedReport(), kaggle, facts(), RUN, begun)


@pytest.mark.parametrize("state", ["COMPLETE", "ERROR", "CANCEL_ACKNOWLEDGED"])
def test_a_push_waits_until_that_very_version_has_ended(
    scripted: ScriptedServer, kaggle: Kaggle, clock: QuickClock, state: str
) -> None:
    scripted.script = steps(QUEUED, RUNNING, RUNNING, reply({"status": state}))
    wait(kaggle)
    assert [seen.call for seen in scripted.seen] == ["GetKernelSessionStatus"] * 4
    assert {seen.json["versionLabel"] for seen in scripted.seen} == {"v3"}
    assert clock.waits == [60.0] * 4


def test_a_run_that_is_gone_has_ended(scripted: ScriptedServer, kaggle: Kaggle) -> None:
    scripted.script = steps(RUNNING, refusal(404, "gone"))
    wait(kaggle)
    assert len(scripted.seen) == 2


def test_it_pauses_before_it_asks(
    scripted: ScriptedServer, kaggle: Kaggle, clock: QuickClock
) -> None:
    """The status of the kernel may lag behind that of its run: each turn is a pause at least."""
    scripted.script = lambda _: DONE
    attempts = wait(kaggle)
    assert clock.waits == [60.0]
    assert attempts.reported == 0.0


def test_it_is_told_now_and_then_and_what_is_waited_for(
    scripted: ScriptedServer, kaggle: Kaggle
) -> None:
    report = RecordedReport()
    scripted.script = steps(*[RUNNING] * 24, DONE)
    wait(kaggle, report)
    what = "ous-sow/trainer version 3 is"
    assert report.notices == [
        f"{what} queued: waiting until it ends, Ctrl-C ends the wait",
        f"{what} running: waiting for 10 min, Ctrl-C ends the wait",
        f"{what} running: waiting for 20 min, Ctrl-C ends the wait",
    ]
    assert report.works[:2] == [
        "push trainer waits for ous-sow/trainer version 3 (queued)",
        "push trainer waits for ous-sow/trainer version 3 (running)",
    ]


def test_it_has_an_end_with_a_refusal(scripted: ScriptedServer, clock: QuickClock) -> None:
    scripted.script = lambda _: RUNNING
    kaggle = connect(scripted.url, Patience(session_wait=600.0), clock)
    with pytest.raises(GuardRefused) as caught:
        wait(kaggle)
    assert caught.value.message == (
        "push of trainer to main refused: ous-sow/trainer version 3 is still running after 10 min"
    )
    assert caught.value.hint == "Nothing was pushed."
    assert sum(clock.waits) == 600.0


def test_the_end_counts_from_the_first_of_several_waits(
    scripted: ScriptedServer, clock: QuickClock
) -> None:
    scripted.script = lambda _: DONE
    kaggle = connect(scripted.url, Patience(session_wait=100.0), clock)
    attempts = Attempts(began=0.0)
    for _ in range(2):
        attempts = wait_for_run(RecordedReport(), kaggle, facts(), RUN, attempts)
    with pytest.raises(GuardRefused, match="still queued after 2 min"):
        wait_for_run(RecordedReport(), kaggle, facts(), RUN, attempts)


def test_a_server_that_fails_for_a_while_does_not_end_the_wait(
    scripted: ScriptedServer, kaggle: Kaggle, clock: QuickClock
) -> None:
    least = kaggle.limits.offline
    down = int(least // 60)
    scripted.script = steps(RUNNING, *[refusal(500, "oh")] * down, DONE)
    wait(kaggle)
    assert len(clock.waits) == down + 2


@pytest.mark.parametrize(
    ("answer", "kind"),
    [(refusal(500, "oh"), KaggleError), (refusal(400, "no"), RequestRejected)],
)
def test_a_server_that_fails_for_too_long_or_refuses_ends_it(
    scripted: ScriptedServer, kaggle: Kaggle, clock: QuickClock, answer: Answer, kind: type
) -> None:
    scripted.script = lambda _: answer
    with pytest.raises(kind):
        wait(kaggle)
    is_final = kind is RequestRejected
    assert clock.now == 60.0 if is_final else clock.now > kaggle.limits.offline


def test_a_server_that_is_away_for_too_long_ends_it(clock: QuickClock) -> None:
    kaggle = connect(dead_url(), PATIENCE, clock)
    with pytest.raises(ServerUnreachable):
        wait(kaggle)
    assert clock.now > kaggle.limits.offline


def test_ctrl_c_ends_it(kaggle: Kaggle, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(kaggle.clock, "wait", interrupted)
    with pytest.raises(Interrupted, match="nothing was pushed, and ous-sow/trainer version 3"):
        wait(kaggle)
