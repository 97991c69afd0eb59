"""What a push asks the service before it: sources, runs that go on, and no question too many."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from nbship.core.push.sessions import Sessions
from nbship.edges.kaggle.client import Kaggle
from nbship.errors import RequestRejected, ServerUnreachable
from nbship.model.push import GoingOn, Latest, Record, Stamp
from nbship.model.spec import KaggleSpec
from nbship.verbs.operations.push.service import (
    doubtful_sources,
    hours_left,
    run_beside,
    sessions_of,
)
from tests.support.client import connect
from tests.support.scripted_server import Answer, ScriptedServer, Seen, dead_url, refusal, reply
from tests.support.sending import PATIENCE

SPEC = KaggleSpec("awa/tiny", "Tiny")
PUSH = Record(
    id="r1", state="pushed", at="2026-11-26T18:00:00+00:00", name="tiny", target="main",
    server="local", kernel="awa/tiny", digest="", cells="", commit="c0ffee", base_version=0,
    overrides=(), line_map=(), version=1, person="Awa", user="awa",
)  # fmt: skip
NONE = "no such dataset, or not yours to read"


def answering(scripted: ScriptedServer, answers: Mapping[str, Answer]) -> None:
    """Answer questions by the slug that they name; others do not exist."""

    def script(seen: Seen) -> Answer:
        slug = seen.json.get("kernelSlug") or seen.json["datasetSlug"]
        return answers.get(slug, refusal(404, "gone"))

    scripted.script = script


def asked(scripted: ScriptedServer) -> list[tuple[str, str, str | None]]:
    return [
        (seen.call, seen.json.get("kernelSlug") or seen.json["datasetSlug"],
         seen.json.get("versionLabel"))
        for seen in scripted.seen
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "why", "is_certain"),
    [
        ("READY", "", True),
        ("BLOBS_RECEIVED", "still processed", True),
        ("FAILED", "its upload has failed", True),
        ("DELETED", "deleted", True),
        ("REPROCESSING", "processed again", False),
        (None, NONE, False),
    ],
)
def test_a_dataset_is_ready_or_it_is_told_why_not(
    scripted: ScriptedServer, kaggle: Kaggle, status: str | None, why: str, *, is_certain: bool
) -> None:
    answering(scripted, {"voices": reply({"status": status})} if status else {})
    spec = replace(SPEC, dataset_sources=("", "awa/voices/3"))
    expected = [(f"awa/voices/3 ({why})", is_certain)] if why else []
    assert list(doubtful_sources(kaggle, spec)) == expected
    assert asked(scripted) == [("GetDatasetStatus", "voices", None)]


@pytest.mark.parametrize(
    ("status", "expected"),
    [("QUEUED", "queued"), ("RUNNING", "running"), ("CANCEL_REQUESTED", "cancelling"),
     ("COMPLETE", ""), ("ERROR", ""), ("CANCEL_ACKNOWLEDGED", "")],
)  # fmt: skip
def test_a_kernel_source_has_ended(
    scripted: ScriptedServer, kaggle: Kaggle, status: str, expected: str
) -> None:
    answering(scripted, {"first": reply({"status": status})})
    spec = replace(SPEC, kernel_sources=("Awa/First/2",))
    found = list(doubtful_sources(kaggle, spec))
    assert found == ([(f"Awa/First/2 ({expected})", True)] if expected else [])
    assert asked(scripted) == [("GetKernelSessionStatus", "first", None)]


def test_a_kernel_source_without_a_run_is_there_or_not(
    scripted: ScriptedServer, kaggle: Kaggle
) -> None:
    kernel = reply({"metadata": {"currentVersionNumber": 1}, "blob": {"source": "x"}})
    scripted.script = lambda seen: kernel if seen.call == "GetKernel" else refusal(404, "no runs")
    spec = replace(SPEC, kernel_sources=("awa/first",))
    assert list(doubtful_sources(kaggle, spec)) == []
    answering(scripted, {})
    assert list(doubtful_sources(kaggle, spec)) == [
        ("awa/first (no such kernel, or not yours to read)", True)
    ]


def test_a_kernel_that_reads_its_own_output_does_not_wait_for_itself(
    scripted: ScriptedServer, kaggle: Kaggle
) -> None:
    spec = replace(SPEC, id="Awa/Tiny", kernel_sources=("awa/tiny", "awa/tiny/3", ""))
    assert list(doubtful_sources(kaggle, spec)) == []
    assert scripted.seen == []


def test_a_question_that_fails_is_told_and_the_others_are_asked(
    scripted: ScriptedServer, kaggle: Kaggle
) -> None:
    oh, ready = refusal(500, "oh"), reply({"status": "FAILED"})
    answering(scripted, {"first": oh, "voices": oh, "words": ready})
    spec = replace(SPEC, kernel_sources=("awa/first",), dataset_sources=("awa/voices", "awa/words"))
    assert list(doubtful_sources(kaggle, spec)) == [
        ("awa/first (Kaggle says (500): oh)", False),
        ("awa/voices (Kaggle says (500): oh)", False),
        ("awa/words (its upload has failed)", True),
    ]


@pytest.mark.parametrize("source", ["kernel_sources", "dataset_sources"])
def test_a_server_that_takes_no_question_ends_the_push(
    scripted: ScriptedServer, kaggle: Kaggle, source: str
) -> None:
    sources: dict[str, Any] = {source: ("awa/first",)}
    scripted.script = lambda _: refusal(401, "who?")
    with pytest.raises(RequestRejected):
        list(doubtful_sources(kaggle, replace(SPEC, **sources)))
    with pytest.raises(ServerUnreachable):
        list(doubtful_sources(connect(dead_url(), PATIENCE), replace(SPEC, **sources)))


def test_a_run_beside_the_latest_version_is_asked_for_by_its_version(
    scripted: ScriptedServer, kaggle: Kaggle
) -> None:
    saved = replace(PUSH, id="r2", version=2, runs=False)
    answering(scripted, {"tiny": reply({"status": "RUNNING"})})
    stamp = Stamp("c0ffee", "", "", "r1", "Awa", PUSH.at)
    expected = GoingOn(Latest(1, "nbship", stamp), "running")
    assert run_beside(kaggle, "awa/tiny", [PUSH, saved], Latest(2)) == expected
    assert asked(scripted) == [("GetKernelSessionStatus", "tiny", "v1")]
    for answer in ({"tiny": reply({"status": "COMPLETE"})}, {}):
        answering(scripted, answer)
        assert run_beside(kaggle, "awa/tiny", [PUSH, saved], Latest(2)) is None
    scripted.seen.clear()
    assert run_beside(kaggle, "awa/tiny", [PUSH], Latest(1)) is None
    assert scripted.seen == []


def others(count: int, **changes: Any) -> list[Record]:
    return [replace(PUSH, kernel=f"awa/k{number}", **changes) for number in range(count)]


GPU = {"metadata": {"enable_gpu": True}}
ON_GPU = replace(SPEC, enable_gpu=True)


@pytest.mark.parametrize(
    ("pushes", "running", "active", "requests"),
    [
        (others(1, **GPU), "k0", 0, 0),  # they cannot be as many
        (others(2, **GPU), "k0k1", 2, 2),
        (others(2, **GPU), "k0", 0, 1),  # the newest has ended: one is not enough
        (others(3, **GPU), "k0k2", 2, 3),
        (others(3, **GPU), "k1k2", 2, 2),
        (others(9, **GPU), "k0k1", 0, 3),  # of the four newest, three have ended
        (others(9, **GPU), "k8k5", 2, 4),
        (others(9), "k0k1k2k3k4k5k6k7k8", 0, 0),  # they have no accelerator
        (others(9, server="kaggle", **GPU), "k0k1k2k3k4k5k6k7k8", 0, 0),
        (others(9, user="ous", **GPU), "k0k1k2k3k4k5k6k7k8", 0, 0),
    ],
)
def test_sessions_are_counted_as_long_as_they_may_be_taken(
    scripted: ScriptedServer,
    kaggle: Kaggle,
    pushes: list[Record],
    running: str,
    active: int,
    requests: int,
) -> None:
    names = [f"k{number}" for number in range(9)]
    state = {name: "RUNNING" if name in running else "COMPLETE" for name in names}
    answering(scripted, {name: reply({"status": state[name]}) for name in names})
    assert sessions_of(kaggle, ON_GPU, pushes, "awa") == Sessions(active, 2)
    assert len(scripted.seen) == requests
    assert {seen.json["versionLabel"] for seen in scripted.seen} <= {"v1"}


def test_a_run_without_an_accelerator_takes_one_of_five(
    scripted: ScriptedServer, kaggle: Kaggle
) -> None:
    running = reply({"status": "RUNNING"})
    answering(scripted, {f"k{number}": running for number in range(5)})
    assert sessions_of(kaggle, SPEC, others(5), "awa") == Sessions(5, 5)
    answering(scripted, {f"k{number}": refusal(500, "oh") for number in range(5)})
    assert sessions_of(kaggle, SPEC, others(5), "awa") == Sessions(0, 5)


def test_only_a_run_on_an_accelerator_asks_for_the_quota(
    scripted: ScriptedServer, kaggle: Kaggle
) -> None:
    scripted.script = lambda _: reply({
        "gpuQuota": {"timeUsed": "3600s", "timeReserved": "0s", "totalTimeAllowed": "9000s"}
    })  # fmt: skip
    assert hours_left(kaggle, SPEC) is None
    assert scripted.seen == []
    assert hours_left(kaggle, ON_GPU) == 1.5
    assert hours_left(kaggle, replace(SPEC, enable_tpu=True)) is None
