"""Who may ask, by credential: the key that is made here, and the users that HOME/users.json lists.

``{"alice": {"key": "...", "tokens": ["KGAT_..."], "refresh_tokens": ["..."]}, ...}``: every part
may be left out. The made key opens the registry to any user that is not listed; a listed one comes
with what is written there, and with the tokens that were issued for it.

Side effects: reads the file once; the database keeps the issued tokens, as digests.
"""

import hashlib
import hmac
import json
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

from nbship.local.protocol import validation
from nbship.local.protocol.validation import ApiError, Json
from nbship.local.storage.database import State
from nbship.local.storage.state_dir import HomeError

TOKEN_USER = "local"  # noqa: S105 - the name of whoever comes with the key as a token, no secret
INTROSPECT = {"token": validation.STRING}
GENERATE = {
    "refreshToken": validation.STRING,
    "apiVersion": validation.one_of("API_VERSION_UNSPECIFIED", "API_VERSION_V1"),
    "expirationDuration": validation.DURATION,
}
_USER = re.compile(r"[a-z0-9][a-z0-9_-]{0,49}")
_LONGEST = timedelta(hours=12)
_TOKEN_PREFIX = "KGAT_"  # noqa: S105 - how Kaggle's tokens begin
_FIELDS = {"key", "tokens", "refresh_tokens"}


@dataclass(frozen=True, slots=True)
class Listed:
    """One user of the file."""

    key: str = ""
    tokens: tuple[str, ...] = ()
    refresh_tokens: tuple[str, ...] = ()


def read_users(path: Path) -> dict[str, Listed]:
    """Return the users that a file lists; none where there is no file.

    Raises:
        HomeError: the file is not as it should be.
    """
    try:
        written = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (ValueError, RecursionError) as error:
        raise HomeError(f"{path} is not JSON: {error}") from error
    if not isinstance(written, dict):
        raise HomeError(f"{path} must be an object: a user's name, then its credentials")
    return {name: _listed(path, name, fields) for name, fields in written.items()}


def _listed(path: Path, name: str, fields: object) -> Listed:
    if not _USER.fullmatch(name):
        raise HomeError(f"{path}: {name!r} cannot be a user's name")
    if not isinstance(fields, dict) or not fields.keys() <= _FIELDS:
        raise HomeError(f"{path}: {name} may have {', '.join(sorted(_FIELDS))}, and nothing else")
    key, *lists = fields.get("key", ""), fields.get("tokens", []), fields.get("refresh_tokens", [])
    if not isinstance(key, str) or not all(map(validation.STRINGS.accepts, lists)):
        raise HomeError(f"{path}: {name}: a key is a text, tokens are lists of texts")
    return Listed(key, *(tuple(filter(None, listed)) for listed in lists))


class Users:
    """All who may ask."""

    def __init__(self, key: str, listed: dict[str, Listed], state: State) -> None:
        self._key = key
        self._listed = listed
        self._state = state

    def with_key(self, name: str, key: str) -> str | None:
        """Return the user of this name, if the key is right."""
        name = name.lower()
        if not _USER.fullmatch(name):
            return None
        listed = self._listed.get(name)
        return name if _same(key, listed.key if listed else self._key) else None

    def with_token(self, token: str) -> str | None:
        """Return the user that a token stands for."""
        for name, listed in self._listed.items():
            if any(_same(token, known) for known in listed.tokens):
                return name
        if _same(token, self._key):
            return TOKEN_USER
        issued_to = self._state.token_user(_digest(token), validation.now())
        return issued_to if issued_to in self._listed else None

    def introspect(self, _: str, request: Json) -> Json:
        """Answer IntrospectToken: whose token it is."""
        user = self.with_token(request.get("token", ""))
        return {"active": True, "username": user} if user else {"active": False}

    def generate(self, _: str, request: Json) -> Json:
        """Answer GenerateAccessToken: a new token for a refresh token, for twelve hours at most."""
        given = request.get("refreshToken", "")
        for number, (name, listed) in enumerate(self._listed.items(), start=1):
            if any(_same(given, known) for known in listed.refresh_tokens):
                asked = request.get("expirationDuration")
                length = min(validation.seconds(asked) if asked else _LONGEST, _LONGEST)
                token = _TOKEN_PREFIX + secrets.token_hex(16)
                self._state.add_token(_digest(token), name, validation.now() + length)
                return {
                    "token": token,
                    "expiresIn": int(length.total_seconds()),
                    "userName": name,
                    "userId": number,
                }
        raise ApiError(HTTPStatus.UNAUTHORIZED, "The refresh token is not valid")


def _same(given: str, known: str) -> bool:
    """Whether two secrets are equal, in a time that tells nothing. An empty one is none."""
    is_equal = hmac.compare_digest(given.encode("utf-8", "replace"), known.encode())
    return is_equal and known != ""


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
