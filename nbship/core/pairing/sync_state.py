"""The state that a sync records of a pair: the common text, and the digests of both files.

It is one file, so that it is written atomically. A damaged file counts as missing, which is safe.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from nbship.digest import sha256


@dataclass(frozen=True, slots=True)
class SyncState:
    """The last sync of a pair; its digests only serve to see quickly that no file has changed."""

    text: str
    source: str  # the SHA-256 of the file's bytes
    notebook: str
    tool: str  # the version that wrote the state: another version ignores the digests
    pictures: str = ""  # the files beside the source, as ``render_pictures`` writes them


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """A picture in a file beside the source: its digest, and whether a sync wrote the file."""

    digest: str
    is_made: bool


def render_pictures(pictures: Mapping[str, KeptPicture]) -> str:
    """Return the pictures of a state as text."""
    fields = {name: [kept.digest, kept.is_made] for name, kept in pictures.items()}
    return json.dumps(fields, sort_keys=True) if fields else ""


def pictures_of_state(last: SyncState | None) -> dict[str, KeptPicture]:
    """Return the pictures of a state by name."""
    if last is None or not last.pictures:
        return {}
    return {name: KeptPicture(*fields) for name, fields in json.loads(last.pictures).items()}


def render_sync_state(last: SyncState) -> bytes:
    """Return the content of the state file, with a digest over it."""
    fields = asdict(last)
    return (json.dumps({**fields, "digest": _digest(fields)}, indent=1) + "\n").encode()


def parse_sync_state(data: bytes) -> SyncState | None:
    """Return the state in a state file, or None if the file is damaged or was edited."""
    try:
        fields = json.loads(data)
        digest = fields.pop("digest")
        last = SyncState(**fields)
        pictures_of_state(last)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    is_whole = digest == _digest(fields) and all(isinstance(v, str) for v in fields.values())
    return last if is_whole else None


def _digest(fields: dict[str, Any]) -> str:
    return sha256(json.dumps(fields, sort_keys=True).encode())
