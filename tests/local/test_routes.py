"""Every REST alias of a kernel method gives the same answer as its RPC name."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from nbship.local.protocol.routes import Route, find
from tests.support.local_kaggle import DEADLINE, Server
from tests.support.polling import until

_KERNELS = "kernels.KernelsApiService"


@pytest.mark.parametrize(
    ("verb", "path", "route"),
    [
        ("POST", "/api/v1/a.B/C", Route("C", "a.B/C")),
        ("GET", "/api/v1/a.B/C", Route()),
        ("POST", "/v1/kernels/push", Route("SaveKernel", f"{_KERNELS}/SaveKernel")),
        ("GET", "/v1/kernels/push", Route()),
        (
            "GET",
            "/api/v1/kernels/logs/stream/a/b%2F2",
            Route("stream", "", {"userName": "a", "kernelSlug": "b/2"}),
        ),
        ("GET", "/kf/1/t/a%20b/c", Route("download", "", {
            "session": "1", "token": "t", "name": "a b/c",
        })),
        ("GET", "/kf/1/t/", Route()),
        ("GET", "/", Route()),
    ],
)  # fmt: skip
def test_addresses(verb: str, path: str, route: Route) -> None:
    assert find(verb, path) == route


def _get(server: Server, path: str) -> requests.Response:
    return server.session.get(
        f"{server.url}/api/v1/kernels/{path}", auth=("alice", server.key), timeout=DEADLINE
    )


def _post(server: Server, path: str, **request: object) -> requests.Response:
    url = f"{server.url}/api/v1/kernels/{path}"
    return server.session.post(url, json=request, auth=("alice", server.key), timeout=DEADLINE)


def test_the_aliases_give_the_same_answers(server: Server) -> None:
    save = {
        "slug": "alice/by-alias",
        "newTitle": "By Alias",
        "text": "open('a b.txt', 'w').write('made'); print('printed')",
        "language": "python",
        "kernelType": "script",
    }
    assert _post(server, "push", **save).json()["versionNumber"] == 1
    server.ended("by-alias")
    named = server.named("by-alias", "v1")
    for alias, method in (
        ("status", "GetKernelSessionStatus"),
        ("output", "ListKernelSessionOutput"),
        ("files", "ListKernelFiles"),
        ("pull", "GetKernel"),
    ):
        query = "userName=alice&kernelSlug=by-alias&versionLabel=v1"
        assert _get(server, f"{alias}?{query}").json() == server.call(method, **named), alias
    listed = _get(server, "list?group=profile&sortBy=dateRun&page=1").status_code
    assert listed == 400  # the enumeration's names are DATE_RUN and so on
    mine = _get(server, "list?group=profile&sortBy=date_run&page=1").json()
    assert mine == server.call("ListKernels", group="PROFILE", page=1)
    quota = _get(server, "quota").json()
    assert quota["quotaRefreshTime"]
    assert _get(server, "output/download/alice/by-alias/a b.txt").text == "made"
    assert _get(server, "output/download/alice/by-alias/none").status_code == 404
    assert _get(server, "output/download/alice/by-alias/a b.txt?versionNumber=9").status_code == 404
    url = server.call("ListKernelSessionOutput", **named)["files"][0]["url"]
    session = url.split("/kf/")[1].split("/")[0]
    log = _get(server, f"sessions/{session}/logs/stream")
    assert [event["data"] for event in log.json()] == ["printed\n"]
    by_name = server.session.post(
        f"{server.url}/api/v1/{_KERNELS}/GetKernelSessionLogsStream",
        json=server.named("by-alias"),
        auth=("alice", server.key),
        timeout=DEADLINE,
    )
    assert by_name.json() == log.json()
    assert _get(server, "sessions/999999/logs/stream").status_code == 404
    assert _post(server, f"cancel-session/{session}").json() == {
        "errorMessage": "The session has already ended"
    }
    assert _post(server, "delete/alice/by-alias").json() == {}
    assert _get(server, "status?userName=alice&kernelSlug=by-alias").status_code == 404


def test_the_query_is_validated(server: Server) -> None:
    for query, message in (
        ("page=x", "'page': an integer"),
        ("page=1&page=2", "given twice"),
        ("colour=red", '"colour"'),
        ("group=mine", "'group'"),
    ):
        response = _get(server, f"list?{query}")
        assert response.status_code == 400
        assert message in response.json()["error"]["message"]
    assert _get(server, "list?page=-1").status_code == 400
    until(lambda: " ListKernels 400: " in server.stderr, "the refusal in the log")
    assert 'Unknown name "colour"' in server.stderr


def test_a_client_can_wait_for_the_start_of_a_session(server: Server) -> None:
    sleep = "import time; print('up', flush=True); time.sleep(1000)"
    for number in range(3):
        server.push(f"in-line-{number}", sleep)
    path = "logs/stream/alice/in-line-2"
    assert _get(server, path).status_code == 404
    assert _get(server, f"{path}?waitForLogsUrlSeconds=0").status_code == 404
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(_follow, server, f"{path}?waitForLogsUrlSeconds=30")
        server.call("DeleteKernel", **server.named("in-line-0"))
        assert '"up\\n"' in waiting.result(DEADLINE)
    for number in range(1, 3):
        server.call("DeleteKernel", **server.named(f"in-line-{number}"))


def _follow(server: Server, path: str) -> str:
    """Return the first line of a log stream."""
    auth = ("alice", server.key)
    url = f"{server.url}/api/v1/kernels/{path}"
    with requests.get(url, auth=auth, stream=True, timeout=DEADLINE) as stream:
        return bytes(next(stream.iter_lines())).decode()
