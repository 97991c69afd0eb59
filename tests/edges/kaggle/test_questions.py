"""Requests that change nothing: repeated within a deadline, whatever the server answers."""

import time
from collections.abc import Callable

import pytest

from nbship.core.kaggle.retry_policy import Patience
from nbship.edges.kaggle.client import Kaggle
from nbship.edges.kaggle.credentials import Credentials
from nbship.edges.kaggle.session import Server
from nbship.errors import KaggleError, RequestRejected, ServerUnreachable
from nbship.model.run import Allowance, KernelEntry, ListedFile, Quota, RemoteKernel, RunStatus
from tests.support.client import QuickClock, connect
from tests.support.scripted_server import (
    CUT,
    Answer,
    Script,
    ScriptedServer,
    dead_url,
    refusal,
    reply,
    steps,
)
from tests.support.servers import CANARY, KERNEL, SECRET, check_words

QUESTIONS: dict[str, Callable[[Kaggle], object]] = {
    "GetKernel": lambda kaggle: kaggle.get(KERNEL, 2),
    "GetKernelSessionStatus": lambda kaggle: kaggle.status(KERNEL, 2),
    "ListKernelSessionOutput": lambda kaggle: kaggle.outputs(KERNEL, 2),
}


@pytest.fixture(params=QUESTIONS)
def question(request: pytest.FixtureRequest) -> Callable[[Kaggle], object]:
    return QUESTIONS[request.param]


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_names_its_version(scripted: ScriptedServer, kaggle: Kaggle, name: str) -> None:
    scripted.script = lambda _: reply({"metadata": {"currentVersionNumber": 2}, "blob": {}})
    QUESTIONS[name](kaggle)
    [seen] = scripted.seen
    assert seen.call == name
    asked = {key: value for key, value in seen.json.items() if key != "pageSize"}
    assert asked == {"userName": "awa", "kernelSlug": "tiny-kernel", "versionLabel": "v2"}
    assert CANARY not in str(seen)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (refusal(400, "no"), "Kaggle says (400): no"),
        (refusal(401, "no"), "Kaggle says (401): no"),
        (refusal(429, "slowly"), "Kaggle says (429): slowly"),
        (refusal(500, "oh"), "Kaggle says (500): oh"),
        (reply(b"", 503), "Kaggle says (503): Words of the status"),
        (reply(b"<html>", 200, "text/html"), "makes no sense"),
        (reply(b""), "makes no sense"),
        (reply(b"", 302, Location="http://192.0.2.1/"), "makes no sense"),
        (reply([]), "makes no sense"),
        (reply(b"null"), "makes no sense"),
        (reply(b"[" * 100_000), "makes no sense"),
        (b"", "broke off the connection"),
        (CUT, "broke off the connection"),
        (reply({"status": "COMPLETE"})[:-5], "broke off the connection"),
        (b"garbage\r\n\r\n", "broke off the connection"),
    ],
)
def test_a_question_with_an_odd_answer_is_one_line(
    scripted: ScriptedServer,
    kaggle: Kaggle,
    question: Callable[[Kaggle], object],
    answer: Answer,
    words: str,
) -> None:
    scripted.script = lambda _: answer
    with pytest.raises(KaggleError) as error:
        question(kaggle)
    is_final = words.startswith(("Kaggle says (400)", "Kaggle says (401)"))
    assert type(error.value) is (RequestRejected if is_final else KaggleError)
    assert words in check_words(error)


@pytest.mark.parametrize("status", [403, 404])
def test_what_is_not_there_is_none(scripted: ScriptedServer, kaggle: Kaggle, status: int) -> None:
    scripted.script = lambda _: refusal(status, "no such kernel")
    assert kaggle.get(KERNEL) is None
    assert kaggle.status(KERNEL) is None
    with pytest.raises(KaggleError, match="no outputs of awa/tiny-kernel version 2") as error:
        kaggle.outputs(KERNEL, 2)
    check_words(error)


def test_a_question_where_nobody_listens(question: Callable[[Kaggle], object]) -> None:
    with pytest.raises(ServerUnreachable) as error:
        question(connect(dead_url()))
    check_words(error)


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(
            lambda scripted: scripted.drip(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"),
            id="drip",
        ),
        pytest.param(lambda scripted: scripted.hang, id="hang"),
        pytest.param(lambda _: lambda _: refusal(500, "oh"), id="500"),
        pytest.param(lambda _: lambda _: reply(b"", 429, Retry_After="1000000000"), id="429"),
        pytest.param(lambda _: lambda _: None, id="reset"),
    ],
)
def test_a_question_ends_at_its_deadline_with_all_its_attempts(
    scripted: ScriptedServer,
    question: Callable[[Kaggle], object],
    script: Callable[[ScriptedServer], Script],
) -> None:
    """The deadline holds for all attempts together, by the real clock."""
    patience = Patience(deadline=0.5, attempt=0.2, attempts=1000, first=0.02, longest=0.1)
    server = Server("local", scripted.url, Credentials("awa", SECRET), uses_proxy=False)
    scripted.script = script(scripted)
    began = time.monotonic()
    with pytest.raises(KaggleError) as error:
        question(Kaggle(server, patience=patience))
    assert time.monotonic() - began < 0.5 + 2
    assert len(scripted.seen) > 1
    check_words(error)


