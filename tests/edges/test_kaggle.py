"""Kaggle's API against a server that lies, drips, hangs up and speaks in tongues."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from nbship.edges import kaggle as kaggles
from nbship.edges.credentials import Credentials
from nbship.edges.kaggle import Kaggle, SourcesDropped
from nbship.edges.network import Server
from nbship.edges.refusals import ServerUnreachable
from nbship.errors import KaggleError, OutcomeUnknown
from nbship.model.run import OutputFile, RemoteKernel, RunStatus, Saved
from tests.edges.liar import CUT, Answer, Liar, dead_url, lying, refusal, reply, steps

SECRET = "the-key-of-the-local-kaggle"  # noqa: S105 - made up
CANARY = "KGAT_0123456789abcdef-of-somebody-else"
KERNEL = "awa/tiny-kernel"
SAVED = {"ref": f"/{KERNEL}", "url": "https://example.org/code", "versionNumber": 3, "kernelId": 7}
METADATA: dict[str, Any] = {
    "id": KERNEL,
    "id_no": 7,
    "title": "Tiny Kernel",
    "language": "python",
    "kernel_type": "notebook",
    "is_private": True,
    "enable_gpu": True,
    "enable_tpu": False,
    "enable_internet": True,
    "dataset_sources": ["awa/voices"],
    "competition_sources": ["titanic"],
    "kernel_sources": ["awa/upstream"],
    "model_sources": ["awa/m/py/v/1"],
    "keywords": ["speech"],
    "docker_image": "gcr.io/image@sha256:1",
    "docker_image_pinning_type": "original",
    "machine_shape": "NvidiaTeslaT4",
}


@pytest.fixture
def liar() -> Iterator[Liar]:
    with lying() as liar:
        yield liar


@pytest.fixture
def kaggle(liar: Liar, monkeypatch: pytest.MonkeyPatch) -> Kaggle:
    # Somebody else's, as a person has them in her shell.
    monkeypatch.setenv("KAGGLE_API_TOKEN", CANARY)
    monkeypatch.setenv("KAGGLE_USERNAME", "somebody")
    monkeypatch.setenv("KAGGLE_KEY", CANARY)
    return connect(liar.url)


def connect(url: str) -> Kaggle:
    return Kaggle(Server("local", url, Credentials("awa", SECRET), uses_proxy=False))


def check_words(error: pytest.ExceptionInfo[KaggleError]) -> str:
    """Return a message after a look whether a person and a terminal may have it."""
    words = error.value.message
    assert words.isprintable(), repr(words)  # one line, no escapes
    assert len(words) < 2000
    for secret in (SECRET, CANARY, "Authorization"):
        assert secret not in words + error.value.hint
    return words


# --- save --------------------------------------------------------------------------------------


def test_a_save_carries_every_key_of_the_metadata_and_our_credentials_alone(
    liar: Liar, kaggle: Kaggle
) -> None:
    liar.script = lambda _: reply(SAVED)
    assert kaggle.save(METADATA, "the text") == Saved(3, "https://example.org/code")
    [seen] = liar.seen
    assert (seen.method, seen.path) == ("POST", "/api/v1/kernels.KernelsApiService/SaveKernel")
    assert seen.json == {
        "id": 7,
        "slug": KERNEL,
        "newTitle": "Tiny Kernel",
        "text": "the text",
        "language": "python",
        "kernelType": "notebook",
        "isPrivate": True,
        "enableGpu": True,
        "enableTpu": False,
        "enableInternet": True,
        "datasetDataSources": ["awa/voices"],
        "competitionDataSources": ["titanic"],
        "kernelDataSources": ["awa/upstream"],
        "modelDataSources": ["awa/m/py/v/1"],
        "categoryIds": ["speech"],
        "dockerImage": "gcr.io/image@sha256:1",
        "dockerImagePinningType": "original",
        "machineShape": "NvidiaTeslaT4",
    }
    # base64 of awa:the-key-of-the-local-kaggle
    assert seen.headers["authorization"] == "Basic YXdhOnRoZS1rZXktb2YtdGhlLWxvY2FsLWthZ2dsZQ=="
    assert seen.headers["user-agent"] == "nbship"
    assert CANARY not in str(seen)


REFUSALS: list[tuple[Answer, str, str]] = [
    (refusal(400, "The title cannot exceed 50 characters"), "(400): The title cannot", "Try again"),
    (refusal(401, "Unauthorized"), "(401): Unauthorized", "make a new API token"),
    (refusal(403, "Permission denied"), "(403): Permission denied", "check its id"),
    (refusal(409, "The requested title is already in use"), "(409): The requested", "another one"),
    (refusal(429, "Too many requests"), "(429): Too many requests", "slow down"),
    (reply(b"<html>no</html>", 404, "text/html"), "(404): Words of the status", "Try again"),
    (reply(["no"], 400), "(400): Words of the status", "Try again"),
    (reply({"error": "no"}, 400), "(400): Words of the status", "Try again"),
    (reply({"code": 400, "message": "said flat"}, 400), "(400): said flat", "Try again"),
    (reply({"code": 400, "message": "inside a 200"}), "(400): inside a 200", "Try again"),
    (reply(b"[" * 100_000, 400, "text/plain"), "(400): Words of the status", "Try again"),
    (refusal(400, "two\nlines\x1b[31m and\x07 bells"), "(400): two lines and bells", ""),
    (refusal(400, "long " * 10_000), "(400): long long", ""),
    (reply({"error": "Maximum batch GPU session count of 2 reached."}), "Maximum batch", "Nothing"),
    (reply({"error": "two\nlines\x1b[0m", "versionNumber": 2}), "says: two lines", "Nothing"),
]


@pytest.mark.parametrize(("answer", "words", "hint"), REFUSALS)
def test_a_save_that_was_declined_is_a_kaggle_error_and_nothing_happened(
    liar: Liar, kaggle: Kaggle, answer: Answer, words: str, hint: str
) -> None:
    liar.script = lambda _: answer
    with pytest.raises(KaggleError) as error:
        kaggle.save(METADATA, "text")
    assert type(error.value) is KaggleError
    assert words in check_words(error)
    assert hint in error.value.hint
    assert len(liar.seen) == 1  # never again without a look


LOST: list[Answer] = [
    refusal(500, "Internal"),
    reply(b"", 502),
    reply(b"<html>bad gateway</html>", 504, "text/html"),
    reply({"code": 500, "message": "inside a 200"}),
    reply(b"<html>hello</html>", 200, "text/html"),
    reply([]),
    reply({}),
    reply("text"),
    reply(5),
    reply(b"null"),
    reply(b""),
    reply(b"{"),
    reply(b"[" * 100_000),
    reply(SAVED | {"versionNumber": 0}),
    reply(SAVED | {"versionNumber": -1}),
    reply(SAVED | {"versionNumber": None}),
    reply(SAVED | {"versionNumber": "three"}),
    reply(SAVED | {"versionNumber": [3]}),
    reply(SAVED | {"versionNumber": 3.5}),
    reply(SAVED | {"versionNumber": True}),
    reply({"ref": "x"}, kind="-"),
    reply(SAVED)[:-10],
    reply(SAVED)[:20],
    b"",
    CUT,
    b"not HTTP at all\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5000 + b"\r\n",
]


@pytest.mark.parametrize("answer", LOST)
def test_a_save_without_a_usable_answer_may_have_happened(
    liar: Liar, kaggle: Kaggle, answer: Answer
) -> None:
    liar.script = lambda _: answer
    with pytest.raises(OutcomeUnknown) as error:
        kaggle.save(METADATA, "text")
    assert check_words(error).startswith("no usable answer to the push: ")
    assert len(liar.seen) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("far", [False, True])
def test_a_save_is_not_redirected(liar: Liar, kaggle: Kaggle, status: int, *, far: bool) -> None:
    """Who was sent elsewhere after a POST cannot know what the POST did; the text goes nowhere."""
    with lying(lambda _: reply(SAVED)) as other:
        to = "http://192.0.2.1/" if far else f"{other.url}/api/v1/x"
        liar.script = lambda _: reply(b"", status, Location=to)
        with pytest.raises(OutcomeUnknown) as error:
            kaggle.save(METADATA, "text")
        check_words(error)
        assert other.seen == []


def test_a_save_where_nobody_listens_was_not_sent() -> None:
    with pytest.raises(ServerUnreachable) as error:
        connect(url := dead_url()).save(METADATA, "text")
    assert check_words(error) == f"the local Kaggle cannot be reached at {url}"
    assert error.value.hint == "Keep one up with 'nbship local'."


def test_a_save_by_way_of_a_dead_proxy_was_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stock client reaches a local Kaggle so, and that one may be down."""
    monkeypatch.setenv("http_proxy", dead_url())
    with pytest.raises(ServerUnreachable) as error:
        Kaggle(Server("local", "http://localhost", Credentials("awa", SECRET))).save(METADATA, "x")
    check_words(error)


