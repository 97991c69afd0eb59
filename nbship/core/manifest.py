"""What a build remembers: from which contents it was made, so that content alone decides again."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from nbship.model import LineMap, Origin


@dataclass(frozen=True, slots=True)
class Manifest:
    """The inputs of an artifact by path and sha256, names that led nowhere, and its digest.

    ``absent`` are import names that were not local: a module that appears under one of them
    makes the artifact stale.
    """

    builder: str
    inputs: Mapping[str, str]
    absent: tuple[str, ...]
    digest: str
    line_map: LineMap


def sha256(data: bytes) -> str:
    """Return the sha256 of bytes, in hex."""
    return hashlib.sha256(data).hexdigest()


def render_manifest(manifest: Manifest) -> bytes:
    """Return the manifest as JSON."""
    return (json.dumps(asdict(manifest), ensure_ascii=False, indent=1) + "\n").encode()


def parse_manifest(data: bytes) -> Manifest | None:
    """Read a manifest; None where it is not one, so that the build is made again."""
    try:
        entries = json.loads(data)
        line_map = tuple(None if e is None else Origin(**e) for e in entries.pop("line_map"))
        inputs, absent = dict(entries["inputs"]), tuple(entries["absent"])
        return Manifest(**{**entries, "inputs": inputs, "absent": absent, "line_map": line_map})
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
