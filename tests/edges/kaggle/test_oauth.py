"""The tokens of a log-in: used while they are valid, renewed when they expire, never shown."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from nbship.core.kaggle.retry_policy import Patience
from nbship.edges.kaggle.credentials import Credentials, find_credentials
from nbship.edges.kaggle.oauth import log_in
from nbship.errors import KaggleError, ServerUnreachable, WorkspaceError
from tests.support.scripted_server import Answer, ScriptedServer, dead_url, refusal, reply

REFRESH, OLD, NEW = "the-refresh-token", "the-old-access-token", "the-new-access-token"
DONE = {"token": NEW, "expiresIn": 43200, "userName": "awa", "userId": 1}


def lay(life: timedelta | None, **more: Any) -> Path:
    """Write a log-in into the home folder whose token expires after ``life``."""
    file = Path.home() / ".kaggle" / "credentials.json"
    file.parent.mkdir(exist_ok=True)
    ends = (datetime.now(UTC) + life).isoformat() if life is not None else ""
    entries = {
        "refresh_token": REFRESH, "access_token": OLD, "access_token_expiration": ends,
        "username": "awa", "scopes": ["all"],
    }  # fmt: skip
    file.write_text(json.dumps(entries | more))
    file.chmod(0o600)
    return file


def test_a_token_is_taken_while_it_lasts(scripted: ScriptedServer) -> None:
    file = lay(timedelta(hours=1))
    before = file.read_bytes()
    assert log_in("local", scripted.url) == Credentials(None, OLD)
    assert scripted.seen == []
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("life", "more"),
    [
        (timedelta(seconds=-1), {}),
        (timedelta(seconds=60), {}),
        (None, {}),
        (timedelta(hours=1), {"access_token": ""}),
        (None, {"access_token_expiration": "soon"}),
        (None, {"access_token_expiration": 5}),
        (None, {"access_token_expiration": "2001-01-01T00:00:00"}),
    ],
)
def test_a_token_that_has_run_out_is_renewed_and_kept(
    scripted: ScriptedServer, life: timedelta | None, more: dict[str, Any]
) -> None:
    file = lay(life, **more)
    scripted.script = lambda _: reply(DONE)
    assert log_in("local", scripted.url) == Credentials(None, NEW)
    [seen] = scripted.seen
    assert seen.path == "/api/v1/users.AccountService/GenerateAccessToken"
    assert seen.json == {
        "refreshToken": REFRESH,
        "apiVersion": "API_VERSION_V1",
        "expirationDuration": "43200s",
    }
    assert "authorization" not in seen.headers
    kept = json.loads(file.read_text())
    assert (kept["access_token"], kept["refresh_token"], kept["scopes"]) == (NEW, REFRESH, ["all"])
    ends = datetime.fromisoformat(kept["access_token_expiration"])
    assert timedelta(hours=11) < ends - datetime.now(UTC) <= timedelta(hours=12)
    assert file.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in file.parent.iterdir()] == ["credentials.json"]


@pytest.mark.parametrize("seconds", [10**30, -(10**30), 10**12, "43200", None])
def test_a_life_that_no_calendar_holds_is_the_one_asked_for(
    scripted: ScriptedServer, seconds: object
) -> None:
    file = lay(None)
    scripted.script = lambda _: reply(DONE | {"expiresIn": seconds})
    assert log_in("local", scripted.url) == Credentials(None, NEW)
    ends = datetime.fromisoformat(json.loads(file.read_text())["access_token_expiration"])
    assert timedelta(hours=11) < ends - datetime.now(UTC) <= timedelta(hours=12)
    assert log_in("local", scripted.url) == Credentials(None, NEW)
    assert len(scripted.seen) == 1


def test_a_token_that_cannot_be_kept_is_used_and_said(scripted: ScriptedServer) -> None:
    file = lay(None)
    file.with_name(".new-credentials.json").mkdir()  # in the way of the new file
    scripted.script = lambda _: reply({"token": NEW})
    found = log_in("local", scripted.url)
    assert found == Credentials(None, NEW)
    assert found.warning.startswith(f"the new token is not saved: cannot write {file}: ")


@pytest.mark.parametrize("answer", [refusal(401, f"no {REFRESH}"), refusal(400, "no"), reply([])])
def test_a_log_in_that_is_over_says_how_to_begin_again(
    scripted: ScriptedServer, answer: Answer
) -> None:
    file = lay(None)
    before = file.read_bytes()
    scripted.script = lambda _: answer
    with pytest.raises(KaggleError, match="cannot renew your log-in") as error:
        log_in("local", scripted.url, Patience(attempts=1))
    assert "kaggle auth login" in error.value.hint
    assert REFRESH not in error.value.message
    assert file.read_bytes() == before


def test_a_log_in_where_nobody_listens() -> None:
    lay(None)
    with pytest.raises(ServerUnreachable):
        log_in("local", dead_url())


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"refresh_token": 5}', "[" * 100_000])
def test_a_file_that_holds_no_log_in(text: str) -> None:
    file = lay(None)
    file.write_text(text)
    if not text:
        assert log_in("local", "") is None
        return
    with pytest.raises(WorkspaceError, match="contains no log-in") as error:
        log_in("local", "")
    assert "kaggle auth login" in error.value.hint


def test_a_log_in_comes_last(monkeypatch: pytest.MonkeyPatch) -> None:
    lay(timedelta(hours=1))
    assert find_credentials(lambda: log_in("local", "")) == Credentials(None, OLD)
    monkeypatch.setenv("KAGGLE_API_TOKEN", "the-token-of-the-environment")
    assert find_credentials(lambda: log_in("local", "")) != Credentials(None, OLD)
    file = Path.home() / ".kaggle" / "credentials.json"
    file.unlink()
    assert log_in("local", "") is None
