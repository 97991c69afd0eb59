"""What a sync remembers of a pair: the text on which both sides agreed, and the files' digests.

One file, so that it is old or new; what is damaged counts as not there, which is always safe.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any

from nbship.digest import sha256


@dataclass(frozen=True, slots=True)
class LastSync:
    """The last sync of a pair; the digests only tell quickly that nothing has been touched."""

    text: str
    source: str  # sha256 of the file's bytes
    notebook: str
    tool: str  # what made it: with another version, the digests do not count


def render_last_sync(last: LastSync) -> bytes:
    """Return it as a file that can tell whether it is whole."""
    fields = asdict(last)
    return (json.dumps({**fields, "digest": _digest(fields)}, indent=1) + "\n").encode()


def parse_last_sync(data: bytes) -> LastSync | None:
    """Read it; what is damaged, or somebody changed, is none."""
    try:
        fields = json.loads(data)
        digest = fields.pop("digest")
        last = LastSync(**fields)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    is_whole = digest == _digest(fields) and all(isinstance(v, str) for v in fields.values())
    return last if is_whole else None


def _digest(fields: dict[str, Any]) -> str:
    return sha256(json.dumps(fields, sort_keys=True).encode())