PASSING: list[Answer] = [
    refusal(500, "oh"),
    refusal(408, "slow"),
    reply(b"", 502),
    reply(b"", 503, Retry_After="1"),
    reply({"code": 429, "message": "inside a 200"}),
    reply(b"<html>Sign in</html>", 200, "text/html"),
    reply(b""),
    reply([]),
    reply({"metadata": {"currentVersionNumber": 4}, "blob": {"source": "cells"}})[:-5],
    b"",
    CUT,
]


def test_a_question_is_asked_until_there_is_an_answer(scripted: ScriptedServer) -> None:
    good = reply({"metadata": {"currentVersionNumber": 4}, "blob": {"source": "cells"}})
    clock = QuickClock()
    kaggle = connect(scripted.url, Patience(attempts=20, deadline=1000), clock)
    scripted.script = steps(*PASSING, good)
    assert kaggle.get(KERNEL, 4) == RemoteKernel(KERNEL, 4, "cells")
    assert len(scripted.seen) == len(PASSING) + 1
    assert len({seen.body for seen in scripted.seen}) == 1  # the same version, each time
    assert len(clock.waits) == len(PASSING)
    assert all(wait <= 20 for wait in clock.waits)


@pytest.mark.parametrize("answer", [refusal(400, "no"), refusal(401, "no"), refusal(409, "no")])
def test_what_will_not_pass_is_asked_once(
    scripted: ScriptedServer, kaggle: Kaggle, question: Callable[[Kaggle], object], answer: Answer
) -> None:
    scripted.script = lambda _: answer
    with pytest.raises(KaggleError):
        question(kaggle)
    assert len(scripted.seen) == 1


NOON = "Wed, 25 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("retry_after", "least", "most"),
    [
        ("7", 7, 7),
        ("-7", 0, 1),
        ("1000000000", 20, 20),
        ("Wed, 25 Nov 2026 12:00:09 GMT", 9, 9),
        ("Wed, 25 Nov 2099 12:00:00 GMT", 20, 20),
        ("Wed, 25 Nov 1999 12:00:00 GMT", 0, 1),
        ("soon", 0, 1),
    ],
)
def test_as_long_is_waited_as_the_server_asks_within_reason(
    scripted: ScriptedServer, retry_after: str, least: float, most: float
) -> None:
    """A date is compared with the server's own clock."""
    clock = QuickClock()
    kaggle = connect(scripted.url, Patience(), clock)
    busy = reply(b"", 429, Retry_After=retry_after, Date=NOON)
    scripted.script = steps(busy, reply({"status": "RUNNING"}))
    assert kaggle.status(KERNEL, 2) == RunStatus("running")
    [wait] = clock.waits
    assert least <= wait <= most


def test_a_kernel_is_its_latest_number_and_its_source(
    scripted: ScriptedServer, kaggle: Kaggle
) -> None:
    scripted.script = lambda _: reply({
        "metadata": {"currentVersionNumber": 4, "unheardOf": 1},
        "blob": {"source": "cells"},
        "alsoNew": [],
    })  # fmt: skip
    found = kaggle.get(KERNEL)
    assert found == RemoteKernel(KERNEL, 4, "cells")
    assert found.began == ""
    assert "versionLabel" not in scripted.seen[0].json


def test_a_kernel_tells_when_its_latest_run_began(scripted: ScriptedServer, kaggle: Kaggle) -> None:
    ran = {"currentVersionNumber": 4, "lastRunTime": "2026-11-26T18:00:59.1234567Z"}
    scripted.script = lambda _: reply({"metadata": ran, "blob": {"source": "cells"}})
    found = kaggle.get(KERNEL)
    assert found
    assert found.began == "2026-11-26 18:00 UTC"