def test_a_save_to_a_far_host_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(KaggleError, match=r"192\.0\.2\.1 is not on this machine") as error:
        connect("http://192.0.2.1").save(METADATA, "text")
    assert type(error.value) is KaggleError


def test_kaggle_itself_is_told_from_a_local_one() -> None:
    """While only loopback is allowed, production is refused by name."""
    kaggle = Kaggle(Server("kaggle", "https://api.kaggle.com", Credentials(None, SECRET)))
    assert kaggle.server.name == "Kaggle"
    with pytest.raises(KaggleError, match=r"api\.kaggle\.com is not on this machine"):
        kaggle.get(KERNEL)
    assert "Check the network" in ServerUnreachable(kaggle.server).hint


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n{"])
def test_a_save_that_drips_ends_at_its_deadline(
    liar: Liar, kaggle: Kaggle, monkeypatch: pytest.MonkeyPatch, start: bytes
) -> None:
    monkeypatch.setattr(kaggles, "_PUSH_DEADLINE", 0.3)
    liar.script = liar.drip(start) if start else liar.hang
    began = time.monotonic()
    with pytest.raises(OutcomeUnknown, match="no answer in 0 s") as error:
        kaggle.save(METADATA, "text")
    check_words(error)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("key", "word"),
    [
        ("invalidDatasetSources", "dataset"),
        ("invalidCompetitionSources", "competition"),
        ("invalidKernelSources", "kernel"),
        ("invalidModelSources", "model"),
        ("invalidTags", "keyword"),
    ],
)
def test_a_dropped_source_is_named_and_the_version_is_known(
    liar: Liar, kaggle: Kaggle, key: str, word: str
) -> None:
    liar.script = lambda _: reply(SAVED | {key: ["a/b", "c\n\x1b[0m"]})
    with pytest.raises(SourcesDropped) as error:
        kaggle.save(METADATA, "text")
    assert error.value.saved == Saved(3, "https://example.org/code")
    words = check_words(error)
    assert words.startswith(f"Kaggle dropped {word} 'a/b', 'c")
    assert words.endswith(": version 3 runs without")


