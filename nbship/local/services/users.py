"""Authentication: the server's API key, and the users that ``users.json`` lists.

The optional file in the state folder: ``{"alice": {"key": "...", "tokens": ["KGAT_..."],
"refresh_tokens": ["..."]}, ...}``; every field is optional. The server's key is valid for every
unlisted user. A listed user needs a credential of the file, or a token issued for its refresh
token.

Side effects: reads the file, again when it has changed; saves the digests of issued tokens in the
database.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

from nbship.local.protocol import validation
from nbship.local.protocol.validation import ApiError, Json
from nbship.local.storage.database import Database
from nbship.local.storage.json_files import read_json
from nbship.local.storage.state_dir import StateDirError

TOKEN_USER = "local"  # noqa: S105 - the user of a request with the key as its token, not a secret
INTROSPECT = {"token": validation.STRING}
GENERATE = {
    "refreshToken": validation.STRING,
    "apiVersion": validation.one_of("API_VERSION_UNSPECIFIED", "API_VERSION_V1"),
    "expirationDuration": validation.DURATION,
}
_USER = re.compile(r"[a-z0-9][a-z0-9_-]{0,49}")
_LONGEST = timedelta(hours=12)  # validity of an issued token
_TOKEN_PREFIX = "KGAT_"  # noqa: S105 - the prefix of Kaggle's tokens
_FIELDS = {"key", "tokens", "refresh_tokens"}


@dataclass(frozen=True, slots=True)
class ListedUser:
    """The credentials of one user in the file."""

    key: str = ""
    tokens: tuple[str, ...] = ()
    refresh_tokens: tuple[str, ...] = ()


def read_users(path: Path) -> dict[str, ListedUser]:
    """Return the users that a file lists; an empty dict if the file does not exist.

    Raises:
        StateDirError: the file is not JSON, or has an invalid user or field.
    """
    try:
        content = read_json(path)
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise StateDirError(f"{path} is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise StateDirError(f"{path} must be an object from user names to their credentials")
    return {name: _listed_user(path, name, fields) for name, fields in content.items()}


def _listed_user(path: Path, name: str, fields: object) -> ListedUser:
    if not _USER.fullmatch(name):
        raise StateDirError(f"{path}: {name!r} is not a valid user name")
    if not isinstance(fields, dict) or not fields.keys() <= _FIELDS:
        allowed = ", ".join(sorted(_FIELDS))
        raise StateDirError(f"{path}: {name} must be an object with only {allowed}")
    key, *lists = fields.get("key", ""), fields.get("tokens", []), fields.get("refresh_tokens", [])
    if not isinstance(key, str) or not all(map(validation.STRINGS.accepts, lists)):
        raise StateDirError(f"{path}: {name}: key must be a string, tokens lists of strings")
    return ListedUser(key, *(tuple(filter(None, listed)) for listed in lists))


class Users:
    """All users, and their credentials."""

    def __init__(
        self, key: str, listed_users: Callable[[], Mapping[str, ListedUser]], database: Database
    ) -> None:
        self._key = key
        self._listed_users = listed_users
        self._database = database

    def with_key(self, name: str, key: str) -> str | None:
        """Return the user's name in lower case, or None if the name or the key is invalid."""
        name = name.lower()
        if not _USER.fullmatch(name):
            return None
        listed_user = self._listed_users().get(name)
        return name if _is_equal(key, listed_user.key if listed_user else self._key) else None

    def with_token(self, token: str) -> str | None:
        """Return the name of a token's user, or None if the token is invalid."""
        for name, user in self._listed_users().items():
            if any(_is_equal(token, valid) for valid in user.tokens):
                return name
        if _is_equal(token, self._key):
            return TOKEN_USER
        issued_to = self._database.token_user(_digest(token), validation.now())
        return issued_to if issued_to in self._listed_users() else None

    def introspect(self, _: str, request: Json) -> Json:
        """Answer IntrospectToken: whether a token is valid, and the name of its user."""
        user = self.with_token(request.get("token", ""))
        return {"active": True, "username": user} if user else {"active": False}

    def generate(self, _: str, request: Json) -> Json:
        """Answer GenerateAccessToken: a new token, valid for at most 12 hours, for a refresh token.

        Raises:
            ApiError: the refresh token is invalid.
        """
        refresh_token = request.get("refreshToken", "")
        for number, (name, user) in enumerate(self._listed_users().items(), start=1):
            if any(_is_equal(refresh_token, valid) for valid in user.refresh_tokens):
                requested = request.get("expirationDuration")
                length = min(validation.seconds(requested) if requested else _LONGEST, _LONGEST)
                token = _TOKEN_PREFIX + secrets.token_hex(16)
                self._database.add_token(_digest(token), name, validation.now() + length)
                return {
                    "token": token,
                    "expiresIn": int(length.total_seconds()),
                    "userName": name,
                    "userId": number,
                }
        raise ApiError(HTTPStatus.UNAUTHORIZED, "The refresh token is not valid")


def _is_equal(given: str, valid: str) -> bool:
    """Compare two secrets in constant time; an empty one matches nothing."""
    is_equal = hmac.compare_digest(given.encode("utf-8", "replace"), valid.encode())
    return is_equal and valid != ""


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
