"""The version of a kernel from which an edit on the service started.

It is the newest one that this clone knows: it has pushed it, or has merged it into its source.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from nbship.model.push import Record


@dataclass(frozen=True, slots=True)
class KnownVersion:
    """A version of a kernel that this clone knows.

    ``cells`` is the digest of its cells. ``commit`` is the commit of its source, None if it was
    made on the service and merged.
    """

    kernel: str
    server: str
    version: int
    cells: str
    commit: str | None = None


def base_of(
    records: Iterable[Record], merged: KnownVersion | None, *, kernel: str, server: str, latest: int
) -> KnownVersion | None:
    """Return the base of the latest version of a kernel, None if nobody here knows one.

    ``latest`` is its number, 0 if the service does not tell it.
    ``merged`` is the version that a rescue has merged last. If the service has fewer versions than
    the journal names, the kernel was deleted and made again.
    """
    found = [
        KnownVersion(kernel, server, record.version, record.cells, record.commit)
        for record in records
        if record.version and (record.kernel, record.server) == (kernel, server)
    ]
    if merged is not None and (merged.kernel, merged.server) == (kernel, server):
        found.append(merged)
    newest = max(found, key=lambda known: known.version, default=None)
    is_gone = newest is not None and 0 < latest < newest.version
    return None if is_gone else newest


def render_known(version: KnownVersion) -> bytes:
    """Return the file that keeps which version was merged last."""
    return f"{json.dumps(asdict(version), indent=1)}\n".encode()


def parse_known(data: bytes) -> KnownVersion | None:
    """Return what such a file says; None if it is damaged."""
    try:
        entry = json.loads(data)
        found = KnownVersion(
            entry["kernel"], entry["server"], entry["version"], entry["cells"], entry["commit"]
        )
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    texts = (found.kernel, found.server, found.cells)
    is_whole = all(isinstance(text, str) for text in texts) and type(found.version) is int
    return found if is_whole and (found.commit is None or isinstance(found.commit, str)) else None
