"""The access token of ``kaggle auth login``, renewed when it expires.

Side effects: reads ~/.kaggle/credentials.json and the clock; may request a new token from the
server, and then replaces that file atomically and keeps its mode. If the clock of this machine is
wrong, the server refuses an expired token later.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from nbship.core.kaggle.retry_policy import Patience
from nbship.edges import clock
from nbship.edges.kaggle import retry
from nbship.edges.kaggle.credentials import Credentials, log_in_file, secret_file
from nbship.edges.kaggle.errors import is_transient, requested_wait, translate_errors
from nbship.edges.kaggle.session import GuardedSession, Server
from nbship.edges.storage import files
from nbship.errors import KaggleError, ServerUnreachable, WorkspaceError

_CALL = "v1/users.AccountService/GenerateAccessToken"
_LIFE = timedelta(hours=12)  # the kaggle package requests the same
_MARGIN = timedelta(minutes=5)  # a token must not expire during a command
PATIENCE = Patience(deadline=30.0, attempt=15.0, attempts=4)
_AGAIN = "Log in again: kaggle auth login"


def log_in(key: str, endpoint: str, patience: Patience = PATIENCE) -> Credentials | None:
    """Return the access token of a log-in, renewed if it has expired; None without a log-in.

    ``key`` and ``endpoint`` are those of the server that issues tokens.

    Raises:
        WorkspaceError: the file is damaged, or belongs to another user.
        KaggleError: the server issues no new token.
    """
    path = log_in_file()
    data, warning = secret_file(path)
    if not data:
        return None
    entries = _entries(path, data)
    token = entries.get("access_token")
    if (
        isinstance(token, str)
        and token
        and not _expires_soon(entries.get("access_token_expiration"))
    ):
        return Credentials(None, token, warning)
    server = Server(key, endpoint, Credentials(None, entries["refresh_token"]))
    issued = _renewed(server, patience)
    renewed = {
        **entries,
        "access_token": issued["token"],
        "access_token_expiration": _expiration(issued.get("expiresIn")).isoformat(),
    }
    try:
        # If another command has renewed the token meanwhile, both tokens are valid.
        files.replace_file(path.resolve(), json.dumps(renewed, indent=2).encode(), expected=data)
    except WorkspaceError as error:
        warning = f"the new token is not saved: {error.message}"
    return Credentials(None, issued["token"], warning)


def _entries(path: Path, data: bytes) -> dict[str, Any]:
    try:
        entries = json.loads(data)
    except (ValueError, RecursionError):
        entries = None
    token = entries.get("refresh_token") if isinstance(entries, dict) else None
    if not (isinstance(token, str) and token):
        raise WorkspaceError(f"{path} contains no log-in", hint=_AGAIN)
    return dict(entries)


def _expires_soon(expiration: object) -> bool:
    try:
        moment = datetime.fromisoformat(expiration) if isinstance(expiration, str) else None
    except ValueError:
        return True
    if moment is None:
        return True
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) < datetime.now(UTC) + _MARGIN


def _expiration(seconds: object) -> datetime:
    """Return when a new token expires: after ``seconds``, or after the life that we requested."""
    now = datetime.now(UTC)
    try:
        return now + (timedelta(seconds=seconds) if isinstance(seconds, int) else _LIFE)
    except OverflowError:
        return now + _LIFE


def _renewed(server: Server, patience: Patience) -> Mapping[str, Any]:
    base = server.endpoint if server.is_kaggle else f"{server.endpoint}/api"
    body = {
        "refreshToken": server.credentials.secret,
        "apiVersion": "API_VERSION_V1",
        "expirationDuration": f"{_LIFE.seconds}s",
    }

    def renew() -> Mapping[str, Any]:
        with GuardedSession(server, anonymous=True) as session:
            answer = session.post(f"{base}/{_CALL}", json=body)
            answer.raise_for_status()
            data = answer.json()
            if not (isinstance(data, dict) and isinstance(data.get("token"), str)):
                raise TypeError("the answer contains no token")
            return data

    try:
        with translate_errors(server):
            return retry.retry(
                renew, patience, clock, is_transient=is_transient, requested_wait=requested_wait
            )
    except ServerUnreachable:
        raise
    except KaggleError as error:
        raise KaggleError(f"cannot renew your log-in: {error.message}", hint=_AGAIN) from None
