"""Saves to a server that sends wrong, slow, incomplete or unreadable answers."""

import time
from collections.abc import Callable

import pytest

from nbship.core.kaggle.retry_policy import Patience
from nbship.edges.kaggle.client import Kaggle
from nbship.edges.kaggle.credentials import Credentials
from nbship.edges.kaggle.errors import unreachable
from nbship.edges.kaggle.session import Server
from nbship.errors import (
    KaggleError,
    OutcomeUnknown,
    Overloaded,
    RequestRejected,
    ServerUnreachable,
    SourcesDropped,
)
from nbship.model.push import Saved
from tests.support.client import METADATA, SAVED, connect
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
from tests.support.servers import CANARY, KERNEL, SECRET, check_words


def test_a_save_carries_every_key_of_the_metadata_and_our_credentials_alone(
    scripted: ScriptedServer, kaggle: Kaggle
) -> None:
    scripted.script = lambda _: reply(SAVED)
    assert kaggle.save(METADATA, "the text") == Saved(3, "https://example.org/code")
    [seen] = scripted.seen
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


def test_a_save_that_runs_nothing_says_so(scripted: ScriptedServer, kaggle: Kaggle) -> None:
    scripted.script = lambda _: reply(SAVED)
    kaggle.save(METADATA, "the text", run=False)
    assert scripted.seen[0].json["kernelExecutionType"] == "QUICK_SAVE"


BUSY = "Maximum batch GPU session count of 2 reached."
REFUSALS: list[tuple[Answer, str, str, str]] = [
    (refusal(400, "The title cannot exceed 50 characters"), "(400): The title", "5 to 50", "title"),
    (refusal(401, "Unauthorized"), "(401): Unauthorized", "create a new API token", "login"),
    (refusal(403, "Permission denied"), "(403): Permission denied", "Check the id", "rights"),
    (refusal(409, "The requested title is already in use"), "(409): The", "another title", "title"),
    (refusal(429, "Too many requests"), "(429): Too many requests", "wait a few minutes", "rate"),
    (reply(b"<html>no</html>", 404, "text/html"), "(404): Words of the", "Check the id", "kernel"),
    (reply(["no"], 400), "(400): Words of the status", "Try again", "other"),
    (reply({"error": "no"}, 400), "(400): Words of the status", "Try again", "other"),
    (reply({"code": 400, "message": "said flat"}, 400), "(400): said flat", "Try again", "other"),
    (reply({"code": 400, "message": "inside a 200"}), "(400): inside a 200", "Try again", "other"),
    (reply(b"[" * 100_000, 400, "text/plain"), "(400): Words of the", "Try again", "other"),
    (refusal(400, "two\nlines\x1b[31m and\x07 bells"), "(400): two lines and bells", "", "other"),
    (refusal(400, "long " * 10_000), "(400): long long", "", "other"),
    (refusal(400, "The kernel source must be less than 1 megabytes"), "less", "1 MB", "size"),
    (reply({"error": BUSY}), BUSY, "--wait", "sessions"),
    (reply({"error": "Notebook not found"}), "says: Notebook not found", "new one", "kernel"),
    (reply({"error": "two\nlines\x1b[0m", "versionNumber": 2}), "two lines", "Nothing", "other"),
]


@pytest.mark.parametrize(("answer", "words", "hint", "trouble"), REFUSALS)
def test_a_save_that_was_declined_is_known_to_have_done_nothing(
    scripted: ScriptedServer, kaggle: Kaggle, answer: Answer, words: str, hint: str, trouble: str
) -> None:
    scripted.script = lambda _: answer
    with pytest.raises(RequestRejected) as error:
        kaggle.save(METADATA, "text")
    assert error.value.kind == trouble
    assert words in check_words(error)
    assert hint in error.value.hint
    assert len(scripted.seen) == 1  # never again without a look


LOST: list[Answer] = [
    refusal(500, "Internal"),
    refusal(408, "Too slow"),
    refusal(503, "Too busy"),
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
    scripted: ScriptedServer, kaggle: Kaggle, answer: Answer
) -> None:
    scripted.script = lambda _: answer
    with pytest.raises(OutcomeUnknown) as error:
        kaggle.save(METADATA, "text")
    assert check_words(error).startswith("no usable answer to the push: ")
    assert len(scripted.seen) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("far", [False, True])
def test_a_save_is_not_redirected(
    scripted: ScriptedServer, kaggle: Kaggle, status: int, *, far: bool
) -> None:
    """After a redirect we could not tell what the first server did, and the text would leave it."""
    with serving_script(lambda _: reply(SAVED)) as other:
        to = "http://192.0.2.1/" if far else f"{other.url}/api/v1/x"
        scripted.script = lambda _: reply(b"", status, Location=to)
        with pytest.raises(OutcomeUnknown) as error:
            kaggle.save(METADATA, "text")
        check_words(error)
        assert other.seen == []


def test_a_save_where_nobody_listens_was_not_sent() -> None:
    with pytest.raises(ServerUnreachable) as error:
        connect(url := dead_url()).save(METADATA, "text")
    assert check_words(error) == f"the local Kaggle cannot be reached at {url}"
    assert error.value.hint == "Start it with 'nbship local'."


