"""The waits of a send: for a session, and for a busy server; Ctrl-C leaves nothing open."""

import pytest

from nbship.core.kaggle.retry_policy import Patience
from nbship.edges.kaggle.client import Kaggle
from nbship.errors import KaggleError, RequestRejected
from nbship.model.workspace import Context
from nbship.verbs.operations.push.send import PushRequest, send
from tests.support.client import METADATA, QuickClock, connect
from tests.support.scripted_server import Answer, ScriptedServer, refusal, reply
from tests.support.sending import (
    BUSY,
    ORDER,
    OTHERS,
    PATIENCE,
    TEXT,
    Server,
    notices,
    run,
    saves,
    states,
)

WAITING = PushRequest(METADATA | {"id_no": None}, TEXT, waits=True)


def test_a_busy_server_is_left_alone_after_a_few_times(
    server: Server, scripted: ScriptedServer, kaggle: Kaggle, context: Context, clock: QuickClock
) -> None:
    server.saves = [reply(b"", 429)] * 9
    with pytest.raises(RequestRejected, match=r"\(429\)"):
        send(run(context, kaggle), ORDER)
    assert saves(scripted) == 3
    assert clock.waits == list(PATIENCE.saves)
    assert states(context)[-1] == "refused"
    assert server.versions == [OTHERS]


@pytest.mark.parametrize(("retry_after", "count"), [("25", 2), ("3600", 1), ("-1", 2)])
def test_a_busy_server_says_for_how_long(
    server: Server,
    scripted: ScriptedServer,
    kaggle: Kaggle,
    context: Context,
    retry_after: str,
    count: int,
) -> None:
    server.saves = [reply(b"", 429, Retry_After=retry_after)]
    if count == 1:
        with pytest.raises(RequestRejected):
            send(run(context, kaggle), ORDER)
    else:
        assert send(run(context, kaggle), ORDER).version == 2
    assert saves(scripted) == count


@pytest.mark.parametrize("answer", [reply(b"", 429), reply(b"", 503)])
def test_somebody_elses_push_meanwhile_is_not_covered_over(
    server: Server, scripted: ScriptedServer, kaggle: Kaggle, context: Context, answer: Answer
) -> None:
    def save(server: Server) -> Answer:
        server.versions.append(OTHERS)
        return answer

    server.saves = [save]
    with pytest.raises(
        KaggleError, match="meanwhile another push made version 2 of awa/tiny-kernel"
    ):
        send(run(context, kaggle), ORDER)
    assert saves(scripted) == 1


# --- waiting for a session ---------------------------------------------------------------------


def test_without_being_told_to_nobody_waits_for_a_session(
    server: Server, scripted: ScriptedServer, kaggle: Kaggle, context: Context
) -> None:
    server.saves = [BUSY]
    with pytest.raises(RequestRejected, match="session count of 2 reached") as error:
        send(run(context, kaggle), ORDER)
    assert "--wait" in error.value.hint
    assert saves(scripted) == 1


def test_who_waits_gets_a_session_and_hears_of_it_now_and_then(
    server: Server, scripted: ScriptedServer, kaggle: Kaggle, context: Context, clock: QuickClock
) -> None:
    server.saves = [BUSY] * 25
    assert send(run(context, kaggle), WAITING).version == 2
    assert saves(scripted) == 26
    assert clock.waits == [60.0] * 25
    notices = context.report.notices  # type: ignore[attr-defined]
    assert len(notices) == 3
    assert notices[0].endswith(": waiting until one ends, Ctrl-C ends the wait")
    assert "waiting for 20 min" in notices[2]
    assert "unknown" not in states(context)


def test_a_wait_has_an_end(
    server: Server, kaggle: Kaggle, context: Context, clock: QuickClock
) -> None:
    server.saves = [BUSY] * 10_000
    clock.now = 5.0
    with pytest.raises(RequestRejected, match="session count"):
        send(
            run(context, connect(kaggle.server.endpoint, Patience(session_wait=600), clock)),
            WAITING,
        )
    assert sum(clock.waits) == 600
    assert states(context)[-1] == "refused"


def test_ctrl_c_while_waiting_leaves_nothing_open(
    server: Server, kaggle: Kaggle, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    server.saves = [BUSY]
    monkeypatch.setattr(kaggle.clock, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        send(run(context, kaggle), WAITING)
    assert states(context) == ["intended", "refused"]


def test_the_wait_for_a_busy_server_is_told_with_how_to_end_it(
    server: Server, kaggle: Kaggle, context: Context
) -> None:
    server.saves = [refusal(429, "slow")]
    send(run(context, kaggle), ORDER)
    (notice,) = notices(context)
    assert notice.endswith("(429): slow: again in 10 s, Ctrl-C ends the wait")
    [work] = context.report.works  # type: ignore[attr-defined]
    assert work == f"push tiny waits for {kaggle.name}"
