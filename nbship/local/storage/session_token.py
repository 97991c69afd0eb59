"""The token by which a session asks for its owner's secrets."""

import hashlib
import hmac

from nbship.local.storage.database import Version


def secrets_token(version: Version) -> str:
    """Return the token by which a session asks for its owner's secrets."""
    proof = hmac.new(version.token.encode(), b"user secrets", hashlib.sha256).hexdigest()
    return f"{version.session_id}.{proof}"
