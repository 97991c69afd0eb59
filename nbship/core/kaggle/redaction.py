"""Redaction of secrets: a server may return a secret in another encoding than it was sent in."""

from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable
from urllib.parse import quote

_SHORTEST = 8  # characters; a shorter secret would be found in ordinary words
_MASK = b"[secret]"


def forms_of(user: str | None, secret: str) -> tuple[bytes, ...]:
    """Return the forms in which a secret may appear in an answer, the longest first.

    They are the secret itself and the pair of HTTP basic authentication, each as it is, as JSON
    escapes it and as a URL quotes it. A secret of fewer than 8 characters has no form.
    """
    if len(secret) < _SHORTEST:
        return ()
    plain = [secret]
    if user is not None:
        pair = f"{user}:{secret}".encode()
        plain += [
            b64encode(pair).decode().rstrip("="),
            urlsafe_b64encode(pair).decode().rstrip("="),
        ]
    written = [form for text in plain for form in (text, text.replace("/", "\\/"), quote(text, ""))]
    # The longest first: a form may be part of another.
    forms = sorted({form.encode() for form in written}, key=len, reverse=True)
    return tuple(forms)


def masked(data: bytes, forms: Iterable[bytes]) -> bytes:
    """Return an answer's bytes with each of these forms replaced by ``[secret]``."""
    for form in forms:
        data = data.replace(form, _MASK)
    return data
