"""Several users: their keys and tokens, and the kernels that only they may read."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import requests

from nbship.local.protocol.validation import now
from nbship.local.services.users import Users, read_users
from nbship.local.storage.database import Database
from nbship.local.storage.state_dir import StateDirError
from tests.support.local_kaggle import DEADLINE, Json, Server

_LISTED = {
    "alice": {"key": "key-of-alice", "tokens": ["KGAT_alice"], "refresh_tokens": ["rt-alice"]},
    "bob": {"tokens": ["KGAT_bob"]},
}
_RPC = "/api/v1/{}"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("kaggle"))
    server.state_dir.mkdir()
    (server.state_dir / "users.json").write_text(json.dumps(_LISTED))
    server.start()
    yield server
    assert server.stop() == 0
    assert "Traceback" not in server.stderr


def _ask(server: Server, method: str, request: Json, **more: object) -> requests.Response:
    url = f"{server.url}/api/v1/{method}"
    return server.session.post(url, json=request, timeout=DEADLINE, **more)  # type: ignore[arg-type]


def _as(server: Server, token: str, method: str, **request: object) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return _ask(server, f"kernels.KernelsApiService/{method}", request, headers=headers)


def _save(slug: str) -> Json:
    return {
        "slug": slug,
        "newTitle": slug.partition("/")[2].replace("-", " ").title(),
        "text": "pass",
        "language": "python",
        "kernelType": "script",
        "kernelExecutionType": "QUICK_SAVE",
    }


def test_a_key_is_valid_for_its_user(shared: Server) -> None:
    def code(user: str, key: str) -> int:
        method = "kernels.KernelsApiService/ListKernels"
        return _ask(shared, method, {}, auth=(user, key)).status_code

    assert code("alice", "key-of-alice") == 200
    assert code("ALICE", "key-of-alice") == 200
    assert code("alice", shared.key) == 401  # the server's key is for unlisted users
    assert code("bob", "key-of-alice") == 401
    assert code("bob", "") == 401  # bob has no key
    assert code("bob", "KGAT_bob") == 401
    assert code("carol", shared.key) == 200
    assert code("carol", "key-of-alice") == 401


def test_a_token_stands_for_its_user(shared: Server) -> None:
    assert _as(shared, "KGAT_alice", "SaveKernel", **_save("alice/of-alice")).json()["kernelId"]
    answer = _as(shared, "KGAT_bob", "SaveKernel", **_save("alice/of-alice")).json()
    assert answer == {"error": "Notebook not found"}
    named = {"userName": "alice", "kernelSlug": "of-alice"}
    assert _as(shared, "KGAT_bob", "GetKernel", **named).status_code == 403
    assert _as(shared, "KGAT_alice", "GetKernel", **named).status_code == 200
    assert _as(shared, "KGAT_nobody", "GetKernel", **named).status_code == 401

    def introspect(token: str) -> Json:
        method = "security.OAuthService/IntrospectToken"
        return dict(_ask(shared, method, {"token": token}).json())

    assert introspect("KGAT_bob") == {"active": True, "username": "bob"}
    assert introspect(shared.key) == {"active": True, "username": "local"}
    assert introspect("key-of-alice") == {"active": False}
    assert introspect("") == {"active": False}


def test_the_owners_of_a_workspace_are_one_person(tmp_path: Path) -> None:
    """On Kaggle the person would be a collaborator of each; others stay outside."""
    server = Server(tmp_path).start()
    (server.state_dir / "team.json").write_text('["alice", "the-lab"]')
    pushed = server.call("SaveKernel", **_save("the-lab/of-the-lab"))
    assert pushed["ref"] == "/the-lab/of-the-lab"
    again = server.call("SaveKernel", **{**_save("x/another-name"), "id": pushed["kernelId"]})
    assert again["versionNumber"] == 2
    named = {"userName": "the-lab", "kernelSlug": "of-the-lab"}
    assert server.call("GetKernel", **named)["metadata"]["author"] == "the-lab"
    reading = {**_save("alice/reads-it"), "kernelDataSources": ["the-lab/of-the-lab"]}
    assert "invalidKernelSources" in server.call("SaveKernel", **reading)
    listed = server.call("ListKernels")["kernels"]
    assert [kernel["slug"] for kernel in listed] == ["reads-it", "of-the-lab"]
    for stranger in ("bob", "alice-2"):
        answer = server.call("SaveKernel", stranger, **_save("the-lab/of-the-lab"))
        assert answer == {"error": "Notebook not found"}
        assert server.post("GetKernel", stranger, **named).status_code == 403
        assert server.call("ListKernels", stranger)["kernels"] == []
    assert server.call("SaveKernel", **_save("bob/of-bob")) == {"error": "Notebook not found"}
    assert server.call("DeleteKernel", **named) == {}
    for content in ("[", "{}", '["the-lab"]', "null", "[" * 100_000):
        (server.state_dir / "team.json").write_text(content)
        answer = server.call("SaveKernel", **_save("the-lab/of-the-lab"))
        assert answer == {"error": "Notebook not found"}
    assert server.stop() == 0


def test_a_refresh_token_gets_a_new_token(shared: Server) -> None:
    def generate(**request: str) -> requests.Response:
        return _ask(shared, "users.AccountService/GenerateAccessToken", request)

    version = {"apiVersion": "API_VERSION_V1"}
    answer = generate(refreshToken="rt-alice", expirationDuration="43200s", **version).json()
    assert answer["userName"] == "alice"
    assert answer["expiresIn"] == 43200
    assert _as(shared, answer["token"], "ListKernels").status_code == 200
    short = generate(refreshToken="rt-alice", expirationDuration="0.0s").json()
    assert _as(shared, short["token"], "ListKernels").status_code == 401
    assert generate(refreshToken="rt-alice", expirationDuration="long").status_code == 400
    for wrong in ("rt-bob", "", "KGAT_alice"):
        assert generate(refreshToken=wrong).status_code == 401
    content = (shared.state_dir / "kaggle.sqlite").read_bytes()
    content += (shared.state_dir / "kaggle.sqlite-wal").read_bytes()
    assert answer["token"].encode() not in content


def test_an_issued_token_outlives_the_server_and_not_its_user(tmp_path: Path) -> None:
    path = tmp_path / "users.json"
    path.write_text(json.dumps(_LISTED))
    users = Users("key", lambda: read_users(path), Database(tmp_path / "kaggle.sqlite"))
    token = users.generate("", {"refreshToken": "rt-alice"})["token"]
    again = Database(tmp_path / "kaggle.sqlite")
    assert Users("key", lambda: read_users(path), again).with_token(token) == "alice"
    assert Users("key", dict, again).with_token(token) is None
    again.add_token("digest", "alice", now() - timedelta(seconds=1))
    assert again.token_user("digest", now()) is None


def test_without_a_file_nobody_is_listed(tmp_path: Path) -> None:
    assert read_users(tmp_path / "users.json") == {}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "must be an object"),
        ('{"../x": {}}', "is not a valid user name"),
        ('{"Alice": {}}', "is not a valid user name"),
        ('{"alice": []}', "must be an object with only key, refresh_tokens, tokens"),
        ('{"alice": {"password": "x"}}', "must be an object with only key, refresh_tokens, tokens"),
        ('{"alice": {"key": 5}}', "key must be a string"),
        ('{"alice": {"tokens": "x"}}', "tokens lists of strings"),
        ('{"alice": {"refresh_tokens": [1]}}', "tokens lists of strings"),
    ],
)
def test_a_wrong_file_is_reported(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "users.json"
    path.write_text(content)
    with pytest.raises(StateDirError, match=message) as error:
        read_users(path)
    assert str(path) in str(error.value)