@pytest.mark.parametrize("value", ["a/b", 5, {"a": 1}, [1, None]])
def test_a_list_of_dropped_sources_of_any_shape_is_told(
    liar: Liar, kaggle: Kaggle, value: object
) -> None:
    """There is a version, whatever else the answer holds."""
    liar.script = lambda _: reply(SAVED | {"invalidTags": value})
    with pytest.raises((SourcesDropped, OutcomeUnknown)) as error:
        kaggle.save(METADATA, "text")
    check_words(error)


# --- questions ---------------------------------------------------------------------------------

QUESTIONS: dict[str, Callable[[Kaggle], object]] = {
    "GetKernel": lambda kaggle: kaggle.get(KERNEL, 2),
    "GetKernelSessionStatus": lambda kaggle: kaggle.status(KERNEL, 2),
    "ListKernelSessionOutput": lambda kaggle: kaggle.outputs(KERNEL, 2),
}


@pytest.fixture(params=QUESTIONS)
def question(request: pytest.FixtureRequest) -> Callable[[Kaggle], object]:
    return QUESTIONS[request.param]


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_names_its_version(liar: Liar, kaggle: Kaggle, name: str) -> None:
    liar.script = lambda _: reply({"metadata": {"currentVersionNumber": 2}, "blob": {}})
    QUESTIONS[name](kaggle)
    [seen] = liar.seen
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
    liar: Liar, kaggle: Kaggle, question: Callable[[Kaggle], object], answer: Answer, words: str
) -> None:
    liar.script = lambda _: answer
    with pytest.raises(KaggleError) as error:
        question(kaggle)
    assert type(error.value) is KaggleError
    assert words in check_words(error)


@pytest.mark.parametrize("status", [403, 404])
def test_what_is_not_there_is_none(liar: Liar, kaggle: Kaggle, status: int) -> None:
    liar.script = lambda _: refusal(status, "no such kernel")
    assert kaggle.get(KERNEL) is None
    assert kaggle.status(KERNEL) is None
    with pytest.raises(KaggleError, match="no outputs of awa/tiny-kernel version 2") as error:
        kaggle.outputs(KERNEL, 2)
    check_words(error)


