"""The state that a sync records of a pair: the common text, and the digests of both files.

It is one file, so that it is written atomically. A damaged file counts as missing, which is safe.
"""

import json
from collections.abc import Collection, Mapping
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


def stale_pictures(
    last: Mapping[str, KeptPicture], present: Mapping[str, bytes], shown: Collection[str]
) -> list[str]:
    """Return the pictures that nothing shows any more, and that are as an earlier sync wrote them.

    ``present`` are the pictures beside the source.
    """
    return [
        name
        for name, kept in last.items()
        if kept.is_made and name not in shown
        if name in present and sha256(present[name]) == kept.digest
    ]


def kept_pictures(
    last: Mapping[str, KeptPicture], present: Mapping[str, bytes], written: Collection[str]
) -> dict[str, KeptPicture]:
    """Return what a sync records of the pictures that are there after it has written some.

    A file that a person has changed is the person's, also if an earlier sync had made it.
    """
    found: dict[str, KeptPicture] = {}
    for name, data in present.items():
        digest = sha256(data)
        is_as_made = last.get(name) == KeptPicture(digest, is_made=True)
        found[name] = KeptPicture(digest, is_made=name in written or is_as_made)
    return found


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
