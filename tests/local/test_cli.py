"""The stock command line authenticates with a key, a token or a login, and with no wrong one."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.local_kaggle import Server

_TOKEN = "KGAT_bob"  # noqa: S105 - made up
_LISTED = {
    "bob": {"key": "key-of-bob", "tokens": [_TOKEN], "refresh_tokens": ["refresh-bob"]},
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("kaggle"))
    server.state_dir.mkdir()
    (server.state_dir / "users.json").write_text(json.dumps(_LISTED))
    server.start()
    for user, key in (("bob", "key-of-bob"), ("alice", server.key)):
        request = {
            "slug": f"{user}/kept-by-{user}",
            "newTitle": f"Kept by {user}",
            "text": "pass",
            "language": "python",
            "kernelType": "script",
            "kernelExecutionType": "QUICK_SAVE",
        }
        url = f"{server.url}/api/v1/kernels/push"
        assert server.session.post(url, json=request, auth=(user, key)).json()["versionNumber"] == 1
    yield server
    assert server.stop() == 0


def test_a_key_a_token_and_a_login_each_see_their_own(shared: Server) -> None:
    listing = ("kernels", "list", "-m", "-v")
    by_key = shared.kaggle(*listing)
    assert "alice/kept-by-alice" in by_key
    assert "bob/" not in by_key
    by_token = shared.kaggle(*listing, KAGGLE_API_TOKEN=_TOKEN)
    assert "bob/kept-by-bob" in by_token
    assert "alice/" not in by_token


def test_a_login_is_renewed(shared: Server, tmp_path: Path) -> None:
    path = tmp_path / ".kaggle" / "credentials.json"
    path.parent.mkdir()
    login = {
        "refresh_token": "refresh-bob",
        "access_token": "over",
        "access_token_expiration": "2020-01-01T00:00:00+00:00",
        "username": "bob",
        "scopes": [],
    }
    path.write_text(json.dumps(login))
    by_login = shared.kaggle(
        "kernels", "list", "-m", "-v", HOME=str(tmp_path), KAGGLE_USERNAME="", KAGGLE_KEY=""
    )
    assert "bob/kept-by-bob" in by_login
    assert json.loads(path.read_text())["access_token"].startswith("KGAT_")


@pytest.mark.parametrize("wrong", ["KAGGLE_KEY", "KAGGLE_API_TOKEN"])
def test_a_wrong_credential_is_refused(shared: Server, wrong: str) -> None:
    output = shared.kaggle("quota", **{wrong: "wrong"})
    assert output.startswith("Authentication required")
