"""The token with which a session requests its starter's secrets."""

import hashlib
import hmac

from nbship.local.storage.database import Version


def secrets_token(version: Version) -> str:
    """Return the token with which a session requests its starter's secrets.

    It is ``SESSION.HMAC``: the session's number, and an HMAC-SHA256 keyed by the version's token.
    """
    proof = hmac.new(version.token.encode(), b"user secrets", hashlib.sha256).hexdigest()
    return f"{version.session_id}.{proof}"
