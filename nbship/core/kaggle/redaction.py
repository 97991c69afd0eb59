"""A secret in the forms in which it comes back from a server, and a text without it. Pure."""

from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable
from urllib.parse import quote

_SHORTEST = 8  # characters: what is shorter stands in many words
_MASK = b"[secret]"


def forms_of(user: str | None, secret: str) -> tuple[bytes, ...]:
    """Return a secret as it is, as HTTP carries it, and as JSON and addresses write those."""
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
    # The longest first: one may be within another.
    forms = sorted({form.encode() for form in written}, key=len, reverse=True)
    return tuple(forms)


def masked(data: bytes, forms: Iterable[bytes]) -> bytes:
    """Return what a server said without any of these forms."""
    for form in forms:
        data = data.replace(form, _MASK)
    return data
