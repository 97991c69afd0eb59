"""Tests of send: an artifact is sent once; what is sent again, when, and with which message."""

import pytest

from nbship.edges.kaggle.client import Kaggle
from nbship.edges.workspace import journal
from nbship.errors import OutcomeUnknown, RequestRejected, ServerUnreachable
from nbship.model.workspace import Context
from nbship.verbs.operations.push.send import send, settle, settle_before
from nbship.verbs.operations.run import Run
from tests.support.client import QuickClock, connect
from tests.support.scripted_server import CUT, Answer, ScriptedServer, dead_url, refusal, reply
from tests.support.sending import (
    ORDER,
    OTHERS,
    PATIENCE,
    TEXT,
    Server,
    intended,
    over,
    run,
    saves,
    second,
    states,
    taken_but,
)


@pytest.mark.parametrize(
    "answer",
    [refusal(500, "oh"), reply(b"", 503), reply(b"", 504), reply({}), reply(b"<html>"), CUT, b""],
)
def test_a_lost_save_that_happened_is_found_and_never_repeated(
    server: Server, scripted: ScriptedServer, kaggle: Kaggle, context: Context, answer: Answer
) -> None:
    server.saves = [taken_but(answer)]
    assert send(run(context, kaggle), ORDER).version == 2
    assert saves(scripted) == 1
    assert states(context) == ["intended", "unknown", "pushed"]


def test_what_kaggle_shows_may_lag_behind(
    server: Server, scripted: ScriptedServer, kaggle: Kaggle, context: Context, clock: QuickClock
) -> None:
    stale = reply({"metadata": {"currentVersionNumber": 1}, "blob": {"source": OTHERS}})
    server.saves, server.questions = [taken_but(CUT)], [stale, stale]
    assert send(run(context, kaggle), ORDER).version == 2
    assert clock.waits == list(PATIENCE.looks)
    assert saves(scripted) == 1


@pytest.mark.parametrize("answer", [refusal(500, "oh"), reply(b"", 504), reply({}), CUT])
def test_a_lost_save_that_is_not_there_stays_open_until_a_later_version_tells(
    server: Server, scripted: ScriptedServer, kaggle: Kaggle, context: Context, answer: Answer
) -> None:
    """The save may still arrive, or Kaggle may show it late, so it is not repeated."""
    server.saves = [answer]
    with pytest.raises(OutcomeUnknown, match="the version is not there so far") as error:
        send(run(context, kaggle), ORDER)
    assert "doit push:tiny" in error.value.hint
    assert saves(scripted) == 1
    assert states(context) == ["intended", "unknown"]
    [record] = journal.read(context.workspace)
    assert settle(Run(context, over(kaggle), record)).record is record
    later = send(second(context, kaggle), ORDER)
    [settled] = settle_before(later)
    assert (settled.record.id, settled.record.state, settled.record.version) == (
        "r1",
        "failed",
        None,
    )


def test_a_lost_save_that_shows_late_is_settled_by_the_push_after_it(
    server: Server, kaggle: Kaggle, context: Context
) -> None:
    stale = reply({"metadata": {"currentVersionNumber": 1}, "blob": {"source": OTHERS}})
    server.saves, server.questions = [taken_but(CUT)], [stale] * len(PATIENCE.looks)
    with pytest.raises(OutcomeUnknown):
        send(run(context, kaggle), ORDER)
    later = send(second(context, kaggle), ORDER)
    assert later.version == 3
    [settled] = settle_before(later)
    assert (settled.record.id, settled.record.state, settled.record.version) == ("r1", "pushed", 2)
    assert settle_before(later) == ()


@pytest.mark.parametrize(
    ("versions", "state", "version"),
    [
        ([OTHERS, OTHERS, TEXT], "failed", None),
        ([OTHERS, TEXT, OTHERS, TEXT], "pushed", 2),
        ([OTHERS, OTHERS, TEXT, TEXT], "pushed", 3),
        ([OTHERS, TEXT, TEXT, TEXT], "pushed", 3),  # the newest before the later push's
    ],
)
def test_only_a_version_with_the_same_cells_settles_a_lost_save(
    server: Server,
    kaggle: Kaggle,
    context: Context,
    versions: list[str],
    state: str,
    version: int | None,
) -> None:
    later = run(context, kaggle).changed(id="r2", state="pushed", version=len(versions))
    journal.write(context.workspace, later.record)
    server.versions = versions
    [settled] = settle_before(later)
    assert settled.record.id == "r1"
    assert (settled.record.state, settled.record.version) == (state, version)


def test_what_cannot_be_read_yet_settles_nothing(
    server: Server, kaggle: Kaggle, context: Context
) -> None:
    open_one = intended(context)
    later = Run(context, over(kaggle), open_one).changed(id="r2", state="pushed", version=3)
    server.questions = [refusal(404, "no such version")]
    server.versions = [OTHERS, TEXT, TEXT]
    journal.write(context.workspace, later.record)
    assert settle_before(later) == ()
    assert states(context) == ["intended", "pushed"]


