"""A stray notebook or script, traced by its stamp: its source, its commit and its push."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from nbship.core.overview.runs import run_name
from nbship.core.overview.times import short
from nbship.core.push.digests import seen_digest
from nbship.core.push.stamp import read_stamp, source_in, without_stamp
from nbship.core.source.nbjson import cells_digest, cells_of
from nbship.core.terminal.table import aligned
from nbship.diagnostics import Place, shown_name
from nbship.errors import SourceError
from nbship.model.push import Order, Record, Stamp

FORMAT = 1  # of the JSON
Fit = Literal["as pushed", "changed", "unknown"]
_ORDERS: Mapping[Order, str] = {
    "same": "HEAD of this clone",
    "before": "an ancestor of HEAD",
    "after": "newer than HEAD",
    "apart": "on another branch than HEAD",
    "unknown": "this clone does not have it: git fetch may get it",
}
_FITS: Mapping[Fit, str] = {
    "as pushed": "as they were pushed",
    "changed": "not those of that push: edited since, or the stamp is copied from another version",
    "unknown": "not known here: the record of the push is in another clone",
}


@dataclass(frozen=True, slots=True)
class Traced:
    """What a stamp tells of a file, and what this clone knows about it.

    ``source`` is the path in the words of the stamp, ``record`` that of the push if it was made
    from this clone, and ``fit`` says whether the cells are those that were pushed.
    """

    file: str
    stamp: Stamp
    source: str
    order: Order
    record: Record | None
    fit: Fit


def stamp_of(file: str, data: bytes) -> tuple[str, Stamp]:
    """Return the text of a file, and its stamp.

    Raises:
        SourceError: it has none, or is no whole notebook.
    """
    text = data.decode(errors="replace")
    if file.lower().endswith(".ipynb") and not cells_of(text):
        raise SourceError("no notebook, or only a part of one", place=Place(file))
    stamp = read_stamp(text)
    if stamp is None:
        raise SourceError(
            "no stamp: nbship has not pushed it, or the stamp was deleted",
            place=Place(file),
            hint="Notebooks pushed by an older nbship have none.",
        )
    return text, stamp


def traced(
    file: str,
    text: str,
    stamp: Stamp,
    order: Order,
    records: Iterable[Record],
    metadata: Iterable[Mapping[str, Any]],
) -> Traced:
    """Return what a file with a stamp is; ``metadata`` are those that it may have been sent with.

    If this clone has made the push, its record tells the cells. Otherwise the digest in the stamp
    does, where the metadata are known: it is of both.
    """
    record = next((each for each in records if each.id == stamp.record), None)
    fit: Fit = "unknown"
    if record is not None:
        fit = "as pushed" if record.cells == cells_digest(text) else "changed"
    elif any(seen_digest(without_stamp(text), keys) == stamp.seen for keys in metadata):
        fit = "as pushed"
    return Traced(file, stamp, source_in(text), order, record, fit)


def trace_text(found: Traced) -> Iterator[str]:
    """Yield the lines about a file."""
    stamp, record = found.stamp, found.record
    push = f"{run_name(record)} ({record.id}), {record.state}" if record else stamp.record
    rows = {
        "source": found.source,
        "commit": f"{stamp.commit} ({_ORDERS[found.order]})" if stamp.commit else "none",
        "pushed": f"{short(stamp.at)} UTC by {stamp.by or 'nobody who is named'}",
        "push": push if record else f"{push} (not made from this clone)",
        "kernel": f"{record.kernel} version {record.version}" if record else "",
        "cells": _FITS[found.fit],
    }
    told = {key: shown_name(value) for key, value in rows.items() if value}
    yield from aligned([("file", shown_name(found.file)), *told.items()])


def trace_json(found: Traced) -> str:
    """Return the same as JSON."""
    record = found.record
    content = {
        "format": FORMAT,
        "file": found.file,
        "source": found.source,
        "cells": found.fit,
        "commit_is": found.order,
        "stamp": asdict(found.stamp),
        "run": run_name(record) if record else None,
        "kernel": record.kernel if record else None,
        "version": record.version if record else None,
    }
    return json.dumps(content, indent=1, ensure_ascii=False)
