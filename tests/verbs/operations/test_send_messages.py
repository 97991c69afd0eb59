"""What a send says, and what the journal keeps of it."""

import json
from dataclasses import replace

import pytest

from nbship.edges.kaggle.client import Kaggle
from nbship.edges.workspace import journal
from nbship.errors import KaggleError, RequestRejected, SourcesDropped
from nbship.model.workspace import Context
from nbship.verbs.operations.push.send import PushRequest, latest_version, send, settle
from nbship.verbs.operations.run import Run
from tests.support.client import METADATA, QuickClock, connect
from tests.support.scripted_server import Answer, ScriptedServer, dead_url, refusal, reply
from tests.support.sending import (
    BUSY,
    ORDER,
    OTHERS,
    PATIENCE,
    TEXT,
    Server,
    failed,
    intended,
    notices,
    over,
    run,
    second,
    states,
    taken_but,
)
from tests.support.servers import KERNEL

# --- the messages ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "base", "id_no", "hint"),
    [
        (reply({"error": "Notebook not found"}), 0, None, "push under a new id"),
        (reply({"error": "Notebook not found"}), 1, None, "does not exist any more"),
        (reply({"error": "Notebook not found"}), 1, 7, "id_no = 7 takes precedence"),
        (reply({"error": "Maximum weekly GPU quota of 30.00 hours reached."}), 1, None,
         "renewed on 2026-11-28 00:00 UTC"),
        (refusal(409, "The requested title is already in use"), 1, None,
         "That kernel is awa/old-one."),
        (refusal(400, "what?"), 1, None, "Try again"),
    ],
)  # fmt: skip
def test_a_refusal_says_what_to_do_in_this_case(
    server: Server, kaggle: Kaggle, context: Context, answer: Answer, base: int, id_no: int | None,
    hint: str,
) -> None:  # fmt: skip
    server.saves = [answer]
    with pytest.raises(RequestRejected) as error:
        send(
            Run(context, over(kaggle), intended(context, base)),
            PushRequest(METADATA | {"id_no": id_no}, TEXT),
        )
    assert hint in error.value.hint
    assert states(context) == ["intended", "refused"]


def test_advice_that_cannot_be_had_is_done_without(
    scripted: ScriptedServer, context: Context
) -> None:
    answers = {"SaveKernel": reply({"error": "Maximum weekly GPU quota of 30.00 hours reached."})}
    scripted.script = lambda seen: answers.get(seen.call, refusal(403, "no"))
    with pytest.raises(RequestRejected) as error:
        send(run(context, connect(scripted.url, PATIENCE)), ORDER)
    assert "Saturday, 00:00 UTC" in error.value.hint


def test_dropped_sources_fail_and_the_version_is_recorded(
    server: Server, kaggle: Kaggle, context: Context
) -> None:
    server.saves = [reply({"versionNumber": 2, "invalidDatasetSources": ["awa/voices"]})]
    with pytest.raises(SourcesDropped, match="Kaggle dropped dataset 'awa/voices'") as error:
        send(run(context, kaggle), ORDER)
    assert "not ready" in error.value.hint
    [record] = journal.read(context.workspace)
    assert (record.state, record.version) == ("pushed", 2)


def test_an_unknown_keyword_is_a_notice(server: Server, kaggle: Kaggle, context: Context) -> None:
    server.saves = [reply({"versionNumber": 2, "invalidTags": ["speach"]})]
    record = send(run(context, kaggle), ORDER)
    assert record.version == 2
    [notice] = context.report.notices  # type: ignore[attr-defined]
    assert "speach" in notice
    assert notice.endswith("the version does not have them")


# --- what the journal keeps, and the words --------------------------------------------------------


def noted(context: Context) -> list[tuple[str, int | None, str]]:
    """Return the state, the version and the message of each line of the journal."""
    lines = context.workspace.path(context.workspace.layout.journal).read_text().splitlines()
    entries = map(json.loads, lines)
    return [(entry["state"], entry["version"], entry["message"]) for entry in entries]


def last_of(context: Context) -> tuple[str, int | None, str]:
    """Return the state, the version and the message of the last line of the journal."""
    return noted(context)[-1]


def test_a_push_that_is_settled_is_recorded_with_its_version(
    server: Server, scripted: ScriptedServer, kaggle: Kaggle, context: Context
) -> None:
    server.versions.append(TEXT)
    settled = settle(run(context, kaggle))
    assert (settled.version, states(context)) == (2, ["intended", "pushed"])
    assert last_of(context) == ("pushed", 2, "")
    assert journal.read(context.workspace) == (settled.record,)
    assert scripted.seen[0].call == "GetKernelSessionStatus"


def test_a_kernel_that_was_new_has_no_run_to_ask_for(
    server: Server, scripted: ScriptedServer, kaggle: Kaggle, context: Context
) -> None:
    server.versions = [TEXT]
    assert settle(run(context, kaggle, 0)).version == 1
    assert {seen.call for seen in scripted.seen} == {"GetKernel"}


@pytest.mark.parametrize("answer", [reply(b"", 429), reply(b"", 503)])
def test_a_version_that_appears_before_the_next_save_is_recorded(
    server: Server, kaggle: Kaggle, context: Context, answer: Answer
) -> None:
    stale = reply({"metadata": {"currentVersionNumber": 1}, "blob": {"source": OTHERS}})
    server.saves, server.questions = [taken_but(answer)], [stale] * len(PATIENCE.looks)
    if answer == reply(b"", 429):
        server.questions = []
    sent = send(run(context, kaggle), ORDER)
    assert (sent.version, last_of(context)) == (2, ("pushed", 2, sent.record.message))
    assert states(context)[-2:] in (["refused", "pushed"], ["failed", "pushed"])


