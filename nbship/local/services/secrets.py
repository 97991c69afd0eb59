"""The secrets of users, as a running notebook asks for them; HOME/secrets.json holds them.

``{"alice": {"LABEL": "value"}}``. Who may ask is a session of that user, as long as it runs, by the
token in its environment. Questions and answers are those of Kaggle's kaggle_secrets.

Side effects: reads the file, each time.
"""

import hmac
import json
import re
from http import HTTPStatus
from pathlib import Path

from nbship.local.protocol import validation
from nbship.local.protocol.validation import ApiError, Json
from nbship.local.storage.database import State, Version
from nbship.local.storage.session_token import secrets_token

FIELDS = {"Label": validation.STRING}
_NOT_FOUND = 5  # as a code of gRPC
_INTERNAL = 13
_TOKEN = re.compile(r"([0-9]{1,18})\.[0-9a-f]{64}")


def answer(path: Path, state: State, authorization: str, request: Json) -> Json:
    """Return a secret, or why there is none.

    Raises:
        ApiError: who asks is no session that runs.
    """
    version = _session(state, authorization.removeprefix("Bearer "))
    label = request.get("Label", "")
    try:
        secrets = json.loads(path.read_bytes()).get(version.owner, {})
        secret = secrets.get(label)
    except FileNotFoundError:
        secret = None
    except (ValueError, AttributeError):
        return _failed(_INTERNAL, f"{path.name} is not an object of users with their secrets.")
    if not isinstance(secret, str):
        missing = f"No user secrets exist for kernel id {version.kernel_id} and label {label}."
        return _failed(_NOT_FOUND, missing)
    return {"result": {"secret": secret}, "wasSuccessful": True}


def _session(state: State, token: str) -> Version:
    match = _TOKEN.fullmatch(token)
    version = state.session(int(match[1])) if match else None
    is_active = version is not None and version.status is not None and version.status.is_active
    if version is None or not is_active or not _is_same(token, secrets_token(version)):
        raise ApiError(HTTPStatus.UNAUTHORIZED, "Unauthorized access")
    return version


def _is_same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def _failed(code: int, message: str) -> Json:
    return {"errors": [message], "error": {"code": code}, "wasSuccessful": False}
