"""The secrets of users, which a running notebook requests.

``secrets.json`` in the state folder holds them: ``{"alice": {"LABEL": "value"}}``. Only an active
session of the user may request them, with the token in its environment. Requests and answers are
those of Kaggle's package kaggle_secrets.

Side effects: reads the file at each request.
"""

import hmac
import re
from http import HTTPStatus
from pathlib import Path

from nbship.local.protocol import validation
from nbship.local.protocol.validation import ApiError, Json
from nbship.local.storage.database import Database, Version
from nbship.local.storage.json_files import read_json
from nbship.local.storage.session_token import secrets_token

FIELDS = {"Label": validation.STRING}
# Codes of gRPC.
_NOT_FOUND = 5
_INTERNAL = 13
_TOKEN = re.compile(r"([0-9]{1,18})\.[0-9a-f]{64}")


def answer(path: Path, database: Database, authorization: str, request: Json) -> Json:
    """Return a secret, or the error for a missing one.

    Raises:
        ApiError: the token is not that of an active session.
    """
    version = _session(database, authorization.removeprefix("Bearer "))
    label = request.get("Label", "")
    try:
        secrets = read_json(path).get(version.starter, {})
        secret = secrets.get(label)
    except FileNotFoundError:
        secret = None
    except (ValueError, AttributeError):
        return _failed(_INTERNAL, f"{path.name} is not an object from user names to their secrets.")
    if not isinstance(secret, str):
        missing = f"No user secrets exist for kernel id {version.kernel_id} and label {label}."
        return _failed(_NOT_FOUND, missing)
    return {"result": {"secret": secret}, "wasSuccessful": True}


def _session(database: Database, token: str) -> Version:
    match = _TOKEN.fullmatch(token)
    version = database.session(int(match[1])) if match else None
    is_active = version is not None and version.status is not None and version.status.is_active
    if version is None or not is_active or not _is_same(token, secrets_token(version)):
        raise ApiError(HTTPStatus.UNAUTHORIZED, "Unauthorized access")
    return version


def _is_same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def _failed(code: int, message: str) -> Json:
    return {"errors": [message], "error": {"code": code}, "wasSuccessful": False}
