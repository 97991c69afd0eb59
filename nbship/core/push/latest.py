"""The latest version of a kernel: who has made it, and whether it is what a push would send.

A stamp is believed only if its digest is that of the cells and metadata below it: an edit on the
web keeps the stamp. Versions without a stamp are known by the journal of this clone.
"""

from collections.abc import Iterable
from dataclasses import replace

from nbship.core.push.digests import seen_digest
from nbship.core.push.stamp import read_stamp, without_stamp
from nbship.core.source.nbjson import cells_digest
from nbship.model.push import Latest, Maker, Record, Stamp
from nbship.model.run import RemoteKernel


def latest_of(found: RemoteKernel | None, pushes: Iterable[Record]) -> Latest:
    """Return the latest version of a kernel; ``pushes`` are those to it from this clone."""
    if found is None or not found.latest:
        return Latest()
    seen = seen_digest(without_stamp(found.source), found.metadata)
    stamp = read_stamp(found.source)
    if stamp is None or stamp.seen != seen:
        stamp = _of_journal(found, pushes, seen)
    made_by: Maker = "nbship" if stamp else "somebody"
    return Latest(found.latest, made_by, stamp, seen=seen, began=found.began)


def _of_journal(found: RemoteKernel, pushes: Iterable[Record], seen: str) -> Stamp | None:
    """Return what a stamp would say of a version that was pushed from here without one."""
    cells = cells_digest(found.source)
    for record in pushes:
        if record.version == found.latest and record.cells == cells and not record.seen:
            return stamp_of(record, seen)
    return None


def stamp_of(record: Record, seen: str = "") -> Stamp:
    """Return what a stamp would say of a push without one."""
    return Stamp(record.commit or "", seen, "", record.id, record.person, record.at)


def of_older_record(latest: Latest, pushes: Iterable[Record], *, digest: str, sent: str) -> Latest:
    """Return the latest version with the digest of what was sent, also if its record has none.

    An older record has the digest of the artifact alone. ``digest`` is that of the artifact now,
    and ``sent`` that of everything that would be sent.
    """
    stamp = latest.stamp
    if stamp is None or stamp.digest:
        return latest
    is_same = any(push.id == stamp.record and push.digest == digest for push in pushes)
    return replace(latest, stamp=replace(stamp, digest=sent)) if is_same else latest