def test_a_question_where_nobody_listens(question: Callable[[Kaggle], object]) -> None:
    with pytest.raises(ServerUnreachable) as error:
        question(connect(dead_url()))
    check_words(error)


def test_a_question_that_drips_ends_at_its_deadline(
    liar: Liar,
    kaggle: Kaggle,
    question: Callable[[Kaggle], object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kaggles, "_DEADLINE", 0.3)
    liar.script = liar.drip(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n{")
    with pytest.raises(KaggleError, match="gave no answer in time") as error:
        question(kaggle)
    check_words(error)


def test_a_kernel_is_its_latest_number_and_its_source(liar: Liar, kaggle: Kaggle) -> None:
    liar.script = lambda _: reply({
        "metadata": {"currentVersionNumber": 4, "unheardOf": 1},
        "blob": {"source": "cells"},
        "alsoNew": [],
    })  # fmt: skip
    assert kaggle.get(KERNEL) == RemoteKernel(KERNEL, 4, "cells")
    assert "versionLabel" not in liar.seen[0].json


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
    liar: Liar, kaggle: Kaggle, answer: object
) -> None:
    liar.script = lambda _: reply(answer)
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
    liar: Liar, kaggle: Kaggle, answer: object, expected: RunStatus
) -> None:
    liar.script = lambda _: reply(answer)
    assert kaggle.status(KERNEL, 2) == expected


@pytest.mark.parametrize("status", ["EXPLODED", 99, [], {}, True])
def test_a_status_that_nobody_knows_makes_no_sense(
    liar: Liar, kaggle: Kaggle, status: object
) -> None:
    liar.script = lambda _: reply({"status": status})
    with pytest.raises(KaggleError, match="makes no sense") as error:
        kaggle.status(KERNEL, 2)
    check_words(error)


def test_outputs_are_all_pages_and_the_first_log(liar: Liar, kaggle: Kaggle) -> None:
    liar.script = steps(
        reply({"files": [{"fileName": "a/b.txt", "url": "u1"}], "log": "[]", "nextPageToken": "2"}),
        reply({"files": [{"fileName": "c", "url": "u2"}], "log": "other"}),
    )
    outputs = kaggle.outputs(KERNEL, 2)
    assert outputs.files == (OutputFile("a/b.txt", "u1"), OutputFile("c", "u2"))
    assert outputs.log == "[]"
    assert [seen.json.get("pageToken") for seen in liar.seen] == [None, "2"]


def test_a_list_of_outputs_without_end_is_given_up(
    liar: Liar, kaggle: Kaggle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kaggles, "_MOST_PAGES", 3)
    liar.script = lambda _: reply({"files": [], "nextPageToken": str(len(liar.seen))})
    with pytest.raises(KaggleError, match="has no end") as error:
        kaggle.outputs(KERNEL, 2)
    check_words(error)
    assert len(liar.seen) == 3


def test_pages_that_go_round_in_a_circle_are_given_up(liar: Liar, kaggle: Kaggle) -> None:
    liar.script = lambda _: reply({"files": [], "nextPageToken": "again"})
    with pytest.raises(KaggleError, match="has no end"):
        kaggle.outputs(KERNEL, 2)
    assert len(liar.seen) == 2


def test_of_too_many_outputs_the_first_are_enough(liar: Liar, kaggle: Kaggle) -> None:
    page = [{"fileName": f"{number}", "url": "u"} for number in range(6000)]
    liar.script = lambda _: reply({"files": page, "nextPageToken": str(len(liar.seen))})
    assert len(kaggle.outputs(KERNEL, 2).files) == 12_000
    assert len(liar.seen) == 2


@pytest.mark.parametrize(
    "answer",
    [
        {"files": [None]},
        {"files": ["a"]},
        {"files": "abc"},
        {"files": 5},
        {"files": [{"url": "u"}]},
        {"files": [{"fileName": ["a"], "url": "u"}]},
        {"files": [{"fileName": "a", "url": 5}]},
        {"files": [{"fileName": "a"}]},
        {"files": [], "log": ["x"]},
        {"files": [], "log": {"x": 1}},
    ],
)
def test_a_list_of_outputs_of_another_shape_makes_no_sense(
    liar: Liar, kaggle: Kaggle, answer: object
) -> None:
    liar.script = lambda _: reply(answer)
    with pytest.raises(KaggleError, match="makes no sense") as error:
        kaggle.outputs(KERNEL, 2)
    check_words(error)
