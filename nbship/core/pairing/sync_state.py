"""The state that a sync records of a pair: the common text, and the digests of both files.

It is one file, so that it is written atomically. A damaged file counts as missing, which is safe.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from nbship.digest import sha256


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """A picture in a file beside the source: its digest, and whether a sync wrote the file."""

    digest: str
    is_made: bool


@dataclass(frozen=True, slots=True)
class SyncState:
    """The last sync of a pair; its digests only serve to see quickly that no file has changed."""

    text: str
    source: str  # the SHA-256 of the file's bytes
    notebook: str
    tool: str  # the version that wrote the state: another version ignores the digests
    pictures: Mapping[str, KeptPicture] = field(default_factory=dict)  # by name


def digests_of(pictures: Mapping[str, KeptPicture]) -> dict[str, str]:
    """Return the digest of each picture, by name."""
    return {name: kept.digest for name, kept in pictures.items()}


def render_sync_state(last: SyncState) -> bytes:
    """Return the content of the state file, with a digest over it."""
    fields = asdict(last)
    return (json.dumps({**fields, "digest": _digest(fields)}, indent=1) + "\n").encode()


def parse_sync_state(data: bytes) -> SyncState | None:
    """Return the state in a state file, or None if the file is damaged or was edited."""
    try:
        fields = json.loads(data)
        digest = fields.pop("digest")
        is_whole = digest == _digest(fields)
        pictures = fields.get("pictures") or {}  # an older state has none
        kept = {name: KeptPicture(**entry) for name, entry in pictures.items()}
        last = SyncState(**{**fields, "pictures": kept})
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    texts = (last.text, last.source, last.notebook, last.tool, *digests_of(kept).values())
    is_whole = is_whole and all(isinstance(text, str) for text in texts)
    return last if is_whole and all(type(each.is_made) is bool for each in kept.values()) else None


def _digest(fields: dict[str, Any]) -> str:
    return sha256(json.dumps(fields, sort_keys=True).encode())
