"""The SHA-256 digest of bytes, in hexadecimal."""

import hashlib


def sha256(data: bytes) -> str:
    """Return the SHA-256 digest of bytes as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()
