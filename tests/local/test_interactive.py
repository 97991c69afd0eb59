"""Interactive sessions: each occupies a slot until it ends, and runs no code."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from kagglesdk.common.services.operations_service import OperationsClient
from kagglesdk.kaggle_env import KaggleEnv
from kagglesdk.kaggle_http_client import KaggleHttpClient
from kagglesdk.kernels.services.kernels_api_service import KernelsApiClient
from kagglesdk.kernels.types.kernels_api_service import (
    ApiCancelKernelSessionRequest,
    ApiCreateKernelSessionRequest,
)

from nbship.local.storage.database import Database, Draft
from nbship.local.storage.interactive_slots import InteractiveSlot
from tests.support.local_kaggle import DEADLINE, Json, Server

_OPERATION = "operations/create-kernel-session/"


@pytest.fixture(scope="module", autouse=True)
def _kernel(server: Server) -> None:
    server.push("to-edit", "pass", kernelExecutionType="QUICK_SAVE")


@pytest.fixture(autouse=True)
def _no_session_left(server: Server) -> Iterator[None]:
    yield
    server.call("DeleteKernel", **server.named("to-edit"))
    server.push("to-edit", "pass", kernelExecutionType="QUICK_SAVE")


def _begin(server: Server, **more: object) -> Json:
    return server.call("CreateKernelSession", slug="alice/to-edit", **more)


def _operation(server: Server, name: str, user: str = "alice") -> requests.Response:
    url = f"{server.url}/api/v1/common.OperationsService/GetOperation"
    auth = (user, server.key)
    return server.session.post(url, json={"name": name}, auth=auth, timeout=DEADLINE)


class _Client(KaggleHttpClient):  # type: ignore[misc] # kagglesdk ships no types
    """The client of kagglesdk, connected to a local Kaggle."""

    def __init__(self, server: Server) -> None:
        super().__init__(env=KaggleEnv.LOCAL, username="alice", password=server.key)
        self._endpoint = server.url


def test_the_official_package_begins_follows_and_ends_one(server: Server) -> None:
    with _Client(server) as http:
        _begin_follow_end(http)


def _begin_follow_end(http: _Client) -> None:
    kernels = KernelsApiClient(http)
    request = ApiCreateKernelSessionRequest()
    request.slug, request.language, request.kernel_type = "alice/to-edit", "python", "script"
    request.machine_shape, request.enable_internet = "NvidiaTeslaT4", True
    started = kernels.create_kernel_session(request)
    number = started.metadata["kernelSessionId"]
    assert (started.name, started.done) == (f"{_OPERATION}{number}", False)
    done = OperationsClient(http).get_operation(name=started.name)
    assert (done.done, done.error) == (True, None)
    assert done.response == {"kernelSessionId": number}
    cancel = ApiCancelKernelSessionRequest()
    cancel.kernel_session_id = number
    assert not kernels.cancel_kernel_session(cancel).error_message
    again = kernels.cancel_kernel_session(cancel)
    assert again.error_message == "The session has already ended"


def test_it_occupies_a_slot_until_it_ends(server: Server) -> None:
    gpu = {"machineShape": "NvidiaTeslaT4"}
    sessions = [_begin(server, **gpu)["metadata"]["kernelSessionId"] for _ in range(2)]
    full = "Maximum batch GPU session count of 2 reached."
    third = server.post("CreateKernelSession", slug="alice/to-edit", **gpu)
    assert (third.status_code, third.json()["error"]["message"]) == (409, full)
    assert server.push("to-edit", "pass", **gpu) == {"error": full}
    assert _begin(server)["done"] is False  # the CPU has its own limit
    assert server.call("CreateKernelSession", "bob", slug=_of_bob(server), **gpu)["name"]
    assert server.call("CancelKernelSession", kernelSessionId=sessions[0]) == {}
    saved = server.push("to-edit", "pass", **gpu)
    server.ended("to-edit", f"v{saved['versionNumber']}")
    number = _begin(server, **gpu)["metadata"]["kernelSessionId"]
    assert number > max(sessions)
    assert server.call("GetAcceleratorQuotaStatistics")["gpuQuota"]["hasEverRun"] is True


def _of_bob(server: Server) -> str:
    server.call(
        "SaveKernel", "bob", slug="bob/of-bob", newTitle="Of Bob", text="pass", language="python",
        kernelType="script", kernelExecutionType="QUICK_SAVE", isPrivate=False,
    )  # fmt: skip
    return "bob/of-bob"


@pytest.mark.parametrize(
    ("request_", "code", "message"),
    [
        ({}, 403, "kernels.get"),
        ({"slug": "alice"}, 404, "was not found"),
        ({"slug": "alice/no-such"}, 404, "was not found"),
        ({"slug": "bob/no-such"}, 403, "kernels.get"),
        ({"slug": "bob/of-bob"}, 403, "kernels.update"),
        ({"slug": "alice/to-edit", "kernelType": "notebook"}, 400, "is a script"),
        ({"slug": "alice/to-edit", "language": "perl"}, 400, "'language'"),
        ({"slug": "alice/to-edit", "text": "pass"}, 400, '"text"'),
    ],
)
def test_invalid_requests_are_refused(
    server: Server, request_: Json, code: int, message: str
) -> None:
    _of_bob(server)
    answer = server.post("CreateKernelSession", **request_)
    assert answer.status_code == code
    assert message in answer.json()["error"]["message"]


def test_only_its_owner_can_use_it(server: Server) -> None:
    started = _begin(server)
    number = started["metadata"]["kernelSessionId"]
    assert _operation(server, started["name"], "bob").status_code == 404
    assert server.post("CancelKernelSession", "bob", kernelSessionId=number).status_code == 403
    for name in ("", "operations/other/1", f"{_OPERATION}x", f"{_OPERATION}999999"):
        assert _operation(server, name).status_code == 404
    # An interactive session has no log and no output.
    assert server.post("GetKernelSessionLogsStream", kernelSessionId=number).status_code == 404
    assert server.post("DownloadKernelOutputZip", kernelSessionId=number).status_code == 404


def test_the_aliases_give_the_same_answers(server: Server) -> None:
    auth = ("alice", server.key)
    url = f"{server.url}/api/v1/kernels/create-session/alice/to-edit"
    name = server.session.post(url, json={}, auth=auth, timeout=DEADLINE).json()["name"]
    url = f"{server.url}/api/v1/operations/get"
    by_alias = server.session.post(url, json={"name": name}, auth=auth, timeout=DEADLINE)
    assert by_alias.json() == _operation(server, name).json()


@pytest.mark.parametrize("is_killed", [False, True])
def test_it_ends_with_the_server(own_server: Server, *, is_killed: bool) -> None:
    own_server.push("to-edit", "pass", kernelExecutionType="QUICK_SAVE")
    number = _begin(own_server)["metadata"]["kernelSessionId"]
    if is_killed:
        own_server.process.kill()
        own_server.wait()
    else:
        assert own_server.stop() == 0
    own_server.session = requests.Session()
    own_server.start()
    again = own_server.call("CancelKernelSession", kernelSessionId=number)
    assert again == {"errorMessage": "The session has already ended"}
    assert _begin(own_server)["metadata"]["kernelSessionId"] > number


def test_it_ends_by_itself_when_its_time_is_over(tmp_path: Path) -> None:
    database = Database(tmp_path / "kaggle.sqlite")
    kernel = database.create_kernel("alice", "one", "Title", "script", is_private=True)
    database.add_version(kernel.id, Draft("pass", {}, "CPU", 1, "token", None, "alice"))
    hour = timedelta(hours=1)
    assert [
        database.slots.take(kernel.id, "alice", "GPU", longest) for longest in (-hour, hour)
    ] == [2, 3]
    assert database.count_active("alice", "GPU") == 1
    assert database.count_active("alice", "TPU") == 0
    assert database.count_active("bob", "GPU") == 0
    database.close()


_HOUR = timedelta(hours=1)
_NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("started", "expires", "ended", "taken", "hours"),
    [
        (-2, 10, None, True, 2),
        (-2, -1, None, False, 1),  # it expired an hour ago
        (-2, 10, -1, False, 1),
        (-9, 3, None, True, 4),  # five of its hours were in the previous week
        (-9, 3, -5, False, 0),
    ],
)
def test_its_share_of_the_weekly_quota(
    started: int, expires: int, ended: int | None, hours: int, *, taken: bool
) -> None:
    def at(hour: int) -> datetime:
        return _NOON + hour * _HOUR

    slot = InteractiveSlot(
        1, "alice", at(started), at(expires), None if ended is None else at(ended)
    )
    assert slot.is_taken(_NOON) is taken
    assert slot.length(at(-4), _NOON) == hours * _HOUR