@pytest.mark.parametrize(
    "answer",
    [
        {"metadata": {"currentVersionNumber": 4}},
        {"metadata": {"currentVersionNumber": "four"}, "blob": {"source": "x"}},
        {"metadata": {"currentVersionNumber": 4}, "blob": {"source": ["x"]}},
        {"metadata": None, "blob": None},
        {"blob": {"source": "x"}},
        {},
    ],
)
def test_a_kernel_without_its_parts_makes_no_sense(
    scripted: ScriptedServer, kaggle: Kaggle, answer: object
) -> None:
    scripted.script = lambda _: reply(answer)
    with pytest.raises(KaggleError, match="makes no sense") as error:
        kaggle.get(KERNEL)
    check_words(error)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({}, RunStatus("queued")),  # so Kaggle answers of a queued run
        ({"status": "QUEUED"}, RunStatus("queued")),
        ({"status": "NEW_SCRIPT"}, RunStatus("queued")),
        ({"status": "RUNNING"}, RunStatus("running")),
        ({"status": "running"}, RunStatus("running")),
        ({"status": "COMPLETE", "failureMessage": None}, RunStatus("complete")),
        ({"status": "ERROR", "failureMessage": "boom"}, RunStatus("error", "boom")),
        ({"status": "CANCEL_REQUESTED"}, RunStatus("cancelling")),
        ({"status": "CancelAcknowledged"}, RunStatus("cancelled")),
    ],
)
def test_the_status_of_a_run(
    scripted: ScriptedServer, kaggle: Kaggle, answer: object, expected: RunStatus
) -> None:
    scripted.script = lambda _: reply(answer)
    assert kaggle.status(KERNEL, 2) == expected


@pytest.mark.parametrize("status", ["EXPLODED", 99, [], {}, True])
def test_a_status_that_nobody_knows_makes_no_sense(
    scripted: ScriptedServer, kaggle: Kaggle, status: object
) -> None:
    scripted.script = lambda _: reply({"status": status})
    with pytest.raises(KaggleError, match="makes no sense") as error:
        kaggle.status(KERNEL, 2)
    check_words(error)


# --- lists, the quota, and what is done to a kernel ---------------------------------------------


def test_my_kernels_are_all_pages(scripted: ScriptedServer, kaggle: Kaggle) -> None:
    scripted.script = steps(
        reply({"kernels": [{"ref": "awa/one", "title": "One"}], "nextPageToken": "2"}),
        reply({"kernels": [{"ref": "awa/two", "title": "Two"}]}),
    )
    assert kaggle.mine() == (KernelEntry("awa/one", "One"), KernelEntry("awa/two", "Two"))
    assert [seen.json["group"] for seen in scripted.seen] == ["PROFILE", "PROFILE"]
    assert scripted.seen[1].json["pageToken"] == "2"


def test_files_are_those_of_a_version(scripted: ScriptedServer, kaggle: Kaggle) -> None:
    scripted.script = lambda _: reply({"files": [{"name": "a/b.txt", "size": 934}]})
    assert kaggle.files(KERNEL, 2) == (ListedFile("a/b.txt", 934),)
    assert scripted.seen[0].json["versionLabel"] == "v2"


def test_a_list_that_is_refused_or_has_no_end_is_one_line(
    scripted: ScriptedServer, kaggle: Kaggle
) -> None:
    scripted.script = lambda _: refusal(403, "no")
    with pytest.raises(KaggleError, match="does not list your kernels") as error:
        kaggle.mine()
    check_words(error)
    scripted.script = lambda _: reply({"kernels": [], "nextPageToken": "again"})
    with pytest.raises(KaggleError, match="the list of your kernels does not terminate"):
        kaggle.mine()


def test_the_quota_is_what_is_left_of_the_week(scripted: ScriptedServer, kaggle: Kaggle) -> None:
    scripted.script = lambda _: reply({
        "quotaRefreshTime": "2026-11-28T00:00:00Z",
        "gpuQuota": {"timeUsed": "5400.500s", "timeReserved": "0s", "totalTimeAllowed": "108000s"},
        "tpuQuota": {},
    })  # fmt: skip
    assert kaggle.quota() == Quota("2026-11-28 00:00 UTC", Allowance(5400.5, 0, 108_000), None)
    scripted.script = lambda _: reply({})
    assert kaggle.quota() == Quota("", None, None)
    scripted.script = lambda _: refusal(403, "no")
    with pytest.raises(KaggleError, match="does not report your quota"):
        kaggle.quota()


def test_a_kernel_is_deleted_and_a_session_cancelled_once(
    scripted: ScriptedServer, kaggle: Kaggle
) -> None:
    kaggle.delete(KERNEL)
    kaggle.cancel(77)
    assert [(seen.call, seen.json) for seen in scripted.seen] == [
        ("DeleteKernel", {"userName": "awa", "kernelSlug": "tiny-kernel"}),
        ("CancelKernelSession", {"kernelSessionId": 77}),
    ]


@pytest.mark.parametrize("order", [lambda k: k.delete(KERNEL), lambda k: k.cancel(77)])
def test_what_is_not_done_is_told(
    scripted: ScriptedServer, kaggle: Kaggle, order: Callable[[Kaggle], None]
) -> None:
    """Kaggle reports it with status 200, which the stock command line takes for a success."""
    scripted.script = lambda _: reply({"errorMessage": "Not\nyours"})
    with pytest.raises(KaggleError, match=r"was not (deleted|cancelled): Not yours"):
        order(kaggle)
    scripted.script = lambda _: refusal(500, "oh")
    with pytest.raises(KaggleError, match=r"\(500\): oh"):
        order(kaggle)
    assert len(scripted.seen) == 2