def test_a_save_by_way_of_a_dead_proxy_was_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stock client reaches a local Kaggle through a proxy, which may be down."""
    monkeypatch.setenv("http_proxy", dead_url())
    with pytest.raises(ServerUnreachable) as error:
        Kaggle(Server("local", "http://localhost", Credentials("awa", SECRET))).save(METADATA, "x")
    check_words(error)


def test_a_save_to_a_far_host_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(KaggleError, match=r"192\.0\.2\.1 is not on this machine") as error:
        connect("http://192.0.2.1").save(METADATA, "text")
    assert type(error.value) is KaggleError


def test_kaggle_itself_is_told_from_a_local_one() -> None:
    """While only loopback is allowed, the session refuses Kaggle and names its host."""
    kaggle = Kaggle(Server("kaggle", "https://api.kaggle.com", Credentials(None, SECRET)))
    assert kaggle.server.name == "Kaggle"
    with pytest.raises(KaggleError, match=r"api\.kaggle\.com is not on this machine"):
        kaggle.get(KERNEL)
    assert "Check the network" in unreachable(kaggle.server).hint


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n{"])
def test_a_save_that_drips_ends_at_its_deadline(scripted: ScriptedServer, start: bytes) -> None:
    kaggle = connect(scripted.url, Patience(save=0.3))
    scripted.script = scripted.drip(start) if start else scripted.hang
    began = time.monotonic()
    with pytest.raises(OutcomeUnknown, match="no answer came in time") as error:
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
    ],
)
def test_a_dropped_source_is_named_and_the_version_is_known(
    scripted: ScriptedServer, kaggle: Kaggle, key: str, word: str
) -> None:
    scripted.script = lambda _: reply(SAVED | {key: ["a/b", "c\n\x1b[0m"]})
    with pytest.raises(SourcesDropped) as error:
        kaggle.save(METADATA, "text")
    assert error.value.saved == Saved(3, "https://example.org/code")
    words = check_words(error)
    assert words.startswith(f"Kaggle dropped {word} 'a/b', 'c")
    assert words.endswith(": version 3 runs without them")


@pytest.mark.parametrize("value", ["a/b", 5, {"a": 1}, [1, None]])
def test_a_list_of_dropped_sources_of_any_shape_is_told(
    scripted: ScriptedServer, kaggle: Kaggle, value: object
) -> None:
    """The version exists, whatever the answer contains besides."""
    scripted.script = lambda _: reply(SAVED | {"invalidModelSources": value})
    with pytest.raises((SourcesDropped, OutcomeUnknown)) as error:
        kaggle.save(METADATA, "text")
    check_words(error)


def test_a_keyword_that_kaggle_does_not_know_is_no_failure(
    scripted: ScriptedServer, kaggle: Kaggle
) -> None:
    scripted.script = lambda _: reply(SAVED | {"invalidTags": ["speach\x1b[0m"]})
    assert kaggle.save(METADATA, "text") == Saved(3, "https://example.org/code", ("speach",))


@pytest.mark.parametrize(
    ("headers", "retry_after"),
    [({}, None), ({"Retry-After": "7"}, 7.0), ({"Retry-After": "-7"}, 0.0)],
)
def test_a_server_that_is_too_busy_says_for_how_long(
    scripted: ScriptedServer, kaggle: Kaggle, headers: dict[str, str], retry_after: float | None
) -> None:
    scripted.script = lambda _: reply(b"", 429, **headers)
    with pytest.raises(RequestRejected) as refused:
        kaggle.save(METADATA, "text")
    assert refused.value.retry_after == retry_after
    scripted.script = lambda _: reply(b"", 503, **headers)
    with pytest.raises(Overloaded) as overloaded:
        kaggle.save(METADATA, "text")
    assert overloaded.value.retry_after == retry_after


ECHOES: list[Callable[[Seen], bytes]] = [
    lambda seen: refusal(400, f"who is {seen.headers['authorization']}"),
    lambda _: refusal(500, f"who is {SECRET}"),
    lambda _: reply({"error": f"key {SECRET} is no good"}),
    lambda _: reply(b"", 403).replace(b"Words of the status", SECRET.encode()),
    lambda _: reply(b"", 500).replace(b"Words of the status", SECRET.encode()),
    lambda _: reply(SAVED | {"url": f"https://{SECRET}@example.org"}),
    lambda seen: reply(SAVED | {"invalidKernelSources": [seen.headers["authorization"]]}),
    lambda _: reply(b"", 302, Location=f"x://{SECRET}"),
]


@pytest.mark.parametrize("echo", ECHOES)
def test_a_server_that_echoes_our_secret_is_not_repeated(
    scripted: ScriptedServer, kaggle: Kaggle, echo: Callable[[Seen], bytes]
) -> None:
    scripted.script = echo
    texts = ""
    for call in (lambda: kaggle.save(METADATA, "text"), lambda: kaggle.get(KERNEL)):
        try:
            texts += repr(call())
        except KaggleError as error:
            texts += f"{error!r} {error.message} {error.hint}"
    assert SECRET not in texts
    assert "YXdhOnRoZS1rZXktb2YtdGhlLWxvY2FsLWthZ2dsZQ" not in texts