@pytest.mark.parametrize(
    ("answer", "between"),
    [(reply(b"", 429), ["refused"]), (reply(b"", 503), ["unknown", "failed"])],
)
def test_a_busy_server_is_asked_again_after_a_look(
    server: Server,
    scripted: ScriptedServer,
    kaggle: Kaggle,
    context: Context,
    answer: Answer,
    between: list[str],
) -> None:
    server.saves = [answer, answer]
    assert send(run(context, kaggle), ORDER).version == 2
    assert states(context) == ["intended", *between, "intended", *between, "intended", "pushed"]
    calls = [seen.call for seen in scripted.seen]
    for number, call in enumerate(calls[1:], 1):
        assert call != "SaveKernel" or calls[number - 1] == "GetKernel"
    assert len(context.report.notices) == 2  # type: ignore[attr-defined]


def test_a_refusal_that_was_none_is_found_before_it_is_tried_again(
    server: Server, scripted: ScriptedServer, kaggle: Kaggle, context: Context
) -> None:
    server.saves = [taken_but(reply(b"", 429))]
    assert send(run(context, kaggle), ORDER).version == 2
    assert saves(scripted) == 1


@pytest.mark.parametrize("answer", [CUT, reply(b"", 503), reply(b"", 504), refusal(500, "oh")])
@pytest.mark.parametrize("base", [1, 4])
@pytest.mark.parametrize(
    "lie",
    [
        (refusal(401, "no"), r"\(401\): no"),
        (refusal(403, "no"), "awa/tiny-kernel before, and does not find it now"),
        (refusal(404, "no"), "awa/tiny-kernel before, and does not find it now"),
    ],
)
def test_who_cannot_look_does_not_know(
    server: Server,
    scripted: ScriptedServer,
    kaggle: Kaggle,
    context: Context,
    answer: Answer,
    base: int,
    lie: tuple[Answer, str],
) -> None:
    """If the kernel existed before and no longer does, the outcome is unknown, too."""
    question, words = lie
    server.versions = [OTHERS] * base
    server.saves, server.questions = [taken_but(answer)], [question] * 9
    with pytest.raises(
        OutcomeUnknown, match=f"; the search for the version failed: .*{words}"
    ) as error:
        send(run(context, kaggle, base), ORDER)
    assert error.value.hint.startswith("The version may be there. ")
    assert "doit push:tiny" in error.value.hint
    assert saves(scripted) == 1
    assert states(context) == ["intended", "unknown"]
    server.questions = []
    [record] = journal.read(context.workspace)
    assert settle(Run(context, over(kaggle), record)).version == base + 1


def test_a_kernel_that_is_new_and_not_there_after_a_busy_answer_is_sent_again(
    server: Server, scripted: ScriptedServer, kaggle: Kaggle, context: Context
) -> None:
    server.versions, server.saves = [], [reply(b"", 503)]
    assert send(run(context, kaggle, 0), ORDER).version == 1
    assert saves(scripted) == 2
    assert states(context) == ["intended", "unknown", "failed", "intended", "pushed"]


@pytest.mark.parametrize("base", [0, 1, 4])
@pytest.mark.parametrize("answer", [reply(b"", 429), reply(b"", 503), CUT])
def test_a_save_that_happened_is_found_whatever_version_it_made(
    server: Server,
    scripted: ScriptedServer,
    kaggle: Kaggle,
    context: Context,
    answer: Answer,
    base: int,
) -> None:
    server.versions, server.saves = [OTHERS] * base, [taken_but(answer)]
    assert send(run(context, kaggle, base), ORDER).version == base + 1
    assert saves(scripted) == 1


def test_who_cannot_look_does_not_try_again(
    server: Server, scripted: ScriptedServer, kaggle: Kaggle, context: Context
) -> None:
    server.saves, server.questions = [reply(b"", 429)], [refusal(401, "no")]
    with pytest.raises(RequestRejected, match=r"\(429\)"):
        send(run(context, kaggle), ORDER)
    assert saves(scripted) == 1


def test_where_nobody_answers_nothing_is_pushed(context: Context, clock: QuickClock) -> None:
    with pytest.raises(ServerUnreachable):
        send(run(context, connect(dead_url(), PATIENCE, clock)), ORDER)
    assert states(context) == ["intended", "failed"]


def test_a_kernel_that_was_deleted_settles_what_was_open(
    server: Server, kaggle: Kaggle, context: Context
) -> None:
    server.versions = []
    record = intended(context)
    assert settle(Run(context, over(kaggle), record)).record.state == "intended"
    later = send(Run(context, over(kaggle), record).changed(id="r2", base_version=0), ORDER)
    assert later.version == 1
    assert [one.record.state for one in settle_before(later)] == ["failed"]
