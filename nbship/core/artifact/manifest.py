"""The build manifest: content hashes of all inputs, which decide whether to build again."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nbship.digest import sha256
from nbship.model.workspace import LineMap, Origin

_LATER = ("data", "patterns", "parts")  # tables that older manifests do not have


@dataclass(frozen=True, slots=True)
class Manifest:
    """The inputs and the files of an artifact, by path and sha256.

    ``absent`` are the import names that are not local: a new module of such a name makes the
    artifact stale. ``data`` are files that are bundled, with the digest of ``collected.digest_of``;
    ``patterns`` are those of the header, each with the paths that fit it: a new one makes
    the artifact stale. ``parameters`` are given to its rehearsal; ``skip`` is why there is none.
    ``parts`` are the digests of ``source_parts``.
    ``rehearsal`` is the digest of what a rehearsal depends on.
    """

    builder: str
    inputs: Mapping[str, str]
    absent: tuple[str, ...]
    files: Mapping[str, str]
    parameters: Mapping[str, Any]
    line_map: LineMap
    rehearsal: str
    data: Mapping[str, str] = field(default_factory=dict)
    patterns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    skip: str = ""
    parts: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """The artifact's digest."""
        return digest_over(self.files)


def digest_over(files: Mapping[str, str]) -> str:
    """Return one digest over the names and sha256 of files; it does not depend on their order."""
    lines = sorted(f"{len(name)} {name} {digest}\n" for name, digest in files.items())
    return sha256("".join(["nbship artifact 2\n", *lines]).encode())


def render_manifest(manifest: Manifest) -> bytes:
    """Return the manifest as JSON."""
    entries = {
        "builder": manifest.builder,
        "inputs": dict(manifest.inputs),
        "data": dict(manifest.data),
        "patterns": {pattern: list(paths) for pattern, paths in manifest.patterns.items()},
        "parts": dict(manifest.parts),
        "absent": manifest.absent,
        "files": dict(manifest.files),
        "parameters": dict(manifest.parameters),
        "skip": manifest.skip,
        "rehearsal": manifest.rehearsal,
        "line_map": [None if o is None else [o.path, o.line, o.start] for o in manifest.line_map],
    }
    return (json.dumps(entries, ensure_ascii=False) + "\n").encode()


def parse_manifest(data: bytes) -> Manifest | None:
    """Return a manifest, None if it is damaged: then the artifact is built again."""
    try:
        entries = json.loads(data)
        line_map = tuple(None if e is None else Origin(*e) for e in entries.pop("line_map"))
        later = [key for key in _LATER if key in entries]
        tables = {key: dict(entries[key]) for key in ("inputs", "files", "parameters", *later)}
        manifest = Manifest(
            **{**entries, **tables, "absent": tuple(entries["absent"]), "line_map": line_map}
        )
        return manifest if _is_whole(manifest) else None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _is_whole(manifest: Manifest) -> bool:
    """Return whether every value has its type, and there are inputs and files."""
    tables = (manifest.inputs, manifest.files, manifest.data, manifest.parts)
    texts = [text for table in tables for item in table.items() for text in item]
    patterns = manifest.patterns.values()
    texts += [text for paths in patterns for text in paths]
    origins = [origin for origin in manifest.line_map if origin is not None]
    places = [(o.path, o.line, o.start) for o in origins]
    return (
        bool(manifest.inputs and manifest.files)
        and all(isinstance(paths, list) for paths in patterns)
        and all(
            isinstance(text, str)
            for text in (manifest.builder, manifest.skip, manifest.rehearsal, *manifest.absent)
        )
        and all(isinstance(text, str) for text in texts)
        and all(list(map(type, place)) == [str, int, int] for place in places)
    )
