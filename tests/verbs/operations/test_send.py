"""Tests of send: an artifact is sent once; what is sent again, when, and with which message."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from nbship.core.kaggle.retry_policy import Patience
from nbship.core.source.nbjson import cells_digest
from nbship.edges.kaggle.client import Kaggle
from nbship.edges.workspace import journal
from nbship.errors import (
    KaggleError,
    OutcomeUnknown,
    RequestRejected,
    ServerUnreachable,
    SourcesDropped,
)
from nbship.model.push import Record
from nbship.model.target import BUILT_IN
from nbship.model.workspace import Context, Workspace
from nbship.verbs.operations.run import Connection, Run
from nbship.verbs.operations.send import (
    PushRequest,
    latest_version,
    send,
    settle,
    settle_before,
)
from tests.support.client import METADATA, QuickClock, connect
from tests.support.report import RecordedReport
from tests.support.scripted_server import (
    CUT,
    Answer,
    ScriptedServer,
    Seen,
    dead_url,
    refusal,
    reply,
    serving_script,
)
from tests.support.servers import KERNEL

TEXT = json.dumps({"cells": [{"cell_type": "code", "source": "print('mine')"}]})
OTHERS = json.dumps({"cells": [{"cell_type": "code", "source": "print('yours')"}]})
BUSY = reply({"error": "Maximum batch GPU session count of 2 reached."})
PATIENCE = Patience(save=1.0)
OF_THE_ACCOUNT = {
    "ListKernels": reply({"kernels": [{"ref": "/awa/old-one", "title": "TINY Kernel"}]}),
    "GetAcceleratorQuotaStatistics": reply({"quotaRefreshTime": "2026-11-28T00:00:00Z"}),
}


@dataclass
class Server:
    """A scripted Kaggle: its versions, its answers to saves, and false later answers."""

    versions: list[str] = field(default_factory=lambda: [OTHERS])
    saves: list[Answer | Callable[["Server"], Answer]] = field(default_factory=list)
    questions: list[Answer] = field(default_factory=list)  # lies, before the truth

    def __call__(self, seen: Seen) -> Answer:
        """Answer a request."""
        if seen.call == "SaveKernel":
            answer = self.saves.pop(0) if self.saves else taken
            return answer(self) if callable(answer) else answer
        if seen.call in OF_THE_ACCOUNT:
            return OF_THE_ACCOUNT[seen.call]
        if self.questions:
            return self.questions.pop(0)
        if not self.versions:
            return refusal(404, "no such kernel")
        if seen.call == "GetKernelSessionStatus":
            return reply({"status": "COMPLETE"})
        number = int(seen.json.get("versionLabel", f"v{len(self.versions)}")[1:])
        metadata = {"currentVersionNumber": len(self.versions)}
        return reply({"metadata": metadata, "blob": {"source": self.versions[number - 1]}})


def taken(server: Server) -> Answer:
    """Make the version, and answer with it."""
    server.versions.append(TEXT)
    return reply({"versionNumber": len(server.versions), "url": "https://example.org/v"})


def taken_but(answer: Answer) -> Callable[[Server], Answer]:
    """Make the version, and send another answer."""

    def save(server: Server) -> Answer:
        server.versions.append(TEXT)
        return answer

    return save


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def scripted(server: Server) -> Iterator[ScriptedServer]:
    with serving_script(server) as scripted:
        yield scripted


@pytest.fixture
def clock() -> QuickClock:
    return QuickClock()


@pytest.fixture
def kaggle(scripted: ScriptedServer, clock: QuickClock) -> Kaggle:
    return connect(scripted.url, PATIENCE, clock)


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(Workspace(tmp_path, tmp_path / "inputs"), {}, RecordedReport())


def intended(context: Context, base: int = 1) -> Record:
    """Return a push whose intent is in the journal."""
    record = Record(
        id="r1", state="intended", at="", name="tiny", target="main", server="local",
        kernel=KERNEL, digest="d", cells=cells_digest(TEXT), commit=None, base_version=base,
        overrides=(), line_map=(),
    )  # fmt: skip
    return journal.write(context.workspace, record)


def over(kaggle: Kaggle) -> Connection:
    return Connection(BUILT_IN["main"], kaggle)


def run(context: Context, kaggle: Kaggle, base: int = 1) -> Run:
    """Return the run of a push whose intent is in the journal."""
    return Run(context, over(kaggle), intended(context, base))


def second(context: Context, kaggle: Kaggle) -> Run:
    """Return the run of another push of the same cells."""
    return Run(context, over(kaggle), replace(intended(context), id="r2"))


def states(context: Context) -> list[str]:
    """Return all states in the journal, in order."""
    lines = context.workspace.path(context.workspace.layout.journal).read_text().splitlines()
    return [json.loads(line)["state"] for line in lines]


def saves(scripted: ScriptedServer) -> int:
    return sum(seen.call == "SaveKernel" for seen in scripted.seen)


ORDER = PushRequest(METADATA | {"id_no": None}, TEXT)
WAITING = PushRequest(METADATA | {"id_no": None}, TEXT, waits=True)


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


def notices(context: Context) -> list[str]:
    return context.report.notices  # type: ignore[attr-defined, no-any-return]


def failed(push: Run, request: PushRequest = ORDER) -> tuple[str, str]:
    """Return the message and the hint of a push that fails."""
    with pytest.raises(KaggleError) as caught:
        send(push, request)
    return caught.value.message, caught.value.hint


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


def test_the_wait_for_a_busy_server_is_told_with_how_to_end_it(
    server: Server, kaggle: Kaggle, context: Context
) -> None:
    server.saves = [refusal(429, "slow")]
    send(run(context, kaggle), ORDER)
    (notice,) = notices(context)
    assert notice.endswith("(429): slow: again in 10 s, Ctrl-C ends the wait")


def test_what_is_sent_is_the_request_and_whether_it_runs(
    scripted: ScriptedServer, kaggle: Kaggle, context: Context
) -> None:
    send(run(context, kaggle), replace(ORDER, runs=False))
    send(second(context, kaggle), ORDER)
    quiet, running = (seen.json for seen in scripted.seen if seen.call == "SaveKernel")
    assert (quiet["text"], quiet["kernelExecutionType"]) == (TEXT, "QUICK_SAVE")
    assert running.get("kernelExecutionType") != "QUICK_SAVE"
