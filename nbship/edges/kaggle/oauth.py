"""The tokens of ``kaggle auth login``: read, and renewed where they have run out.

Side effects: reads ~/.kaggle/credentials.json; may ask the server for a new token and then writes
that file anew, as a whole and with its mode. The clock is asked when a token runs out; where it is
wrong, the server's answer tells.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from nbship.core.kaggle.retry_policy import Patience
from nbship.edges import clock
from nbship.edges.kaggle import retry
from nbship.edges.kaggle.credentials import Credentials, secret_file
from nbship.edges.kaggle.errors import is_transient, pause_of, translate_errors
from nbship.edges.kaggle.session import GuardedSession, Server
from nbship.edges.storage import files
from nbship.errors import KaggleError, ServerUnreachable, WorkspaceError

_CALL = "v1/users.AccountService/GenerateAccessToken"
_LIFE = timedelta(hours=12)  # as the package asks for
_SOON = timedelta(minutes=5)  # a token that runs out within a command is no use
_PATIENCE = Patience(deadline=30.0, attempt=15.0, attempts=4)
_AGAIN = "Log in again: kaggle auth login"


def log_in(key: str, endpoint: str) -> Credentials | None:
    """Return the access token that a log-in left, a new one where it has run out; None without.

    Raises:
        WorkspaceError: the file is damaged or another user's.
        KaggleError: the server gives no new token.
    """
    path = Path.home() / ".kaggle" / "credentials.json"
    data, warning = secret_file(path)
    if not data:
        return None
    entries = _entries(path, data)
    token = entries.get("access_token")
    if isinstance(token, str) and token and not _runs_out(entries.get("access_token_expiration")):
        return Credentials(None, token, warning)
    told = _renewed(Server(key, endpoint, Credentials(None, entries["refresh_token"])))
    fresh = {
        **entries,
        "access_token": told["token"],
        "access_token_expiration": _end(told.get("expiresIn")).isoformat(),
    }
    try:
        # Another command may have renewed it as well: both tokens are good.
        files.replace_file(path, json.dumps(fresh, indent=2).encode(), expected=data)
    except WorkspaceError as error:
        warning = f"the new token is not kept: {error.message}"
    return Credentials(None, told["token"], warning)


def _entries(path: Path, data: bytes) -> dict[str, Any]:
    try:
        entries = json.loads(data)
    except (ValueError, RecursionError):
        entries = None
    token = entries.get("refresh_token") if isinstance(entries, dict) else None
    if not (isinstance(token, str) and token):
        raise WorkspaceError(f"{path} holds no log-in", hint=_AGAIN)
    return dict(entries)


def _runs_out(told: object) -> bool:
    try:
        moment = datetime.fromisoformat(told) if isinstance(told, str) else None
    except ValueError:
        return True
    if moment is None:
        return True
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) < datetime.now(UTC) + _SOON


def _end(life: object) -> datetime:
    """Return when a token of so many seconds runs out; of what is no such number, ours counts."""
    now = datetime.now(UTC)
    try:
        return now + (timedelta(seconds=life) if isinstance(life, int) else _LIFE)
    except OverflowError:
        return now + _LIFE


def _renewed(server: Server) -> Mapping[str, Any]:
    base = server.endpoint if server.is_kaggle else f"{server.endpoint}/api"
    asked = {
        "refreshToken": server.credentials.secret,
        "apiVersion": "API_VERSION_V1",
        "expirationDuration": f"{_LIFE.seconds}s",
    }

    def ask() -> Mapping[str, Any]:
        with GuardedSession(server, anonymous=True) as session:
            answer = session.post(f"{base}/{_CALL}", json=asked)
            answer.raise_for_status()
            told = answer.json()
            if not (isinstance(told, dict) and isinstance(told.get("token"), str)):
                raise TypeError("no token")
            return told

    try:
        with translate_errors(server):
            return retry.retry(ask, _PATIENCE, clock, passes=is_transient, told=pause_of)
    except ServerUnreachable:
        raise
    except KaggleError as error:
        raise KaggleError(f"no new token for your log-in: {error.message}", hint=_AGAIN) from None
