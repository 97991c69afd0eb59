"""Fault rules spoil the requests that they match, and the record shows what really happened."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from nbship.local.faults.rules import Faults, Rule, parse
from nbship.local.protocol.validation import ApiError
from tests.support.local_kaggle import DEADLINE, Json, Server
from tests.support.polling import until

# Raised by the client when the connection ends before the end of the answer.
_BROKEN = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    shared = Server(tmp_path_factory.mktemp("kaggle"), ("--faults",)).start()
    yield shared
    assert shared.stop() == 0
    assert "Traceback" not in shared.stderr
    assert "exception" not in shared.stderr


@pytest.fixture(autouse=True)
def _no_rules_left(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "faulty" in request.fixturenames:
        server: Server = request.getfixturevalue("faulty")
        assert server.session.delete(f"{server.url}/control/faults").json() == {}


def _order(server: Server, *rules: Json) -> None:
    server.control.set_faults(*rules)


def _entries(server: Server) -> list[Json]:
    entries = server.control.entries()
    assert [entry["n"] for entry in entries] == list(range(1, len(entries) + 1))
    return entries


def _last(server: Server) -> Json:
    entry = _entries(server)[-1]
    del entry["n"]
    return entry


def _request(slug: str) -> Json:
    return {
        "slug": f"alice/{slug}",
        "newTitle": slug.replace("-", " ").title(),
        "text": "pass",
        "language": "python",
        "kernelType": "script",
        "kernelExecutionType": "QUICK_SAVE",
    }


def _versions(server: Server, slug: str) -> int:
    response = server.post("GetKernel", **server.named(slug))
    if response.status_code == 404:
        return 0
    return int(response.json()["metadata"]["currentVersionNumber"])


# --- before the effect, and after it ---


@pytest.mark.parametrize(("phase", "saved"), [("before", 0), ("after", 1)])
@pytest.mark.parametrize("action", ["status", "reset", "hang", "junk", "cut"])
def test_a_fault_comes_before_or_after_the_effect(
    faulty: Server, action: str, phase: str, saved: int
) -> None:
    slug = f"saved-{action}-{phase}"
    more = {"status": 503, "headers": {"Retry-After": "7"}, "body": "gateway", "seconds": 0.1}
    _order(faulty, {"call": "SaveKernel", "action": action, "phase": phase, **more})
    answer = None
    try:
        answer = faulty.post("SaveKernel", **_request(slug))
    except _BROKEN:
        assert action in ("reset", "hang", "cut")
    if answer is not None:
        assert answer.text == "gateway"
        assert answer.status_code == {"status": 503, "junk": 200}[action]
        assert answer.headers["Retry-After"] == "7"
    status = {"status": 503, "junk": 200}.get(action, 200 if saved else 0)
    assert _last(faulty) == {
        "call": "SaveKernel",
        "user": "alice",
        "status": status,
        "fault": action,
        "effect": f"saved alice/{slug} 1" if saved else "",
    }
    assert _versions(faulty, slug) == saved
    assert faulty.call("SaveKernel", **_request(slug))["versionNumber"] == saved + 1


def test_a_rule_since_a_call_spoils_what_comes_after_it(faulty: Server) -> None:
    _order(faulty, {"call": "*", "action": "status", "times": -1, "since": "SaveKernel"})
    assert faulty.post("GetKernel", **faulty.named("nothing-here")).status_code == 404
    assert faulty.post("SaveKernel", **_request("saved-since")).status_code == 200
    assert faulty.post("GetKernel", **faulty.named("saved-since")).status_code == 500
    assert faulty.post("SaveKernel", **_request("saved-since")).status_code == 500


def test_a_server_that_leaves_gives_one_more_answer(tmp_path: Path) -> None:
    server = Server(tmp_path, ("--faults",)).start()
    server.call("SaveKernel", **_request("saved-last"))
    _order(server, {"call": "GetKernel", "action": "leave"})
    answer = server.call("GetKernel", **server.named("saved-last"))
    assert answer["metadata"]["currentVersionNumber"] == 1
    assert server.wait() == 0
    with pytest.raises(requests.ConnectionError):
        server.post("GetKernel", **server.named("saved-last"))


@pytest.mark.parametrize("phase", ["before", "after", "body"])
def test_the_caller_is_killed(faulty: Server, phase: str) -> None:
    caller = (
        "import os, sys, requests; print(os.getpid(), flush=True); sys.stdin.readline();"
        "requests.post(sys.argv[1], sys.argv[2], auth=('alice', sys.argv[3]))"
    )
    slug = f"killed-{phase}"
    url = f"{faulty.url}/api/v1/kernels.KernelsApiService/SaveKernel"
    with subprocess.Popen(
        [sys.executable, "-c", caller, url, json.dumps(_request(slug)), faulty.key],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        pid = int(process.stdout.readline())
        _order(faulty, {"call": "SaveKernel", "action": "kill", "pid": pid, "phase": phase})
        process.communicate("go\n", timeout=DEADLINE)
    assert process.returncode == -9
    assert _versions(faulty, slug) == (phase != "before")


def test_a_dead_process_is_not_killed(faulty: Server) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait(DEADLINE)
    _order(faulty, {"call": "ListKernels", "action": "kill", "pid": process.pid})
    with pytest.raises(_BROKEN):
        faulty.post("ListKernels")
    assert faulty.call("ListKernels", group="PROFILE")["nextPageToken"] == ""


# --- within the answer ---


@pytest.mark.parametrize("action", ["cut", "reset", "hang"])
def test_an_answer_breaks_off(faulty: Server, action: str) -> None:
    whole = faulty.post("GetAcceleratorQuotaStatistics").content
    rule = {"call": "*", "action": action, "phase": "body", "bytes": 10, "seconds": 0.1}
    _order(faulty, rule)
    response = faulty.session.post(
        f"{faulty.url}/api/v1/kernels.KernelsApiService/GetAcceleratorQuotaStatistics",
        data="{}",
        auth=("alice", faulty.key),
        stream=True,
        timeout=DEADLINE,
    )
    assert int(response.headers["Content-Length"]) == len(whole)
    if action != "reset":  # which can discard bytes that have arrived
        assert response.raw.read(10, decode_content=False) == whole[:10]
    with pytest.raises(_BROKEN):
        response.content  # noqa: B018 - the property reads the body
    assert faulty.post("GetAcceleratorQuotaStatistics").content == whole


def test_a_slow_answer_is_whole(faulty: Server) -> None:
    whole = faulty.post("GetAcceleratorQuotaStatistics").content
    pieces = 5
    size = -(-len(whole) // pieces)
    _order(faulty, {"call": "*", "action": "slow", "bytes": size, "seconds": 0.05})
    start = time.monotonic()
    assert faulty.post("GetAcceleratorQuotaStatistics").content == whole
    assert time.monotonic() - start >= pieces * 0.05
    assert _last(faulty)["fault"] == "slow"


def test_headers_may_contradict_the_body(faulty: Server) -> None:
    rule = {"call": "*", "action": "junk", "body": "short", "content_type": "text/html"}
    _order(faulty, {**rule, "headers": {"Content-Length": "99"}})
    with pytest.raises(_BROKEN):
        faulty.post("ListKernels")
    _order(faulty, {"call": "*", "action": "status", "status": 599, "phase": "body"})
    assert faulty.post("ListKernels").status_code == 599


def test_a_stale_answer_is_that_of_before_the_last_write(faulty: Server) -> None:
    slug = "stale-answer"
    faulty.call("SaveKernel", **_request(slug))
    faulty.call("SaveKernel", **_request(slug))
    faulty.post("SaveKernel", slug="bob/not-mine")  # changes nothing
    _order(faulty, {"call": "*", "action": "stale", "times": 2})
    assert _versions(faulty, slug) == 1
    assert faulty.post("GetKernel", **faulty.named(slug, "v2")).status_code == 404
    assert _last(faulty)["fault"] == "stale"
    assert _versions(faulty, slug) == 2
    _order(faulty, {"call": "*", "action": "stale"})
    # The answer of a write is never stale.
    assert faulty.call("SaveKernel", **_request(slug))["versionNumber"] == 3
    assert _versions(faulty, slug) == 2
    faulty.call("DeleteKernel", **faulty.named(slug))
    assert _last(faulty)["effect"] == f"deleted alice/{slug}"
    _order(faulty, {"call": "GetKernel", "action": "stale"})
    assert _versions(faulty, slug) == 3


def test_logs_and_files_are_spoilt_too(faulty: Server) -> None:
    slug = "makes-output"
    faulty.push(slug, "open('made.txt', 'w').write('x' * 1000); print('printed')")
    faulty.ended(slug)
    url = faulty.call("ListKernelSessionOutput", **faulty.named(slug))["files"][0]["url"]
    stream = f"{faulty.url}/api/v1/kernels/logs/stream/alice/{slug}"
    for call, address in (("download", url), ("stream", stream)):
        _order(faulty, {"call": call, "action": "cut", "phase": "body", "bytes": 9, "skip": 1})
        whole = faulty.session.get(address, auth=("alice", faulty.key), timeout=DEADLINE).content
        with pytest.raises(_BROKEN):
            faulty.session.get(address, auth=("alice", faulty.key), timeout=DEADLINE)
        assert (_last(faulty)["call"], _last(faulty)["fault"]) == (call, "cut")
        again = faulty.session.get(address, auth=("alice", faulty.key), timeout=DEADLINE)
        assert again.content == whole


def test_a_live_log_breaks_off_while_it_runs(faulty: Server) -> None:
    slug = "talks-on"
    faulty.push(slug, "import time\nprint('one', flush=True)\ntime.sleep(1000)")
    faulty.wait_for(slug, "RUNNING")
    log = f"{faulty.url}/api/v1/kernels/logs/stream/alice/{slug}"
    _order(faulty, {"call": "stream", "action": "status", "status": 502, "phase": "after"})
    answer = faulty.session.get(log, auth=("alice", faulty.key), timeout=DEADLINE)
    assert answer.status_code == 502  # at once, not at the end of the run
    _order(faulty, {"call": "stream", "action": "reset", "phase": "body", "bytes": 30})
    auth = ("alice", faulty.key)
    stream = faulty.session.get(log, auth=auth, stream=True, timeout=DEADLINE)
    with pytest.raises(_BROKEN):
        stream.content  # noqa: B018 - the property reads the body
    faulty.call("DeleteKernel", **faulty.named(slug))


def test_a_client_can_leave_an_answer_that_hangs(faulty: Server) -> None:
    _order(faulty, {"call": "*", "action": "hang", "seconds": 1000})
    url = f"{faulty.url}/api/v1/kernels.KernelsApiService/ListKernels"
    with pytest.raises(requests.ReadTimeout):
        faulty.session.post(url, data="{}", auth=("alice", faulty.key), timeout=(DEADLINE, 0.1))
    until(lambda: _last(faulty)["fault"] == "hang", "the request in the record")
    assert faulty.post("ListKernels").status_code == 200


# --- the record ---


def test_the_record_contains_refused_requests(faulty: Server) -> None:
    _order(faulty, {"call": "*", "action": "reset", "skip": 1})
    assert faulty.session.get(f"{faulty.url}/healthz").json()["ok"] is True  # not counted as a call
    faulty.post("GetKernel", **faulty.named("no-such-kernel"))
    assert _last(faulty) == {
        "call": "GetKernel", "user": "alice", "status": 404, "fault": None, "effect": "",
    }  # fmt: skip
    _order(faulty)
    faulty.session.post(f"{faulty.url}/api/v9/no/such", auth=("alice", faulty.key))
    assert (_last(faulty)["call"], _last(faulty)["status"]) == ("/api/v9/no/such", 404)
    _order(faulty, {"call": "*", "action": "reset"})
    with pytest.raises(_BROKEN):
        faulty.session.post(f"{faulty.url}/api/v1/kernels.KernelsApiService/GetKernel")
    assert (_last(faulty)["user"], _last(faulty)["fault"]) == ("", "reset")


def test_the_record_contains_a_cancelled_session(faulty: Server) -> None:
    faulty.push("to-be-cancelled", "import time; time.sleep(1000)")
    faulty.wait_for("to-be-cancelled", "RUNNING")
    run = json.loads((faulty.working("to-be-cancelled").parents[1] / "request.json").read_text())
    number = int(run["environment"]["KAGGLE_CONTAINER_NAME"].split("-")[-2])
    faulty.call("CancelKernelSession", kernelSessionId=number)
    assert _last(faulty)["effect"] == f"cancelled {number}"
    faulty.ended("to-be-cancelled")
    faulty.call("CancelKernelSession", kernelSessionId=number)
    assert _last(faulty)["effect"] == ""


@pytest.mark.parametrize("header", ["Origin", "Sec-Fetch-Site"])
def test_browsers_cannot_set_faults(faulty: Server, header: str) -> None:
    for method, path in (("POST", "faults"), ("DELETE", "faults"), ("GET", "log")):
        response = faulty.session.request(
            method, f"{faulty.url}/control/{path}", headers={header: "x"}, timeout=DEADLINE
        )
        assert response.status_code in (400, 403)
        assert "error" in response.json()


def test_other_control_pages_are_not_found(faulty: Server) -> None:
    auth = ("alice", faulty.key)
    for method in ("GET", "POST", "DELETE"):
        response = faulty.session.request(method, f"{faulty.url}/control/x", auth=auth)
        assert response.status_code == 404


def test_without_the_switch_there_is_no_control(tmp_path: Path) -> None:
    plain = Server(tmp_path).start()
    auth = ("alice", plain.key)
    for method, path in (("POST", "faults"), ("DELETE", "faults"), ("GET", "log")):
        url = f"{plain.url}/control/{path}"
        response = plain.session.request(method, url, data="[]", auth=auth, timeout=DEADLINE)
        assert response.status_code in (404, 405)
    until(lambda: "/control/log 404" in plain.stderr, "the line in the log")
    assert plain.stop() == 0


# --- rules ---


def test_a_rule_lets_pass_and_is_used_up() -> None:
    rules = parse(
        json.dumps([
            {"call": "A", "action": "reset", "skip": 1, "times": 2},
            {"call": "*", "action": "cut", "times": 1},
            {"call": "A", "action": "hang", "times": -1},
        ]).encode()
    )  # fmt: skip
    faults = Faults(rules)
    taken = [faults.take("A") for _ in range(6)]
    assert [rule.action if rule else None for rule in taken] == [
        "cut", "reset", "reset", "hang", "hang", "hang",
    ]  # fmt: skip
    assert faults.take("B") is None


def test_a_stale_rule_matches_no_write() -> None:
    stale = Rule("*", "stale")
    assert not stale.is_for("SaveKernel")
    assert stale.is_for("GetKernel")


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("{}", "A list"),
        ("[1]", "Rule 0 is not"),
        (
            '[{"call": "*", "action": "cut"}, {"call": "*", "oops": 1}]',
            "Rule 1: unknown field 'oops'",
        ),
        ('[{"call": "*"}]', "'action' is missing"),
        ('[{"action": "cut"}]', "'call' is missing"),
        ('[{"call": "*", "action": "kill"}]', "'pid' is missing"),
        ('[{"call": "*", "action": "kill", "pid": 1}]', "'pid' cannot be 1"),
        ('[{"call": "", "action": "cut"}]', "'call'"),
        ('[{"call": "*", "action": "melt"}]', "'action'"),
        ('[{"call": "*", "action": []}]', "'action'"),
        ('[{"call": "*", "action": "cut", "phase": "later"}]', "'phase'"),
        ('[{"call": "*", "action": "cut", "skip": -1}]', "'skip'"),
        ('[{"call": "*", "action": "cut", "times": -2}]', "'times'"),
        ('[{"call": "*", "action": "cut", "times": true}]', "'times'"),
        ('[{"call": "*", "action": "status", "status": 99}]', "'status'"),
        ('[{"call": "*", "action": "status", "headers": {"a": "b\\r\\nc: d"}}]', "'headers'"),
        ('[{"call": "*", "action": "status", "headers": []}]', "'headers'"),
        ('[{"call": "*", "action": "junk", "body": 5}]', "'body'"),
        ('[{"call": "*", "action": "junk", "content_type": "a\\nb"}]', "'content_type'"),
        ('[{"call": "*", "action": "slow", "seconds": NaN}]', "'seconds'"),
        ('[{"call": "*", "action": "slow", "seconds": true}]', "'seconds'"),
        ('[{"call": "SaveKernel", "action": "stale"}]', "the answer of a write cannot be stale"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_fault(written: str, message: str) -> None:
    with pytest.raises(ApiError) as refusal:
        parse(written.encode())
    assert message in refusal.value.message