def test_a_kernel_that_was_there_and_is_not_is_a_reason_to_wait(
    server: Server, kaggle: Kaggle
) -> None:
    server.versions = []
    assert latest_version(kaggle, KERNEL, was_there=False) == 0
    with pytest.raises(KaggleError) as caught:
        latest_version(kaggle, KERNEL, was_there=True)
    assert caught.value.message == (
        "the local Kaggle had awa/tiny-kernel before, and does not find it now"
    )
    assert caught.value.hint == "Try again later."


def test_a_lost_save_says_that_the_next_push_looks_first(
    server: Server, kaggle: Kaggle, context: Context
) -> None:
    server.saves = [refusal(500, "oh")]
    message, hint = failed(run(context, kaggle))
    assert message.endswith(": oh; the version is not there so far")
    assert hint == "The next push searches for it first: doit push:tiny"
    server.saves, server.questions = [refusal(500, "oh")], [refusal(401, "no")] * 9
    message, hint = failed(second(context, kaggle))
    assert hint == "The version may be there. The next push searches for it first: doit push:tiny"
    state, version, lost = last_of(context)
    assert (state, version) == ("unknown", None)
    assert message.startswith(f"{lost}; the search for the version failed: ")


def test_a_server_that_stays_busy_says_that_nothing_was_pushed(
    server: Server, kaggle: Kaggle, context: Context, clock: QuickClock
) -> None:
    server.saves = [reply(b"", 503)] * 9
    message, hint = failed(run(context, kaggle))
    *_, (state, _, lost), _ = noted(context)
    assert state == "unknown"
    assert message == f"{lost}; the server has no version of it: nothing was pushed"
    assert hint == "Try again."
    assert last_of(context) == ("failed", None, message)
    assert [wait for wait in clock.waits if wait in PATIENCE.saves] == list(PATIENCE.saves)


def test_somebody_elses_push_is_told_with_what_to_do(
    server: Server, kaggle: Kaggle, context: Context
) -> None:
    def save(server: Server) -> Answer:
        server.versions.append(OTHERS)
        return refusal(429, "slow")

    server.saves = [save]
    message, hint = failed(run(context, kaggle))
    assert "(429): slow; meanwhile another push made version 2 of awa/tiny-kernel" in message
    assert hint == "Nothing was pushed from here. Look at that version, then push again."


def test_keywords_that_kaggle_does_not_know_are_noted(
    server: Server, kaggle: Kaggle, context: Context
) -> None:
    server.saves = [reply({"versionNumber": 2, "invalidTags": ["speach", "vioce"]})]
    send(run(context, kaggle), ORDER)
    message = "Kaggle does not know the keywords speach, vioce"
    assert last_of(context) == ("pushed", 2, message)
    assert notices(context) == [f"{message}: the version does not have them"]


def test_dropped_sources_are_noted(server: Server, kaggle: Kaggle, context: Context) -> None:
    server.saves = [reply({"versionNumber": 2, "invalidDatasetSources": ["awa/voices"]})]
    message, _ = failed(run(context, kaggle))
    assert last_of(context) == ("pushed", 2, message)


@pytest.mark.parametrize(
    ("answer", "state"),
    [(refusal(400, "what?"), "refused"), (BUSY, "refused")],
)
def test_a_refusal_is_noted_in_its_words(
    server: Server, kaggle: Kaggle, context: Context, answer: Answer, state: str
) -> None:
    server.saves = [answer]
    message, _ = failed(run(context, kaggle))
    assert last_of(context) == (state, None, message)


def test_where_nobody_answers_it_is_noted(context: Context, clock: QuickClock) -> None:
    message, _ = failed(run(context, connect(dead_url(), PATIENCE, clock)))
    assert last_of(context) == ("failed", None, message)


@pytest.mark.parametrize(
    ("kernels", "message"),
    [
        ([], ""),
        ([("/awa/other", "Another Title")], ""),
        ([("/awa/other", "Another Title"), ("/awa/first", "TINY Kernel"), ("awa/b", "Tiny kernel")],
         " That kernel is awa/first."),
    ],
)  # fmt: skip
def test_the_kernel_that_has_the_title_is_named(
    scripted: ScriptedServer,
    kaggle: Kaggle,
    context: Context,
    kernels: list[tuple[str, str]],
    message: str,
) -> None:
    listed = [{"ref": ref, "title": title} for ref, title in kernels]
    answers = {
        "SaveKernel": refusal(409, "The requested title is already in use"),
        "ListKernels": reply({"kernels": listed}),
    }
    scripted.script = lambda seen: answers[seen.call]
    _, hint = failed(run(context, kaggle))
    assert hint == (
        "Another of your notebooks has this title, or an id made from it: choose another title "
        f"and the id that matches it.{message}"
    )


def test_what_is_sent_is_the_request_and_whether_it_runs(
    scripted: ScriptedServer, kaggle: Kaggle, context: Context
) -> None:
    send(run(context, kaggle), replace(ORDER, runs=False))
    send(second(context, kaggle), ORDER)
    quiet, running = (seen.json for seen in scripted.seen if seen.call == "SaveKernel")
    assert (quiet["text"], quiet["kernelExecutionType"]) == (TEXT, "QUICK_SAVE")
    assert running.get("kernelExecutionType") != "QUICK_SAVE"
