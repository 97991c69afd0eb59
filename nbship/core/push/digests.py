"""The two digests of a push: of everything that is sent, and of what the service shows later.

Neither covers the stamp. The second one decides whether somebody has edited a version on the web:
it leaves out each key that the service changes or does not tell.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from nbship.core.source.nbjson import cells_digest
from nbship.model.spec import Drift, KaggleSpec, Key, keys_of

_KEYS = keys_of(KaggleSpec)
_SEEN: frozenset[Drift] = frozenset({"value", "title", "sources"})  # told as they were sent


def push_digest(text: str, metadata: Mapping[str, Any]) -> str:
    """Return the digest of the code, without a stamp, and of all metadata, as they are sent."""
    return _digest([cells_digest(text), {name: metadata.get(name) for name in _KEYS}])


def seen_digest(text: str, metadata: Mapping[str, Any]) -> str:
    """Return the digest of the code, without a stamp, and of the keys that the service tells."""
    seen = {
        name: normalised(key, metadata.get(name))
        for name, key in _KEYS.items()
        if key.drift in _SEEN
    }
    return _digest([cells_digest(text), seen])


def normalised(key: Key, value: Any) -> Any:
    """Return a value in the one form in which a sent and a told value are equal.

    The service may order sources anew, and tell them in other cases and without their versions.
    """
    if key.type == "list":
        named = (str(item).split("/")[: key.named] for item in value or ())
        return sorted({"/".join(parts).casefold() for parts in named})
    if key.type == "flag":
        return bool(value)
    return value or None


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
